"""People as lists show them: names and numbers masked here, so that no page holds more than it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from psycopg import sql

from geodata.masking import mask_name
from gridmgmt.registers import people_sql

# The people of a page in its order. Caller: people.
PEOPLE = f"""
SELECT p.id, p.name, p.sex, p.birth_date, p.id_no_masked, p.phone_masked, p.life_state, p.cell_code, c.name,
  p.building_id, b.estate, b.name, b.address, m.household_id, m.relation, {people_sql.APART}
FROM unnest(%(ids)s::uuid[]) WITH ORDINALITY wanted(id, place) JOIN geodata_person p ON p.id = wanted.id
LEFT JOIN geodata_building b ON b.id = p.building_id
LEFT JOIN geodata_membership m ON m.person_id = p.id AND m.valid_to IS NULL
LEFT JOIN geodata_cell c ON c.code = p.cell_code AND c.active
ORDER BY wanted.place
"""  # noqa: S608 - a constant of this package


@dataclass(frozen=True, slots=True)
class Spot:
    """A building in words."""

    building_id: UUID | None
    estate: str
    name: str
    address: str

    def __str__(self) -> str:
        named = f"{self.estate}{self.name}" if self.estate not in self.name else self.name
        return named or self.address


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person of a list."""

    id: UUID
    masked_name: str
    sex: int
    birth_date: date | None
    id_no: str
    phone: str
    life_state: str
    cell_code: str
    cell_name: str
    spot: Spot | None
    household_id: UUID | None
    relation: str
    apart: bool

    @property
    def birth_year(self) -> int | None:
        """Lists show the year alone."""
        return self.birth_date.year if self.birth_date else None

    def age(self, today: date) -> int | None:
        """Full years."""
        return age_on(self.birth_date, today)


def people(ids: Sequence[UUID]) -> list[PersonRow]:
    """The rows of these people, in this order."""
    if not ids:
        return []
    return [_row(row) for row in people_sql.run(sql.SQL(PEOPLE), {"ids": list(ids)})]


def age_on(birth_date: date | None, today: date) -> int | None:
    """Full years on a day; somebody born on 29 February is a year older on 1 March."""
    if birth_date is None:
        return None
    return today.year - birth_date.year - ((today.month, today.day) < (birth_date.month, birth_date.day))


def _row(row: tuple[Any, ...]) -> PersonRow:
    key, name, sex, birth, id_no, phone, state, code, cell, building, estate, house, address, *rest = row
    spot = Spot(building, estate, house, address) if building else None
    return PersonRow(
        key, mask_name(name), sex, birth, id_no, phone, state, code, cell or "", spot, rest[0], rest[1] or "", rest[2]
    )  # fmt: skip
