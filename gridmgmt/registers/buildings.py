"""A building as its doors (楼盘表): entrances, floors from the top, rooms; who keeps house behind each, masked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import sql

from geodata.errors import DomainError
from geodata.errors import mark as _
from geodata.masking import mask_name
from geodata.models import Building
from gridmgmt.organisation.scope import Scope
from gridmgmt.registers import people_sql
from gridmgmt.registers.readers import people_scope

# Every door with people who live there, people who are only registered there, households and the first one's head.
# Indexes: the foreign keys of residence, household, membership.
DOORS = """
SELECT coalesce(e.number, ''), d.floor, d.room, d.id, d.use, d.area_m2, coalesce(r.living, 0), coalesce(r.registered, 0),
  coalesce(h.households, 0), h.heads[1], h.names[1]
FROM geodata_dwelling d LEFT JOIN geodata_entrance e ON e.id = d.entrance_id
LEFT JOIN (
  SELECT r.dwelling_id, count(*) FILTER (WHERE r.kind = 'actual') AS living,
    count(*) FILTER (WHERE r.kind = 'registered' AND NOT EXISTS (
      SELECT FROM geodata_residence a WHERE a.person_id = r.person_id AND a.kind = 'actual' AND a.valid_to IS NULL
        AND a.dwelling_id = r.dwelling_id)) AS registered
  FROM geodata_residence r JOIN geodata_dwelling w ON w.id = r.dwelling_id
  WHERE w.building_id = %(building)s AND r.valid_to IS NULL GROUP BY 1) r ON r.dwelling_id = d.id
LEFT JOIN (
  SELECT h.dwelling_id, count(DISTINCT h.id) AS households,
    array_agg(p.id ORDER BY p.name, p.id) FILTER (WHERE p.id IS NOT NULL) AS heads,
    array_agg(p.name ORDER BY p.name, p.id) FILTER (WHERE p.id IS NOT NULL) AS names
  FROM geodata_household h JOIN geodata_dwelling w ON w.id = h.dwelling_id
  JOIN geodata_membership m ON m.household_id = h.id AND m.valid_to IS NULL
  LEFT JOIN geodata_person p ON p.id = m.person_id AND m.relation = '02'
  WHERE w.building_id = %(building)s GROUP BY 1) h ON h.dwelling_id = d.id
WHERE d.building_id = %(building)s
"""
WITHOUT_DOOR = """
SELECT count(*) FROM geodata_person p WHERE p.building_id = %(building)s AND NOT EXISTS (
  SELECT FROM geodata_residence r WHERE r.person_id = p.id AND r.kind = 'actual' AND r.valid_to IS NULL
    AND r.dwelling_id IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class DoorCell:
    """One door of the table; ``head`` masked, "" (and no ``head_id``) for those who may not read about people."""

    entrance: str
    floor: int
    room: str
    id: UUID
    use: str
    area_m2: float | None
    living: int
    registered: int
    households: int
    head: str
    head_id: UUID | None

    @property
    def state(self) -> str:
        """lived_in, registered_only, empty."""
        if self.living:
            return "lived_in"
        return "registered_only" if self.registered else "empty"


@dataclass(frozen=True, slots=True)
class Stair:
    """An entrance with its floors from the top; "" where a building has none."""

    number: str
    floors: list[tuple[int, list[DoorCell]]]


@dataclass(frozen=True, slots=True)
class BuildingRecord:
    """A building with its doors and figures."""

    building: Building
    stairs: list[Stair]
    names: bool
    without_door: int

    @property
    def doors(self) -> list[DoorCell]:
        """All doors."""
        return [door for stair in self.stairs for _floor, doors in stair.floors for door in doors]

    @property
    def heads(self) -> list[UUID]:
        """The people whom the table names."""
        return [door.head_id for door in self.doors if door.head_id]

    @property
    def lived_in(self) -> int:
        """Doors behind which somebody lives."""
        return sum(door.state == "lived_in" for door in self.doors)

    @property
    def empty(self) -> int:
        """Doors behind which nobody lives or is registered."""
        return sum(door.state == "empty" for door in self.doors)

    @property
    def living(self) -> int:
        """People who live in the building."""
        return sum(door.living for door in self.doors) + self.without_door


def building(scope: Scope, building_id: UUID) -> BuildingRecord:
    """A building within the whole scope; names only within its people scope. Error: building_unknown 404."""
    row = Building.objects.filter(pk=building_id).defer("geom", "geom_3857").first()
    if row is None or not scope.covers(row.cell_code):
        raise DomainError(
            code="building_unknown", status=404, message=_("There is no such building in your area.")
        )
    names = people_scope(scope).covers(row.cell_code)
    values = {"building": building_id}
    doors = [_door(values_of, names=names) for values_of in people_sql.run(sql.SQL(DOORS), values)]
    [(without_door,)] = people_sql.run(sql.SQL(WITHOUT_DOOR), values)
    return BuildingRecord(row, _stairs(doors), names, without_door)


def _door(values: tuple[Any, ...], *, names: bool) -> DoorCell:
    entrance, floor, room, key, use, area, living, registered, households, head_id, head = values
    if not names:
        head_id, head = None, ""
    masked = mask_name(head or "")
    return DoorCell(entrance, floor, room, key, use, area, living, registered, households, masked, head_id)


def _stairs(doors: list[DoorCell]) -> list[Stair]:
    """Entrances in the order of their numbers, floors from the top, rooms in theirs."""
    by_stair: dict[str, dict[int, list[DoorCell]]] = {}
    for door in sorted(doors, key=lambda one: (_counted(one.entrance), -one.floor, _counted(one.room))):
        by_stair.setdefault(door.entrance, {}).setdefault(door.floor, []).append(door)
    return [Stair(number, list(floors.items())) for number, floors in by_stair.items()]


def _counted(text: str) -> tuple[int, str]:
    """Numbers as numbers: 2 before 10."""
    return (int(text), "") if text.isascii() and text.isdigit() else (10**9, text)
