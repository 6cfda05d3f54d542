"""Routing of many points at once: driven from the cells, rules decided once per community and category.

Used after a boundary or rule change and by replays. The single report has its own path (intake.route).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql

from gridmgmt.cases import clock
from gridmgmt.cases.intake import pick_standard
from gridmgmt.cases.reference import Reference
from gridmgmt.cases.routing import Decision, category_levels, decide

# Cells drive, points are probed through their own GiST index: nine times the rate of the other way round.
# A point on a border belongs to the smaller code, which the last step sees to for the few that are doubled.
ROUTE = sql.SQL("""
CREATE TEMPORARY TABLE {into} AS
SELECT p.id, c.code AS cell_code, c.edition_id, d.department, d.rule, d.due_at
FROM geodata_cell c
CROSS JOIN LATERAL (SELECT id, category_key FROM {points} q WHERE ST_Covers(c.geom, q.geom) OFFSET 0) p
JOIN unnest(%s::text[], %s::text[], %s::uuid[], %s::text[], %s::timestamptz[])
     AS d (area, category_key, department, rule, due_at) ON d.area = left(c.code, %s) AND d.category_key = p.category_key
WHERE c.active
""")
KEEP_SMALLER = sql.SQL("""
DELETE FROM {into} a USING (SELECT id, min(cell_code) AS keep FROM {into} GROUP BY id HAVING count(*) > 1) b
WHERE a.id = b.id AND a.cell_code > b.keep
""")


@dataclass(frozen=True, slots=True)
class Plan:
    """Decisions for every area and category of a batch, as columns for the statement."""

    digits: int
    areas: list[str]
    categories: list[str]
    departments: list[str | None]
    rules: list[str | None]
    due: list[datetime | None]


def route_points(
    connection: psycopg.Connection[Any],
    known: Reference,
    *,
    points: str,
    into: str,
    source: str,
    at: datetime,
) -> None:
    """Route a table (id, geom EPSG:4326, category_key) into a new temporary table (id, cell, edition, department,
    rule, due_at). Points outside every cell are absent from the result."""
    names = {"points": sql.Identifier(points), "into": sql.Identifier(into)}
    plan = plan_batch(connection, known, points=points, source=source, at=at)
    values = (plan.areas, plan.categories, plan.departments, plan.rules, plan.due, plan.digits)
    with psycopg.Cursor(connection) as cursor:
        cursor.execute(ROUTE.format(**names), values)
        if cursor.rowcount > _count(connection, points):
            cursor.execute(KEEP_SMALLER.format(**names))


def _count(connection: psycopg.Connection[Any], points: str) -> int:
    with psycopg.Cursor(connection) as cursor:
        row = cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(points))).fetchone()
    return int(row[0]) if row else 0


def plan_batch(
    connection: psycopg.Connection[Any], known: Reference, *, points: str, source: str, at: datetime
) -> Plan:
    """Decide once per area and category; areas are communities unless a rule looks closer."""
    with psycopg.Cursor(connection) as cursor:
        cursor.execute(sql.SQL("SELECT DISTINCT category_key FROM {}").format(sql.Identifier(points)))
        categories = [str(row[0]) for row in cursor.fetchall()]
        digits = max(12, _closest_look(known, categories))
        cursor.execute("SELECT DISTINCT left(code, %s) FROM geodata_cell WHERE active", (digits,))
        areas = [str(row[0]) for row in cursor.fetchall()]
    due = {key: _due(known, key, at) for key in categories}
    pairs = [(area, key, _decide(known, area, key, source, at)) for key in categories for area in areas]
    return Plan(
        digits=digits,
        areas=[area for area, _key, _decision in pairs],
        categories=[key for _area, key, _decision in pairs],
        departments=[decision.department.id if decision.department else None for *_pair, decision in pairs],
        rules=[decision.match.rule.key if decision.match.rule else None for *_pair, decision in pairs],
        due=[due[key] for _area, key, _decision in pairs],
    )


def _closest_look(known: Reference, categories: list[str]) -> int:
    """Length of the longest area code that any rule for these categories names."""
    levels = {level for key in categories for level in category_levels(key)}
    return max((len(rule.area_code) for rule in known.rules.rules if rule.category_key in levels), default=0)


def _decide(known: Reference, area: str, key: str, source: str, at: datetime) -> Decision:
    local = at.astimezone(known.zone).time()
    return decide(
        known.rules, known.directory, category_key=key, cell_code=area, source=source, at=at, local=local
    )


def _due(known: Reference, key: str, at: datetime) -> datetime | None:
    standard = pick_standard(known.categories[key], None)
    if standard is None:
        return None
    return clock.add(standard.limit_value, standard.limit_unit, at, known.calendar, known.hours)
