"""Rating a closed case once, adding to it once; an unhappy answer opens a follow-up with its own clock."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from gridmgmt.cases import clock, reference
from gridmgmt.cases.models import Case
from gridmgmt.contact import receipts
from gridmgmt.contact.errors import refusal
from gridmgmt.contact.models import FollowUp, Rating
from gridmgmt.contact.progress import leading, progress_of
from gridmgmt.events import outbox

CONTACT_DAYS, RECTIFY_DAYS = 1, 15


@transaction.atomic
def rate(*, case: Case, value: str, text: str, channel: str, at: datetime) -> Rating:
    """One answer for the present closing. Errors: rating_missing 422, not_closed and rated_already 409."""
    if value not in Rating.Value.values:
        raise refusal("rating_missing")
    lead = Case.objects.select_for_update(of=("self",)).get(pk=leading(case).pk)
    shown = progress_of(case)
    if shown.rating is not None:
        raise refusal("rated_already")
    if not shown.rateable:
        raise refusal("not_closed")
    try:
        with transaction.atomic():
            rating = Rating.objects.create(
                case=case, closing_seq=shown.closing_seq, department=lead.department, value=value,
                text=text.strip()[:500], channel=channel, at=at,
            )  # fmt: skip
    except IntegrityError:
        raise refusal("rated_already") from None
    if value == Rating.Value.UNSATISFIED:
        open_follow_up(rating, lead, at)
    _announce("rating.given", rating, lead)
    return rating


@transaction.atomic
def rate_by_link(*, token: str, value: str, text: str, at: datetime) -> Rating:
    """The same by a link, which is used up by it. Errors: link_unknown 404 and those of ``rate``."""
    link = receipts.link_of(token, at=at, lock=True)
    rating = rate(case=link.case, value=value, text=text, channel=Rating.Channel.LINK, at=at)
    link.used_at = at
    link.save(update_fields=["used_at"])
    return rating


@transaction.atomic
def add(*, case: Case, text: str, at: datetime) -> Rating:
    """One later addition to the rating of the present closing. Errors: addition_missing, not_rated, added_already."""
    if not text.strip():
        raise refusal("addition_missing")
    shown = progress_of(case)
    if shown.rating is None:
        raise refusal("not_rated")
    changed = Rating.objects.filter(pk=shown.rating.pk, added_at=None).update(
        addition=text.strip()[:500], added_at=at
    )
    if not changed:
        raise refusal("added_already")
    return Rating.objects.get(pk=shown.rating.pk)


def open_follow_up(rating: Rating, lead: Case, at: datetime) -> FollowUp:
    """Contact within one working day, put right within fifteen, by the street's calendar and office hours."""
    known = reference.current()
    terms = known.terms(known.street_path(lead.cell_code))
    due = [
        clock.add(days, "work_day", at, terms.calendar, terms.hours) for days in (CONTACT_DAYS, RECTIFY_DAYS)
    ]
    follow_up = FollowUp.objects.create(
        rating=rating, opened_at=at, contact_due_at=due[0], rectify_due_at=due[1]
    )
    _announce("follow_up.opened", rating, lead)
    return follow_up


def _announce(topic: str, rating: Rating, lead: Case) -> None:
    """The event for statistics and notices: what was answered, never its words."""
    outbox.append(
        topic=topic,
        cell_code=lead.cell_code,
        department_path=lead.department.path if lead.department else "",
        payload={
            "case": str(rating.case_id),
            "number": rating.case.number,
            "value": rating.value,
            "cell_code": lead.cell_code,
        },
    )
