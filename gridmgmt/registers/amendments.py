"""Reading amendments: a keeper's tray, a sender's own ones, what a row looks like beside the register."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from geodata.errors import mark as _
from geodata.models import Dwelling, Household, Person
from gridmgmt.organisation.queries import under
from gridmgmt.organisation.scope import Scope
from gridmgmt.registers import amendment_fields, amendment_records
from gridmgmt.registers.amendment_fields import FIELDS, Field
from gridmgmt.registers.models import Amendment, AmendmentRule, AmendmentState
from gridmgmt.registers.taking import KEEPERS
from gridmgmt.registers.waiting import Waiting

OWN_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Side:
    """One amendment beside the register: as the worker saw it, as it should be, as it is now."""

    amendment: Amendment
    key: str
    field: Field
    old: str
    new: str
    now: str
    conflict: bool
    agrees: bool
    version: int


def tray(scope: Scope, *, state: str = AmendmentState.WAITING) -> QuerySet[Amendment]:
    """Amendments at places whose registers somebody keeps; those waiting longest first, decided ones newest first."""
    rows = amendment_records.placed().filter(under("place", scope.prefixes_of(*KEEPERS)), state=state)
    rows = rows.select_related(*amendment_records.RECORDS, "by", "decided_by")
    return (
        rows.order_by("received_at", "id")
        if state == AmendmentState.WAITING
        else rows.order_by("-decided_at")
    )


def own(user_id: UUID) -> QuerySet[Amendment]:
    """What somebody sent, newest first, with what became of it."""
    rows = Amendment.objects.filter(by=user_id).select_related(*amendment_records.RECORDS, "by", "decided_by")
    return rows.order_by("-received_at", "-id")


def sides(rows: Iterable[Amendment]) -> list[Side]:
    """Each beside the register, values as pages may show them."""
    return [_side(row) for row in rows]


def _side(row: Amendment) -> Side:
    key = amendment_fields.key_of(row)
    return Side(
        amendment=row,
        key=key,
        field=FIELDS[key],
        old=row.old,
        new=row.new_masked if row.new_sealed is not None else row.new,
        now=amendment_fields.present(row),
        conflict=amendment_fields.conflicts(row),
        agrees=amendment_fields.agrees(row),
        version=amendment_records.version_of(row),
    )


def shown(rows: Iterable[Amendment], readers: Scope) -> list[tuple[Side, bool]]:
    """Each beside the register with whether ``readers`` may see its record as it is now: who moved on, or whose place was
    taken from the reader, is no longer shown; then what the register says stays empty."""
    found = []
    for side in sides(rows):
        seen = readers.covers(amendment_records.place_now(side.amendment))
        found.append((side if seen else replace(side, now="", conflict=False, agrees=False), seen))
    return found


def waiting_about(row: Person | Household | Dwelling) -> QuerySet[Amendment]:
    """Amendments of a record that wait."""
    name = type(row).__name__.lower()
    rows = Amendment.objects.filter(**{name: row}, state=AmendmentState.WAITING)
    return rows.select_related(*amendment_records.RECORDS, "by", "decided_by")


def waiting(scope: Scope) -> Waiting | None:
    """How many a keeper should look at."""
    if not scope.has_role(*KEEPERS):
        return None
    return Waiting(_("Amendments from the door"), tray(scope).count(), "map_ui:amendments")


def rules() -> list[tuple[str, Field, AmendmentRule | None]]:
    """Every field with its rule, None where nobody said anything."""
    said = {rule.key: rule for rule in AmendmentRule.objects.select_related("changed_by")}
    return [(key, field, said.get(key)) for key, field in FIELDS.items()]
