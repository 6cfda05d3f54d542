"""Reading the register history: entries of one person, household or dwelling, newest first, values masked.

An entry is what one cause did at one time; a page never gets a name, number, birth date or door in full from here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from django.db.models import Max, QuerySet

from geodata.masking import mask_name
from geodata.models import Building, Dwelling
from gridmgmt.organisation.models import User
from gridmgmt.registers.models import RegisterChange

MOST: Final = 200
_NOT_TOLD: Final = frozenset({"county", "person_id", "household_id", "lives_alone", "entrance_id"})
"""Columns that follow from others or name rows by their key."""


@dataclass(frozen=True, slots=True)
class Line:
    """One column of one row; ``field`` empty for a row that was made."""

    register: str
    kind: str
    field: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one cause did at one time. ``by`` is a name, empty when nobody said; then ``tool`` tells what wrote."""

    at: datetime
    by: str
    cause: str
    ref: UUID | None
    tool: str
    lines: tuple[Line, ...]


def of_person(person_id: UUID, *, most: int = MOST) -> list[Entry]:
    """Of a person with memberships and residences."""
    return _entries(RegisterChange.objects.filter(person_key=person_id), most)


def of_household(household_id: UUID, *, most: int = MOST) -> list[Entry]:
    """Of a household with its memberships."""
    return _entries(RegisterChange.objects.filter(household_key=household_id), most)


def of_dwelling(dwelling_id: UUID, *, most: int = MOST) -> list[Entry]:
    """Of a door itself, not of who lives behind it."""
    return _entries(RegisterChange.objects.filter(register="dwelling", row_key=dwelling_id), most)


def person_version(person_id: UUID) -> int:
    """The newest change of a person, 0 without any: what forms send back to be compared."""
    return _newest(RegisterChange.objects.filter(person_key=person_id))


def household_version(household_id: UUID) -> int:
    """The newest change of a household or of who belongs to it."""
    return _newest(RegisterChange.objects.filter(household_key=household_id))


def household_versions(ids: Collection[UUID]) -> dict[UUID, int]:
    """The versions of several households by one query."""
    rows = RegisterChange.objects.filter(household_key__in=ids).values_list("household_key")
    return dict.fromkeys(ids, 0) | {key: newest for key, newest in rows.annotate(Max("id")).order_by() if key}


def dwelling_version(dwelling_id: UUID) -> int:
    """The newest change of a door itself."""
    return _newest(RegisterChange.objects.filter(register="dwelling", row_key=dwelling_id))


def _newest(rows: QuerySet[RegisterChange]) -> int:
    return rows.order_by("-id").values_list("id", flat=True).first() or 0


def _entries(rows: QuerySet[RegisterChange], most: int) -> list[Entry]:
    found = list(rows.order_by("-id")[:most])
    names = _names(found)
    places = _places(found)
    grouped = groupby(found, key=lambda row: (row.at, row.by, row.cause, row.ref, row.tool))
    return [
        Entry(at, names.get(by, "") if by else "", cause, ref, tool, tuple(_lines(group, places)))
        for (at, by, cause, ref, tool), group in grouped
    ]


def _names(rows: Iterable[RegisterChange]) -> dict[UUID, str]:
    users = User.objects.filter(pk__in={row.by for row in rows if row.by})
    return {user.pk: str(user) for user in users}


def _lines(rows: Iterable[RegisterChange], places: dict[str, str]) -> Iterable[Line]:
    for row in rows:
        told = {name: pair for name, pair in (row.changes or {}).items() if name not in _NOT_TOLD}
        if not told:
            yield Line(row.register, row.kind)
        for field, (before, after) in told.items():
            yield Line(
                row.register, row.kind, field, shown(field, before, places), shown(field, after, places)
            )


def shown(field: str, value: Any, places: dict[str, str]) -> str:
    """A value as a page may show it; what is not known to be harmless is masked."""
    if value is None or value == "":
        return ""
    text = str(value)
    if field in {"building_id", "dwelling_id"}:
        return places.get(text, "***")
    if field == "name":
        return mask_name(text)
    if field == "birth_date":
        return f"{text[:4]}-**-**"
    if field in _OPEN_FIELDS:
        return text
    return text[:2] + "*" * min(8, len(text) - 2)


_OPEN_FIELDS: Final = frozenset(
    {"cell_code", "id_no", "phone", "id_type", "sex", "education", "marital", "employment", "life_state", "relation",
     "valid_from", "valid_to", "kind", "collective", "use", "floor", "area_m2"}
)  # fmt: skip
"""Codes, days of a fact, and numbers that are stored masked here."""


def _places(rows: Iterable[RegisterChange]) -> dict[str, str]:
    """Buildings by name; doors by their building, the room masked."""
    keys = {
        str(value)
        for row in rows
        for field, pair in (row.changes or {}).items()
        if field in {"building_id", "dwelling_id"}
        for value in pair
        if value
    }
    told = {str(row.pk): str(row) for row in Building.objects.filter(pk__in=keys)}
    doors = Dwelling.objects.filter(pk__in=keys).select_related("building")
    return told | {str(row.pk): f"{row.building} **" for row in doors}
