"""Under what terms a batch is judged, and where its rows lie: cell, else area, else the county of the import."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from psycopg import sql

from importers.kinds import Kind


@dataclass(frozen=True, slots=True)
class Terms:
    """Under what terms a batch is judged. ``day``: that of judging, divisions abolished by then are none; ``edition_id``:
    only rows of this edition are matched (cells)."""

    batch_id: UUID
    kind: Kind
    source: str
    county: str
    prefixes: tuple[str, ...]
    day: date
    reject_outside: bool = False
    cell_digits: int = 3
    edition_id: UUID | None = None
    match_rules: frozenset[str] = frozenset()

    def matches_by(self, rule: str) -> sql.Composable:
        """Whether a match rule applies, as a literal."""
        return sql.SQL("true" if rule in self.match_rules else "false")


# Driven from the cells and areas (performance.md §2): one prepared polygon meets many points.
_BY_CELL: Final = sql.SQL(
    "INSERT INTO import_place SELECT DISTINCT ON (x.row_no) x.row_no, c.code FROM geodata_cell c "
    "CROSS JOIN LATERAL (SELECT t.row_no FROM import_typed t WHERE ST_Covers(c.geom, t.point) OFFSET 0) x "
    "WHERE c.active AND c.geom && (SELECT ST_SetSRID(ST_Extent(point)::geometry, 4326) FROM import_typed) "
    "ORDER BY x.row_no, c.code"
)
_BY_AREA: Final = sql.SQL(
    "INSERT INTO import_place SELECT DISTINCT ON (x.row_no) x.row_no, a.code FROM geodata_area a "
    "CROSS JOIN LATERAL (SELECT t.row_no FROM import_typed t WHERE ST_Covers(a.geom, t.point) OFFSET 0) x "
    "WHERE NOT EXISTS (SELECT 1 FROM import_place p WHERE p.row_no = x.row_no) "
    "AND NOT EXISTS (SELECT 1 FROM import_abolished g WHERE g.code = a.code) "
    "ORDER BY x.row_no, a.level DESC, a.code"
)


def places(terms: Terms) -> list[sql.Composable]:
    """import_place: the code of the cell, else of the smallest area, that covers each row."""
    statements: list[sql.Composable] = [
        sql.SQL("CREATE TEMP TABLE import_place (row_no bigint PRIMARY KEY, code text) ON COMMIT DROP")
    ]
    if terms.kind.stamp == "cell":
        statements.append(_BY_CELL)
    if terms.kind.stamp:
        statements += [_BY_AREA, sql.SQL("ANALYZE import_place")]
    return statements


def place_code(terms: Terms) -> sql.Composable:
    """The code a row is stamped with, over ``t`` (typed row) and ``p`` (its place)."""
    if not terms.kind.stamp:
        return sql.SQL("t.code")
    county = sql.Literal(terms.county or None)
    return sql.SQL("coalesce(p.code, {}::text)").format(county)


def in_scope(code: sql.Composable, terms: Terms) -> sql.Composable:
    """True when a code starts with a granted prefix (and with the county that the operator named)."""
    tests: list[sql.Composable] = [
        sql.SQL("starts_with({}, {})").format(code, sql.Literal(prefix)) for prefix in terms.prefixes
    ] or [sql.SQL("false")]
    granted = sql.SQL("({})").format(sql.SQL(" OR ").join(tests))
    if terms.kind.stamp or not terms.county:
        return granted
    return sql.SQL("({} AND starts_with({}, {}))").format(granted, code, sql.Literal(terms.county))


def target_in_scope(terms: Terms) -> sql.Composable:
    """True when the stored row ``o`` that a row matches may be written, or when it matches none. What is known by its
    county alone belongs to everybody who may write anything there."""
    if terms.kind.stamp == "cell":
        return sql.SQL("(o.id IS NULL OR {})").format(in_scope(sql.Identifier("o", "cell_code"), terms))
    tests: list[sql.Composable] = [
        sql.SQL("starts_with(o.county, {0}) OR starts_with({0}, o.county)").format(sql.Literal(prefix))
        for prefix in terms.prefixes
    ] or [sql.SQL("false")]
    return sql.SQL("(o.id IS NULL OR {})").format(sql.SQL(" OR ").join(tests))
