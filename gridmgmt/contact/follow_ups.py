"""The supervisor's tray of unhappy answers: talk to the reporter, have it put right or done anew, finish."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from gridmgmt.cases.actions import take_step
from gridmgmt.contact.errors import refusal
from gridmgmt.contact.models import FollowUp
from gridmgmt.contact.progress import CLOSED, leading
from gridmgmt.organisation.models import Role, User
from gridmgmt.organisation.queries import under
from gridmgmt.organisation.scope import Scope, scope_of

KEEPERS = (Role.SUPERVISOR, Role.ADMIN)


def tray(scope: Scope, *, finished: bool = False) -> QuerySet[FollowUp]:
    """Follow-ups of the areas a supervisor keeps, the most urgent first; finished ones newest first."""
    within = under("rating__case__cell_code", scope.prefixes_of(*KEEPERS))
    rows = FollowUp.objects.filter(within, finished_at__isnull=not finished).select_related(
        "rating__case__category", "rating__case__master", "rating__department", "contacted_by", "finished_by"
    )
    return rows.order_by("-finished_at") if finished else rows.order_by("rectify_due_at", "pk")


@transaction.atomic
def note_contact(*, follow_up_id: UUID, by: User, note: str, at: datetime) -> FollowUp:
    """The reporter was spoken to. A second talk replaces no first one. Errors: follow_up_*."""
    row = _locked(follow_up_id, by)
    if not note.strip():
        raise refusal("follow_up_needs_note")
    if row.contacted_at is None:
        row.contacted_at, row.contacted_by = at, by
    row.contact_note = "\n".join(filter(None, (row.contact_note, note.strip())))[-500:]
    row.save()
    return row


@transaction.atomic
def reopen(*, follow_up_id: UUID, by: User, reason: str, expected_version: int, at: datetime) -> FollowUp:
    """Have the case done anew by the flow's own step. Errors: those of the step and follow_up_*."""
    row = _locked(follow_up_id, by)
    lead = leading(row.rating.case)
    take_step(case_id=lead.pk, action="reopen", by=by, expected_version=expected_version, at=at, text=reason)
    row.reopened_at = at
    row.save()
    return row


@transaction.atomic
def finish(*, follow_up_id: UUID, by: User, outcome: str, at: datetime) -> FollowUp:
    """Put right and told so. Errors: follow_up_needs_contact 409, follow_up_needs_note 422."""
    row = _locked(follow_up_id, by)
    if row.contacted_at is None:
        raise refusal("follow_up_needs_contact")
    if not outcome.strip():
        raise refusal("follow_up_needs_note")
    row.finished_at, row.finished_by, row.outcome = at, by, outcome.strip()[:500]
    row.save()
    return row


def may_reopen(row: FollowUp) -> bool:
    """While the case is still in the state that was judged."""
    return leading(row.rating.case).stage == CLOSED


def _locked(follow_up_id: UUID, by: User) -> FollowUp:
    row = (
        FollowUp.objects.select_for_update(of=("self",))
        .select_related("rating__case")
        .filter(pk=follow_up_id)
        .first()
    )
    scope = scope_of(by)
    if row is None or not scope.covers(row.rating.case.cell_code):
        raise refusal("follow_up_unknown")
    if not scope.roles_at(row.rating.case.cell_code) & set(KEEPERS):
        raise refusal("follow_up_not_permitted")
    if row.finished_at is not None:
        raise refusal("follow_up_finished")
    return row
