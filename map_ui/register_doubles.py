"""Two records side by side, masked, with what would be chosen at first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from geodata.masking import mask_name
from geodata.models import Membership, Person, Residence
from gridmgmt.registers import history
from gridmgmt.registers.double_actions import CHOICES, FACTS
from gridmgmt.registers.person_fields import SEALED
from map_ui import register_life
from map_ui.register_page import code_name


@dataclass(frozen=True, slots=True)
class Row:
    """One field of both records, and the side that is taken at first."""

    field: str
    name: Any
    first: str
    second: str
    differs: bool
    usual: str


def rows(first: Person, second: Person) -> list[Row]:
    """Every field of both, and where they live; the side that says something is taken at first."""
    found = [_row(field, _shown(first, field), _shown(second, field)) for field in CHOICES if field != FACTS]
    return [*found, _row(FACTS, home_of(first), home_of(second))]


def _row(field: str, first: str, second: str) -> Row:
    usual = "second" if second and not first else "first"
    differs = first != second
    if field == "birth_date" and not differs and first:
        first = second = f"{first[:4]}-**-**"
    return Row(field, register_life.FIELDS[field], first, second, differs, usual)


def _shown(one: Person, field: str) -> str:
    if field in SEALED:
        return str(getattr(one, f"{field}_masked"))
    value = getattr(one, field)
    if field == "name":
        return mask_name(value)
    if field == "birth_date":
        return value.isoformat() if value else ""
    return register_life.word_of(field, str(value)) if value else ""


def home_of(one: Person) -> str:
    """Household and address in one line, the room masked."""
    parts = []
    membership = Membership.objects.filter(person=one, valid_to=None).select_related("household").first()
    if membership:
        parts.append(f"{membership.household.number} {code_name('relation', membership.relation)}".strip())
    for row in Residence.objects.filter(person=one, valid_to=None).select_related("building", "dwelling"):
        where = f"{row.building} **" if row.building else row.elsewhere
        parts.append(f"{row.get_kind_display()}: {where}")
    return " · ".join(parts)


def versions(first: Person, second: Person) -> dict[UUID, int]:
    """What the form was made with."""
    return {one.pk: history.person_version(one.pk) for one in (first, second)}
