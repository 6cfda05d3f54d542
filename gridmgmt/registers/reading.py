"""Reading about people, with the access record in the same transaction: who reads is written down or reads nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from geodata.errors import DomainError
from geodata.errors import mark as _
from geodata.models import Person
from gridmgmt.audit import actions as audit
from gridmgmt.audit.asked import holds_number, question
from gridmgmt.audit.models import AccessAction, SubjectKind
from gridmgmt.organisation.models import Role, User
from gridmgmt.organisation.scope import Scope, scope_of
from gridmgmt.registers import limits, person_fields, records, search
from gridmgmt.registers.asking import Asked, recognise
from gridmgmt.registers.readers import require_reader
from gridmgmt.registers.rows import age_on
from gridmgmt.registers.search import Found, Listing

REVEALABLE = ("name", "id_no", "phone")
SHORTEST_REASON = 4
LONGEST_REASON = 200
CHILD_UNTIL = 14  # years; of children only street staff sees more


@dataclass(frozen=True, slots=True)
class Answer:
    """What was understood, and what was found."""

    asked: Asked
    found: Found


@transaction.atomic
def search_people(*, user: User, text: str, after: UUID | None, at: datetime, door: str) -> Answer:
    """A page of people for what was typed; every page is a search.

    Errors: people_not_permitted, search_limit, and those of asking.recognise."""
    scope = require_reader(scope_of(user))
    asked = recognise(text)
    limits.pay_search(user.pk, at)
    found = search.search(scope, asked, after=after)
    audit.record(
        user_id=user.pk,
        action=AccessAction.SEARCHED,
        subject_kind=SubjectKind.PERSON,
        subject_ids=found.people,
        at=at,
        door=door,
        asked=question(asked.kind, asked.value),
    )
    return Answer(asked, found)


@transaction.atomic
def list_people(*, user: User, listing: Listing, after: UUID | None, at: datetime, door: str) -> Found:
    """People of a place. Error: people_not_permitted."""
    scope = require_reader(scope_of(user))
    found = search.listed(scope, listing, today=timezone.localdate(at), after=after)
    meets = search.narrowed(scope.place_prefixes, listing.place)  # else it might be anything that was typed
    audit.record(
        user_id=user.pk,
        action=AccessAction.LISTED,
        subject_kind=SubjectKind.PERSON,
        subject_ids=found.people,
        at=at,
        door=door,
        asked={"place": listing.place if meets else "", "lacks": listing.lacks, "group": listing.group},
    )
    return found


@transaction.atomic
def reveal(
    *, user: User, person_id: UUID, fields: Sequence[str], reason: str, at: datetime, door: str
) -> dict[str, str]:
    """The full values of a person, {field: value}, only those that are there. Every reveal counts and is written down.

    Errors: people_not_permitted, person_unknown 404, child_not_permitted 403, reveal_nothing, reason_missing,
    reason_holds_number, reveal_limit 429.
    """
    scope = require_reader(scope_of(user))
    person = records.person_row(scope, person_id)
    _may_reveal(scope, person, at)
    wanted = [field for field in REVEALABLE if field in fields]
    if not wanted:
        raise _error("reveal_nothing", _("Say which values you need."))
    kept = checked_reason(reason)
    limits.pay_reveal(user.pk, at)
    audit.record(
        user_id=user.pk,
        action=AccessAction.REVEALED,
        subject_kind=SubjectKind.PERSON,
        subject_ids=[person.pk],
        at=at,
        door=door,
        purpose=kept,
        asked={"fields": wanted},
    )
    values = {field: person_fields.opened(person, field) for field in wanted}
    return {field: value for field, value in values.items() if value}


def checked_reason(reason: str) -> str:
    """A reason or purpose that says something and holds no number. Errors: reason_missing, reason_holds_number."""
    kept = " ".join(reason.replace("\x00", "").split())[:LONGEST_REASON]
    if len(kept) < SHORTEST_REASON:
        raise _error("reason_missing", _("Say what for, in at least four characters: it is kept."))
    if holds_number(kept):
        raise _error("reason_holds_number", _("Leave ID numbers and telephones out of the reason."))
    return kept


def _may_reveal(scope: Scope, person: Person, at: datetime) -> None:
    age = age_on(person.birth_date, timezone.localdate(at))
    if age is not None and age < CHILD_UNTIL and not scope.has_role(Role.STAFF):
        raise _error(
            "child_not_permitted",
            _("Full values of children under 14 are shown to street staff only."),
            status=403,
        )


def _error(code: str, message: str, *, status: int = 400) -> DomainError:
    return DomainError(code=code, message=message, status=status)
