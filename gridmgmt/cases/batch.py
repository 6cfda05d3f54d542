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

# Cells drive, points are probed through their own GiST index: nine times the rate of the other way round. The
# decision is a number (area's place × categories + category's place), so nothing is joined per point.
ROUTE = sql.SQL("""
CREATE TEMPORARY TABLE {into} AS
SELECT p.id, c.code AS cell_code, (a.place - 1) * cardinality(k.keys) + array_position(k.keys, p.category_key) AS decision
FROM (SELECT %s::text[] AS keys) k
CROSS JOIN unnest(%s::text[]) WITH ORDINALITY AS a (area, place)
JOIN geodata_cell c ON left(c.code, %s) = a.area AND c.active
CROSS JOIN LATERAL (SELECT id, category_key FROM {points} q WHERE ST_Covers(c.geom, q.geom) OFFSET 0) p
""")
# A point on a border was found in several cells; the smaller code keeps it. Sorting the numbers tells cheaply
# whether there is any: a third of the time of grouping them.
DOUBLED = sql.SQL("SELECT count(*) > count(DISTINCT id) FROM {into}")
KEEP_SMALLER = sql.SQL("""
DELETE FROM {into} a USING (SELECT id, min(cell_code) AS keep FROM {into} GROUP BY id HAVING count(*) > 1) b
WHERE a.id = b.id AND a.cell_code > b.keep
""")
DECISIONS = sql.SQL("""
CREATE TEMPORARY TABLE {decisions} AS
SELECT place AS decision, department, rule, due_at
FROM unnest(%s::uuid[], %s::text[], %s::timestamptz[]) WITH ORDINALITY AS d (department, rule, due_at, place)
""")


@dataclass(frozen=True, slots=True)
class Plan:
    """One decision for every pair of area and category, areas outermost."""

    digits: int
    areas: list[str]
    categories: list[str]
    decisions: list[Decision]
    due: list[datetime | None]


def route_points(
    connection: psycopg.Connection[Any],
    known: Reference,
    *,
    points: str,
    categories: list[str],
    into: str,
    source: str,
    at: datetime,
) -> None:
    """Route a table (id, geom EPSG:4326, category_key) into two temporary tables: ``into`` (id, cell_code, decision)
    and ``into``_decisions (decision, department, rule, due_at). Points outside every cell, and categories that
    are not listed, have no row or no decision."""
    plan = plan_batch(connection, known, categories=categories, source=source, at=at)
    table = {"points": sql.Identifier(points), "into": sql.Identifier(into)}
    departments = [d.department.id if d.department else None for d in plan.decisions]
    rules = [d.match.rule.key if d.match.rule else None for d in plan.decisions]
    with psycopg.Cursor(connection) as cursor:
        cursor.execute(ROUTE.format(**table), (plan.categories, plan.areas, plan.digits))
        doubled = cursor.execute(DOUBLED.format(into=table["into"])).fetchone()
        if doubled and doubled[0]:
            cursor.execute(KEEP_SMALLER.format(into=table["into"]))
        named = DECISIONS.format(decisions=sql.Identifier(f"{into}_decisions"))
        cursor.execute(named, (departments, rules, plan.due))


def plan_batch(
    connection: psycopg.Connection[Any], known: Reference, *, categories: list[str], source: str, at: datetime
) -> Plan:
    """Decide once per area and category; areas are communities unless a rule looks closer."""
    digits = max(12, _closest_look(known, categories))
    with psycopg.Cursor(connection) as cursor:
        cursor.execute("SELECT DISTINCT left(code, %s) FROM geodata_cell WHERE active ORDER BY 1", (digits,))
        areas = [str(row[0]) for row in cursor.fetchall()]
    pairs = [(area, key) for area in areas for key in categories]
    decisions = [_decide(known, area, key, source, at) for area, key in pairs]
    due_by: dict[tuple[str, str], datetime | None] = {}
    due = []
    for (_area, key), decision in zip(pairs, decisions, strict=True):
        path = decision.department.path if decision.department else ""
        if (key, path) not in due_by:
            due_by[key, path] = _due(known, key, at, path)
        due.append(due_by[key, path])
    return Plan(digits, areas, categories, decisions, due)


def _closest_look(known: Reference, categories: list[str]) -> int:
    """Length of the longest area code that any rule for these categories names."""
    levels = {level for key in categories for level in category_levels(key)}
    return max((len(rule.area_code) for rule in known.rules.rules if rule.category_key in levels), default=0)


def _decide(known: Reference, area: str, key: str, source: str, at: datetime) -> Decision:
    local = at.astimezone(known.zone).time()
    return decide(
        known.rules, known.directory, category_key=key, cell_code=area, source=source, at=at, local=local
    )


def _due(known: Reference, key: str, at: datetime, path: str) -> datetime | None:
    standard = pick_standard(known.categories[key], None)
    if standard is None:
        return None
    return clock.add(standard.limit_value, standard.limit_unit, at, *known.terms(path))
