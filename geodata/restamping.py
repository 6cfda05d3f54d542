"""Which rows lie in which cell of a coming edition: counted for a preview, written at activation. Set-based SQL only.

Cells drive and points are probed through their index (nine times faster than the other way round). A point on a
border belongs to the smaller code, as in routing. People and organisations of a building follow the building.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.db import connection

# Cells as they will be: those of the edition, and the present ones of communities that it does not name.
FUTURE_CELLS = """
SELECT id, code, county, community_code, geom FROM geodata_cell WHERE edition_id = %(edition)s
UNION ALL
SELECT id, code, county, community_code, geom FROM geodata_cell
WHERE active AND edition_id <> %(edition)s AND code LIKE %(under)s AND community_code NOT IN (
  SELECT community_code FROM geodata_cell WHERE edition_id = %(edition)s)
"""
_CELLS = f"CREATE TEMP TABLE edition_cell ON COMMIT DROP AS {FUTURE_CELLS}"

# Where every row of a table that lies in such a cell was and will be; rows of other counties are moved by copying.
_PLACES = """
CREATE TEMP TABLE {into} ON COMMIT DROP AS
SELECT DISTINCT ON (q.id) q.id, q.cell_code AS before, c.code::text AS after FROM edition_cell c
CROSS JOIN LATERAL (SELECT t.id, t.cell_code FROM {table} t
                    WHERE ST_Covers(c.geom, t.{point}) AND t.county = c.county {only} OFFSET 0) q
ORDER BY q.id, c.code
"""
# What had a cell here and lies in none now: the smallest area around it, else the area of the edition.
_STRAYS = """
INSERT INTO {into} (id, before, after)
SELECT t.id, t.cell_code, coalesce(
  (SELECT a.code FROM geodata_area a WHERE a.code LIKE %(under)s AND ST_Covers(a.geom, t.{point})
     AND (a.valid_to IS NULL OR a.valid_to > current_date)
   ORDER BY a.level DESC, a.code LIMIT 1), %(scope)s)
FROM {table} t WHERE t.cell_code LIKE %(under)s {only} AND NOT EXISTS (SELECT 1 FROM {into} m WHERE m.id = t.id)
"""
_TIED_ORGANISATIONS = """
INSERT INTO moved_organisation (id, before, after)
SELECT o.id, o.cell_code, m.after FROM geodata_organisation o JOIN moved_building m ON m.id = o.building_id
WHERE o.county = left(m.after, 6)
"""
_PEOPLE = """
CREATE TEMP TABLE moved_person ON COMMIT DROP AS
SELECT p.id, p.cell_code AS before, m.after FROM geodata_person p JOIN moved_building m ON m.id = p.building_id
WHERE p.cell_code <> m.after AND p.county = left(m.after, 6)
"""
# People without a building keep a code only if it still means the same place, else they are known to the community.
_PLACELESS = """
INSERT INTO moved_person (id, before, after)
SELECT p.id, p.cell_code, left(p.cell_code, 12) FROM geodata_person p
WHERE p.building_id IS NULL AND p.cell_code LIKE %(under)s AND length(p.cell_code) > 12 AND NOT EXISTS (
  SELECT 1 FROM edition_cell c JOIN geodata_cell old ON old.active AND old.code = c.code
  WHERE c.code = p.cell_code AND ST_Equals(c.geom, old.geom))
"""
_TABLES = (
    ("building", "point", ""),
    ("organisation", "geom", "AND t.building_id IS NULL"),
    ("component", "geom", ""),
)
_COUNT = "SELECT count(*) FROM moved_{noun} WHERE before <> after"
_WRITE = """
UPDATE geodata_{noun} t SET cell_code = m.after FROM moved_{noun} m WHERE m.id = t.id AND m.before <> m.after
"""
_CELL_FATES = """
SELECT count(*) FILTER (WHERE old.code IS NULL),
       count(*) FILTER (WHERE ST_Equals(old.geom, c.geom)),
       count(*) FILTER (WHERE old.code IS NOT NULL AND NOT ST_Equals(old.geom, c.geom)),
       (SELECT count(*) FROM geodata_cell g WHERE g.active AND g.code LIKE %(under)s
        AND NOT EXISTS (SELECT 1 FROM edition_cell e WHERE e.code = g.code))
FROM edition_cell c LEFT JOIN geodata_cell old ON old.active AND old.code = c.code
"""
NOUNS = ("building", "person", "organisation", "component")


@dataclass(frozen=True, slots=True)
class Moves:
    """Rows that change their cell, and what becomes of the cells themselves."""

    buildings: int
    people: int
    organisations: int
    components: int
    cells_new: int
    cells_same: int
    cells_changed: int
    cells_gone: int

    def as_dict(self) -> dict[str, int]:
        """For JSON."""
        return asdict(self)


def plan_moves(edition_id: UUID, scope_code: str) -> Moves:
    """Fill the temporary tables of this transaction and count. Nothing else is written."""
    values: dict[str, Any] = {"edition": edition_id, "scope": scope_code, "under": f"{scope_code}%"}
    with connection.cursor() as cursor:
        names = ", ".join(["edition_cell", *(f"moved_{noun}" for noun in NOUNS)])
        cursor.execute(f"DROP TABLE IF EXISTS {names}")
        cursor.execute(_CELLS, values)
        cursor.execute("CREATE INDEX ON edition_cell USING gist (geom)")
        for noun, point, only in _TABLES:
            _places(cursor, noun, point, only, values)
        cursor.execute(_TIED_ORGANISATIONS)
        cursor.execute(_PEOPLE)
        cursor.execute(_PLACELESS, values)
        counts = {noun: _one(cursor, _COUNT.format(noun=noun))[0] for noun in NOUNS}
        return _moves(counts, _one(cursor, _CELL_FATES, values))


def write_moves() -> None:
    """Carry out what `plan_moves` planned in this transaction."""
    with connection.cursor() as cursor:
        for noun in NOUNS:
            cursor.execute(_WRITE.format(noun=noun))


def _places(cursor: Any, noun: str, point: str, only: str, values: Mapping[str, Any]) -> None:
    names = {"into": f"moved_{noun}", "table": f"geodata_{noun}", "point": point, "only": only}
    cursor.execute(_PLACES.format(**names))
    cursor.execute(f"CREATE INDEX ON moved_{noun} (id)")
    cursor.execute(f"ANALYZE moved_{noun}")
    cursor.execute(_STRAYS.format(**names), values)


def _one(cursor: Any, statement: str, values: Mapping[str, Any] | None = None) -> tuple[int, ...]:
    cursor.execute(statement, values)
    row: tuple[int, ...] = cursor.fetchone()
    return row


def _moves(counts: Mapping[str, int], fates: tuple[int, ...]) -> Moves:
    return Moves(
        buildings=counts["building"],
        people=counts["person"],
        organisations=counts["organisation"],
        components=counts["component"],
        cells_new=fates[0],
        cells_same=fates[1],
        cells_changed=fates[2],
        cells_gone=fates[3],
    )
