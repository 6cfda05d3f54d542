"""What people do with cards. Every step: lock, scope, rights, state, row, history, event – through ``_step``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from geodata.errors import DomainError
from gridmgmt.cases import reference
from gridmgmt.cases.actions import take_step
from gridmgmt.cases.models import Case
from gridmgmt.events import outbox
from gridmgmt.organisation.models import Role, User
from gridmgmt.organisation.scope import Scope, may_see, scope_of
from gridmgmt.supervision import errors, rules, urgings
from gridmgmt.supervision.models import Card, CardEvent, CardState, Notice
from gridmgmt.supervision.raising import Finding, event_of, raise_cards

END_OF_DAY = time(23, 59)
LONGEST = timedelta(days=366)
OPEN_STATES = frozenset({CardState.ISSUED, CardState.SERVED, CardState.ANSWERED})


@dataclass(frozen=True, slots=True)
class CardStep:
    """Who may take a step on a card, and from which states."""

    roles: frozenset[str]
    states: frozenset[str]
    needs_document: bool = True


STEPS = {
    "serve": CardStep(
        frozenset({Role.SUPERVISOR, Role.DISPATCHER, Role.HANDLER}), frozenset({CardState.ISSUED})
    ),
    "answer": CardStep(frozenset({Role.HANDLER}), frozenset({CardState.ISSUED, CardState.SERVED})),
    "ask_cancel": CardStep(frozenset({Role.SUPERVISOR, Role.LEADER}), OPEN_STATES, needs_document=False),
    "cancel": CardStep(frozenset({Role.SUPERVISOR, Role.LEADER}), OPEN_STATES, needs_document=False),
    "keep": CardStep(frozenset({Role.SUPERVISOR, Role.LEADER}), OPEN_STATES, needs_document=False),
}


def permitted(card: Card, user: User) -> list[str]:
    """Steps the user may take on a visible card now, by role, state and what waits."""
    scope = scope_of(user)
    return [
        action for action in STEPS if _holds_role(card, scope, action) and _fits(card, user, action) is None
    ]


def urge_case(
    *, case_id: UUID, by: User, expected_version: int, at: datetime, text: str, until: date | None = None
) -> Case:
    """The step "urge" of a case with its numbered notice; ``until`` is the leader's day, else the rule's period.

    Errors: those of ``take_step``; card_date_invalid 422.
    """
    end = None if until is None else _day_end(until, at, "until")
    with transaction.atomic():
        case = take_step(
            case_id=case_id, action="urge", by=by, expected_version=expected_version, at=at, text=text
        )
        run = urgings.present_runs([case.pk], reference.current()).get(case.pk)
        rule = urgings.leader_rule(rules.valid_rules(at), run.watches) if run else None
        if run is not None and rule is not None:
            finding = Finding(run, rule, occasion=case.version, by=by, text=text.strip(), until=end)
            raise_cards([finding], at=at)
    return case


def serve(*, card_id: UUID, by: User, at: datetime) -> Card:
    """The department has the document: told by the centre, or signed for by the department itself."""

    def apply(card: Card) -> dict[str, Any]:
        card.state, card.served_at = CardState.SERVED, at
        return {}

    return _step(card_id, "serve", by, at, "", apply)


def answer(*, card_id: UUID, by: User, at: datetime, text: str, plan_date: date | None = None) -> Card:
    """The department's answer, with a new plan date if it has one; a late answer is taken and stays visible as late."""
    if not text.strip():
        raise errors.text_missing("text")
    if plan_date is not None:
        _day_end(plan_date, at, "plan_date")

    def apply(card: Card) -> dict[str, Any]:
        card.served_at = card.served_at or at
        card.state, card.answered_at = CardState.ANSWERED, at
        card.answer, card.plan_date = text.strip(), plan_date
        data: dict[str, Any] = {"late": card.answered_late}
        return data | ({"plan_date": plan_date.isoformat()} if plan_date else {})

    return _step(card_id, "answer", by, at, text, apply)


def ask_cancel(*, card_id: UUID, by: User, at: datetime, reason: str) -> Card:
    """Proposes to cancel a card; somebody else decides."""
    if not reason.strip():
        raise errors.text_missing("reason")

    def apply(card: Card) -> dict[str, Any]:
        card.cancel_asked_by, card.cancel_reason = by, reason.strip()
        return {}

    return _step(card_id, "ask_cancel", by, at, reason, apply)


def cancel(*, card_id: UUID, by: User, at: datetime) -> Card:
    """Cancels a card as proposed, red ones too; it is never lowered. Error card_same_person 403."""

    def apply(card: Card) -> dict[str, Any]:
        card.state, card.cancelled_at = CardState.CANCELLED, at
        return {"asked_by": str(card.cancel_asked_by_id)}

    return _step(card_id, "cancel", by, at, "", apply)


def keep(*, card_id: UUID, by: User, at: datetime, reason: str) -> Card:
    """Refuses to cancel a card."""
    if not reason.strip():
        raise errors.text_missing("reason")

    def apply(card: Card) -> dict[str, Any]:
        card.cancel_asked_by, card.cancel_reason = None, ""
        return {}

    return _step(card_id, "keep", by, at, reason, apply)


@transaction.atomic
def _step(
    card_id: UUID,
    action: str,
    by: User,
    at: datetime,
    text: str,
    apply: Callable[[Card], dict[str, Any]],
) -> Card:
    """The one function through which a card moves."""
    scope = scope_of(by)
    card = _locked(card_id, scope)
    if not _holds_role(card, scope, action):
        raise errors.not_permitted(action)
    refusal = _fits(card, by, action)
    if refusal is not None:
        raise refusal
    data = apply(card)
    card.save()
    seq = card.events.count() + 1
    CardEvent.objects.create(card=card, seq=seq, action=action, actor=by, at=at, text=text.strip(), data=data)
    outbox.append_many([event_of(card, action)])
    return card


def _locked(card_id: UUID, scope: Scope) -> Card:
    rows = Card.objects.select_for_update(of=("self",)).select_related("department")
    card = rows.filter(pk=card_id).first()
    if card is None or not may_see(scope, card):
        raise errors.card_unknown()
    return card


def _holds_role(card: Card, scope: Scope, action: str) -> bool:
    """By a grant for the card's place; a department's own people only for their own cards."""
    roles = STEPS[action].roles
    if scope.everything:
        return action != "answer"  # nobody speaks for a department but its own people
    path = card.department.path if card.department else ""
    return any(
        held.role in roles
        and card.cell_code.startswith(held.prefix)
        and (not held.department_only or (bool(path) and path.startswith(held.department_path)))
        for held in scope.held
    )


def _fits(card: Card, by: User, action: str) -> DomainError | None:
    """Why the step is not possible now, or None."""
    step, asked = STEPS[action], card.cancel_asked_by_id
    deciding = action in ("cancel", "keep")
    waits = asked is not None and card.state != CardState.CANCELLED
    if card.state not in step.states or (deciding and not waits) or (action == "ask_cancel" and waits):
        return errors.card_state(card.state)
    if step.needs_document and not Notice.objects.filter(card=card).exists():
        return errors.no_document()
    if deciding and by.pk in (asked, card.issued_by_id):
        return errors.same_person()
    return None


def _day_end(day: date, at: datetime, field: str) -> datetime:
    """The end of a local day from today on, at most a year ahead."""
    today = timezone.localtime(at).date()
    if not today <= day <= today + LONGEST:
        raise errors.date_invalid(field)
    return timezone.make_aware(datetime.combine(day, END_OF_DAY))
