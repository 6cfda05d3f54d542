"""Which buildings an address or a building's name means, within codes: the street's own dictionary over what might fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from psycopg import sql

from geodata.addresses.dictionary import Dictionary, Entry
from geodata.addresses.parse import Address, parse
from geodata.addresses.regions import known_names
from gridmgmt.registers import people_sql

MOST = 8
_MIGHT_FIT = 200
# Index: building_bigrams.
MIGHT_FIT = """
SELECT b.id::text, b.estate, b.name, b.address FROM geodata_building b
WHERE {within} AND geodata_bigrams(upper(b.estate || ' ' || b.name || ' ' || b.address)) @> geodata_bigrams(upper(%(part)s))
  AND (b.estate ILIKE %(inside)s OR b.name ILIKE %(inside)s OR b.address ILIKE %(inside)s)
ORDER BY b.estate, b.name, b.id LIMIT %(most)s
"""
DOORS = """
SELECT d.id FROM geodata_dwelling d LEFT JOIN geodata_entrance e ON e.id = d.entrance_id
WHERE d.building_id = %(building)s AND (%(entrance)s = '' OR e.number = %(entrance)s)
  AND (%(floor)s::int IS NULL OR d.floor = %(floor)s) AND (%(room)s = '' OR d.room = %(room)s)
"""
PLACES = "SELECT name FROM geodata_area WHERE code = ANY(%(codes)s)"


@dataclass(frozen=True, slots=True)
class Place:
    """What an address means: the building when it is sure, else those that fit; ``doors`` None when no door was named."""

    building: UUID | None
    candidates: tuple[UUID, ...]
    doors: tuple[UUID, ...] | None = None


def find(text: str, prefixes: Sequence[str]) -> Place:
    """Buildings for a text, within the codes."""
    known = _names(prefixes)
    entries = _might_fit(parse(text, known_names(known)), text, prefixes)
    found = Dictionary.of(entries, places=known).find(text)
    if found.sure:
        building = UUID(found.candidates[0].id)
        return Place(building, (building,), _doors(building, found.address))
    ids = [one.id for one in found.candidates] or [entry.id for entry in entries]
    return Place(None, tuple(map(UUID, ids[:MOST])))


def _might_fit(address: Address, text: str, prefixes: Sequence[str]) -> list[Entry]:
    part = address.estate or address.road or text
    if len(part) < 2:
        return []
    statement = sql.SQL(MIGHT_FIT).format(within=people_sql.within("b.cell_code", prefixes))
    values = {"part": part, "inside": f"%{people_sql.like(part)}%", "most": _MIGHT_FIT}
    return [Entry(*row) for row in people_sql.run(statement, values)]


def _doors(building: UUID, address: Address) -> tuple[UUID, ...] | None:
    """The doors of a building that an address names."""
    if not (address.entrance or address.room or address.floor is not None):
        return None
    values = {
        "building": building,
        "entrance": address.entrance,
        "floor": address.floor,
        "room": address.room,
    }
    return tuple(row[0] for row in people_sql.run(sql.SQL(DOORS), values))


def _names(prefixes: Sequence[str]) -> list[str]:
    """Names of the areas around: an address may begin with them."""
    codes = sorted({prefix[:length] for prefix in prefixes for length in (6, 9, 12) if len(prefix) >= length})
    return [row[0] for row in people_sql.run(sql.SQL(PLACES), {"codes": codes})]
