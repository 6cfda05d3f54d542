"""Figures of the registers by community: how many, how complete, when last changed. Each can be listed by the same words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from psycopg import sql

from geodata.models import Area, AreaLevel
from gridmgmt.organisation.scope import Scope
from gridmgmt.registers import people_sql
from gridmgmt.registers.readers import COUNTERS

GROUPS = ("from_60", "from_80", "under_14", "alone")
# Tables counted by place: {key: (table, condition)}.
PLACED = {
    "buildings": ("geodata_building", "true"),
    "organisations": ("geodata_organisation", "true"),
    "components": ("geodata_component", "true"),
}
COUNT_PLACED = """
SELECT left(t.cell_code, 12), count(*), max(t.updated_at) FROM {table} t WHERE {within} AND {condition} GROUP BY 1
"""
COUNT_DOORS = """
SELECT left(b.cell_code, 12), count(*) FROM {table} t JOIN geodata_building b ON b.id = t.building_id
WHERE {within} AND {condition} GROUP BY 1
"""
HOUSEHOLDS = "EXISTS (SELECT FROM geodata_membership m WHERE m.household_id = t.id AND m.valid_to IS NULL)"
COUNT_PEOPLE = """
SELECT left(p.cell_code, 12), count(*), max(p.updated_at), {columns}
FROM geodata_person p WHERE {within} AND p.life_state = 'present' GROUP BY 1
"""
# What lies in another table is counted by itself: one join of two tables instead of a look-up per person.
APART = "household"
COUNT_LACKING = """
SELECT left(p.cell_code, 12), count(*) FROM geodata_person p
WHERE {within} AND p.life_state = 'present' AND {condition} GROUP BY 1
"""


@dataclass(slots=True)
class PlaceFigures:
    """The figures of a community, or of the rest that has none."""

    code: str
    name: str
    name_en: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    lacks: dict[str, int] = field(default_factory=dict)
    groups: dict[str, int] = field(default_factory=dict)
    updated_at: datetime | None = None

    def complete(self, key: str) -> int | None:
        """Percent of people whose record has the field, rounded down; None without people."""
        people = self.counts.get("people", 0)
        return (people - self.lacks.get(key, 0)) * 100 // people if people else None

    @property
    def completeness(self) -> dict[str, int | None]:
        """All of them."""
        return {key: self.complete(key) for key in people_sql.LACKS}


def by_community(scope: Scope, *, today: date) -> list[PlaceFigures]:
    """One entry per community under the scope, in the order of codes; rows outside of all communities come under the code
    they have."""
    prefixes = scope.prefixes_of(*COUNTERS)
    found = {area.code: area for area in _communities(prefixes)}
    _count_people(found, prefixes, today)
    for key, (table, condition) in PLACED.items():
        for code, count, updated in _run(COUNT_PLACED, "t.cell_code", prefixes, table, condition):
            _place(found, code).counts[key] = count
            _newer(_place(found, code), updated)
    doors = {"dwellings": ("geodata_dwelling", "true"), "households": ("geodata_household", HOUSEHOLDS)}
    for key, (table, condition) in doors.items():
        for code, count in _run(COUNT_DOORS, "b.cell_code", prefixes, table, condition):
            _place(found, code).counts[key] = count
    return [found[code] for code in sorted(found)]


def total(rows: Sequence[PlaceFigures]) -> PlaceFigures:
    """All of them together, without a place."""
    whole = PlaceFigures("", "")
    for row in rows:
        for sums, parts in ((whole.counts, row.counts), (whole.lacks, row.lacks), (whole.groups, row.groups)):
            for key, value in parts.items():
                sums[key] = sums.get(key, 0) + value
        _newer(whole, row.updated_at)
    return whole


def _communities(prefixes: Sequence[str]) -> list[PlaceFigures]:
    """Communities under the prefixes, and those that hold a cell of them."""
    whole = {prefix[:12] for prefix in prefixes}
    areas = Area.objects.filter(level=AreaLevel.COMMUNITY).defer("geom", "geom_3857").order_by("code")
    return [
        PlaceFigures(area.code, area.name, area.name_en)
        for area in areas
        if any(area.code.startswith(prefix) for prefix in whole)
    ]


def _count_people(found: dict[str, PlaceFigures], prefixes: Sequence[str], today: date) -> None:
    lacks = [key for key in people_sql.LACKS if key != APART]
    wanted = [*(people_sql.LACKS[key] for key in lacks), *(people_sql.GROUPS[key] for key in GROUPS)]
    columns = sql.SQL(", ").join(sql.SQL(f"count(*) FILTER (WHERE {condition})") for condition in wanted)
    within = people_sql.within("p.cell_code", prefixes)
    statement = sql.SQL(COUNT_PEOPLE).format(columns=columns, within=within)
    for code, people, updated, *values in people_sql.run(statement, {"today": today}):
        place = _place(found, code)
        place.counts["people"] = people
        place.lacks.update(zip(lacks, values, strict=False))
        place.groups.update(zip(GROUPS, values[len(lacks) :], strict=True))
        place.lacks[APART] = 0
        _newer(place, updated)
    statement = sql.SQL(COUNT_LACKING).format(condition=sql.SQL(people_sql.LACKS[APART]), within=within)
    for code, people in people_sql.run(statement, {}):
        _place(found, code).lacks[APART] = people


def _run(
    statement: str, column: str, prefixes: Sequence[str], table: str, condition: str
) -> list[tuple[Any, ...]]:
    composed = sql.SQL(statement).format(
        table=sql.Identifier(table),
        condition=sql.SQL(condition),
        within=people_sql.within(column, prefixes),
    )
    return people_sql.run(composed, {})


def _place(found: dict[str, PlaceFigures], code: str) -> PlaceFigures:
    return found.setdefault(code, PlaceFigures(code, ""))


def _newer(place: PlaceFigures, at: datetime | None) -> None:
    if at is not None and (place.updated_at is None or at > place.updated_at):
        place.updated_at = at
