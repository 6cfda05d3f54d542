"""Amendments: taken in once and for ever, written at once by rule, approved or rejected by who keeps the register.

Nothing a worker sent is ever thrown away: a value that cannot be written is kept with the problem's code for a keeper.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from geodata.acting import acting
from geodata.errors import DomainError
from gridmgmt.organisation.models import Role, User
from gridmgmt.organisation.scope import scope_of
from gridmgmt.registers import amendment_fields, amendment_records, taking
from gridmgmt.registers.amendment_fields import FIELDS, Row
from gridmgmt.registers.amendment_records import amendable, version_of
from gridmgmt.registers.errors import refusal
from gridmgmt.registers.models import Amendment, AmendmentRule, AmendmentState
from gridmgmt.registers.reading import checked_reason

LONGEST_VALUE: Final = 200
LONGEST_NOTE: Final = 400


@dataclass(frozen=True, slots=True)
class AmendmentDraft:
    """An amendment as it was sent. ``key``: person.phone; ``row``: the record; ``old``: what the sender saw."""

    id: UUID
    key: str
    row: UUID
    old: str
    new: str
    captured_at: datetime
    body_sha256: bytes
    note: str = ""
    photo_sha256: bytes | None = None
    device: UUID | None = None


def submit(*, draft: AmendmentDraft, by: User, at: datetime) -> tuple[Amendment, bool]:
    """Takes an amendment in; whether it is new. The same content again is the same row.

    Errors: amendment_field_unknown, amendment_too_long 422, person_unknown, household_unknown, dwelling_unknown 404,
    amendment_not_permitted 403, amendment_conflict 409 (with both hashes)."""
    with acting(by=by.pk, cause="amendment", at=at, ref=draft.id):
        if (known := _known(draft, by)) is not None:
            return known, False
        if draft.key not in FIELDS:
            raise refusal("amendment_field_unknown", field=draft.key[:40])
        _require_room(draft)
        row = amendable(draft.key.partition(".")[0], draft.row, scope_of(by))
        amendment = _filled(draft, row, by=by, at=at)
        try:
            with transaction.atomic():
                amendment.save(force_insert=True)
        except IntegrityError:  # of two that arrive at once the second waited here
            if (known := _known(draft, by)) is None:
                raise
            return known, False
        _write_by_rule(amendment, by=by, at=at)
    return amendment, True


def approve(
    *, amendment_id: UUID, by: User, at: datetime, version: int, by_hand: bool = False, reason: str = ""
) -> Amendment:
    """Writes what the worker found. ``version`` of the record as the keeper saw it beside the amendment; ``by_hand``: it was
    done on the record itself, nothing is written. What the register says already is approved without writing.

    Errors: amendment_unknown, register_not_permitted, amendment_decided, register_changed, amendment_by_hand and those of the
    action that writes."""
    with acting(by=by.pk, cause="amendment", at=at, ref=amendment_id):
        found = _to_decide(amendment_id, by=by)
        if version_of(found) != version:
            raise refusal("register_changed")
        if not by_hand and not amendment_fields.agrees(found):
            if FIELDS[amendment_fields.key_of(found)].by_hand:
                raise refusal("amendment_by_hand")
            amendment_fields.write(found, by=by, at=at)
        kept = checked_reason(reason) if reason.strip() else ""
        return _decided(found, AmendmentState.APPROVED, by=by, at=at, reason=kept)


@transaction.atomic
def reject(*, amendment_id: UUID, by: User, at: datetime, reason: str) -> Amendment:
    """Leaves the register as it is; the worker reads why. Errors: as approve, reason_missing 422."""
    found = _to_decide(amendment_id, by=by)
    return _decided(found, AmendmentState.REJECTED, by=by, at=at, reason=checked_reason(reason))


@transaction.atomic
def set_rule(*, key: str, automatic: bool, by: User, at: datetime) -> AmendmentRule:
    """Whether amendments of a field are written at once. Errors: amendment_field_unknown, rule_not_permitted 422,
    register_not_permitted 403 (administrators only)."""
    if key not in FIELDS:
        raise refusal("amendment_field_unknown", field=key[:40])
    if not scope_of(by).has_role(Role.ADMIN):
        raise refusal("register_not_permitted")
    if automatic and not FIELDS[key].may_automatic:
        raise refusal("rule_not_permitted", field=key)
    rule, _made = AmendmentRule.objects.update_or_create(
        key=key, defaults={"automatic": automatic, "changed_by": by, "changed_at": at}
    )
    return rule


def _require_room(draft: AmendmentDraft) -> None:
    """What is cut would be lost without a word. Error amendment_too_long 422."""
    for field, text, most in (("new", draft.new, LONGEST_VALUE), ("note", draft.note, LONGEST_NOTE)):
        if len(text) > most:
            raise refusal("amendment_too_long", field=field, most=most)


def _known(draft: AmendmentDraft, by: User) -> Amendment | None:
    found = Amendment.objects.filter(pk=draft.id).first()
    return _same(found, draft, by) if found else None


def _same(stored: Amendment, draft: AmendmentDraft, by: User) -> Amendment:
    """The stored row, when it is what was sent. Error amendment_conflict 409."""
    if bytes(stored.body_sha256) != draft.body_sha256 or stored.by_id != by.pk:
        raise refusal(
            "amendment_conflict",
            stored_sha256=bytes(stored.body_sha256).hex(),
            sent_sha256=draft.body_sha256.hex(),
        )
    return stored


def _filled(draft: AmendmentDraft, row: Row, *, by: User, at: datetime) -> Amendment:
    register, _dot, field = draft.key.partition(".")
    amendment = Amendment(
        id=draft.id,
        county=row.county,
        field=field,
        old=draft.old[:LONGEST_VALUE],
        note=draft.note,
        photo_sha256=draft.photo_sha256,
        by=by,
        device=draft.device,
        captured_at=draft.captured_at,
        received_at=at,
        body_sha256=draft.body_sha256,
        **{register: row},
    )
    value = draft.new
    try:
        value = amendment_fields.checked(draft.key, value, at=at)
    except DomainError as error:
        amendment.problem = error.code
    amendment_fields.keep(amendment, draft.key, value)
    return amendment


def _write_by_rule(amendment: Amendment, *, by: User, at: datetime) -> None:
    """At once, when the rule says so and nothing speaks against it; whatever does leaves it to a keeper."""
    key = amendment_fields.key_of(amendment)
    rule = AmendmentRule.objects.filter(key=key, automatic=True).exists() and FIELDS[key].may_automatic
    if not rule or amendment.problem:
        return
    amendment_records.hold(amendment)
    if amendment_fields.conflicts(amendment):
        return
    try:
        with transaction.atomic():
            amendment_fields.write(amendment, by=by, at=at, kept=False)
    except DomainError as error:
        amendment.problem = error.code
        amendment.save(update_fields=["problem"])
        return
    amendment.automatic = True
    _decided(amendment, AmendmentState.APPROVED, by=by, at=at, reason="")


def _to_decide(amendment_id: UUID, *, by: User) -> Amendment:
    """The amendment with its record, both locked, the record first: whoever decides reads what holds until they are done."""
    seen = amendment_records.placed().filter(pk=amendment_id).first()
    if seen is None or not scope_of(by).covers(amendment_records.place_now(seen)):
        raise refusal("amendment_unknown")
    amendment_records.hold(seen)
    found = amendment_records.placed().select_for_update(of=("self",)).get(pk=amendment_id)
    if _about(found) != _about(seen):
        raise refusal("register_changed")
    taking.require_keeper(by, amendment_records.place_now(found))
    if found.state != AmendmentState.WAITING:
        raise refusal("amendment_decided", state=found.state)
    return found


def _about(amendment: Amendment) -> tuple[UUID | None, ...]:
    return amendment.person_id, amendment.household_id, amendment.dwelling_id


def _decided(found: Amendment, state: AmendmentState, *, by: User, at: datetime, reason: str) -> Amendment:
    found.state, found.decided_by, found.decided_at = state, by, at
    found.reason = reason
    found.save(update_fields=["state", "decided_by", "decided_at", "reason", "automatic", "problem"])
    return found
