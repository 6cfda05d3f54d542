"""The same matter twice: cases near in place and time, those that follow a master, and what comes back after closing.

How near is data of each category (``Category.duplicate_m``, ``duplicate_hours``; 0 turns it off). Looked up when
somebody opens a case or a list, for a whole page at once; a report pays nothing for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from gridmgmt.cases.models import Case
from gridmgmt.organisation.models import DEPARTMENT_ROLES, Role
from gridmgmt.organisation.scope import Scope, may_see

JOINERS = (Role.ACCEPTOR, Role.REGISTRAR, Role.DISPATCHER, Role.LEADER, Role.ADMIN)
"""Who is told of duplicates: the centre and leaders. Departments see their own cases only."""
MOST_NEAR = 12
COMES_BACK_WITHIN = timedelta(days=30)
USUAL_M = 50

# Degrees that hold a distance in metres wherever the case lies; the exact distance is asked afterwards.
_BOX = "ST_Expand(c.geom, {m} / (110500.0 * greatest(cos(radians(ST_Y(c.geom))), 0.01)), {m} / 110500.0)"
# Open cases of the same minor class near each of some cases. ``under``: areas in which the other case may lie.
# Callers: near, near_counts. Index: case_geom.
_NEAR = f"""
FROM cases_case c JOIN cases_category g ON g.key = c.category_id AND g.duplicate_m > 0 AND g.duplicate_hours > 0
JOIN cases_case o ON o.category_id = c.category_id AND o.id <> c.id AND o.closed_at IS NULL
  AND o.geom && {_BOX.format(m="g.duplicate_m")}
  AND ST_DWithin(o.geom::geography, c.geom::geography, g.duplicate_m)
  AND o.reported_at BETWEEN c.reported_at - make_interval(hours => g.duplicate_hours)
    AND c.reported_at + make_interval(hours => g.duplicate_hours)
WHERE c.id = ANY(%(cases)s) AND c.closed_at IS NULL AND o.cell_code LIKE ANY(%(under)s)
  AND c.parent_id IS NULL AND o.parent_id IS NULL
"""
NEAR = f"""
SELECT o.id, round(ST_Distance(o.geom::geography, c.geom::geography)::numeric, 1)::float8, o.reported_at - c.reported_at
{_NEAR} ORDER BY 2, abs(extract(epoch FROM o.reported_at - c.reported_at)), o.number LIMIT %(most)s
"""  # noqa: S608 - our own text, values are bound
NEAR_COUNTS = f"SELECT c.id, count(*) {_NEAR} GROUP BY c.id"
# Cases reported at a place where one of the same class was finished shortly before; the latest of those. The index gives
# class, place and time at once and in the order of time (<->): where a hundred thousand cases lie in one cell, too, a case
# reads a handful of them. Callers: came_back, finished_before. Indexes: case_reported_at, case_came_back.
CAME_BACK = f"""
SELECT c.id, o.id, round(ST_Distance(o.geom::geography, c.geom::geography)::numeric, 1)::float8, c.reported_at - o.closed_at
FROM cases_case c JOIN cases_category g ON g.key = c.category_id
CROSS JOIN LATERAL (SELECT coalesce(nullif(g.duplicate_m, 0), %(usual)s)::float8 AS m) near
CROSS JOIN LATERAL (SELECT o.id, o.geom, o.closed_at FROM cases_case o
  WHERE o.category_id = c.category_id AND o.id <> c.id AND o.master_id IS NULL AND o.parent_id IS NULL
    AND o.clock_stopped_at IS NOT NULL
    AND o.closed_at < c.reported_at AND o.closed_at >= c.reported_at - %(within)s
    AND o.geom && {_BOX.format(m="near.m")} AND ST_DWithin(o.geom::geography, c.geom::geography, near.m)
  ORDER BY o.closed_at <-> c.reported_at LIMIT 1) o
WHERE c.reported_at >= %(since)s AND c.reported_at < %(until)s AND c.cell_code LIKE ANY(%(under)s)
  AND c.master_id IS NULL AND c.parent_id IS NULL AND (%(case)s::uuid IS NULL OR c.id = %(case)s)
ORDER BY c.id
"""  # noqa: S608 - our own text, values are bound


@dataclass(frozen=True, slots=True)
class Near:
    """Another case that may be the same matter. ``apart`` is negative when it was reported earlier."""

    case: Case
    distance_m: float
    apart: timedelta


@dataclass(frozen=True, slots=True)
class ComeBack:
    """A case and the finished one before it at the same place."""

    case_id: UUID
    before_id: UUID
    distance_m: float
    after: timedelta


def near(scope: Scope, case: Case, *, most: int = MOST_NEAR) -> list[Near]:
    """Open cases that may be the same matter, the nearest first; empty for who may not join cases here."""
    if not _under(scope):
        return []
    rows = _rows(NEAR, {"cases": [case.pk], "under": _under(scope), "most": most})
    found = Case.objects.select_related("category", "department", "source").in_bulk([row[0] for row in rows])
    return [Near(found[key], distance, apart) for key, distance, apart in rows]


def near_counts(scope: Scope, cases: Sequence[UUID]) -> dict[UUID, int]:
    """{case: how many others may be the same matter} of a page of cases, by one statement; others are left out."""
    if not cases or not _under(scope):
        return {}
    return dict(_rows(NEAR_COUNTS, {"cases": list(cases), "under": _under(scope)}))


def came_back(
    scope: Scope, *, since: datetime, until: datetime, within: timedelta = COMES_BACK_WITHIN
) -> list[ComeBack]:
    """Cases reported in a span that came back: one of the same class was finished there shortly before (反复).
    Only for roles that see all cases of their area."""
    roles = [role for role in Role.values if role not in DEPARTMENT_ROLES]
    return _came_back(scope.prefixes_of(*roles), since, until, within, None)


def finished_before(scope: Scope, case: Case) -> tuple[Case, ComeBack] | None:
    """The finished case that this one may be a return of, when the scope sees it."""
    moment = timedelta(microseconds=1)
    found = _came_back(("",), case.reported_at, case.reported_at + moment, COMES_BACK_WITHIN, case.pk)
    for back in found:
        before = Case.objects.select_related("category", "department").get(pk=back.before_id)
        if may_see(scope, before):
            return before, back
    return None


def _came_back(
    prefixes: Sequence[str], since: datetime, until: datetime, within: timedelta, case: UUID | None
) -> list[ComeBack]:
    values = {
        "since": since, "until": until, "within": within, "case": case, "usual": USUAL_M,
        "under": [f"{prefix}%" for prefix in prefixes],
    }  # fmt: skip
    return [ComeBack(*row) for row in _rows(CAME_BACK, values)]


def leading(case: Case) -> Case:
    """The case whose progress is this one's: the master of a merged one, else itself."""
    return case.master if case.master_id and case.master else case


def followers(case_id: UUID) -> list[UUID]:
    """Cases that were merged into one; their reporters are told what its reporter is told."""
    return list(Case.objects.filter(master_id=case_id).order_by("reported_at").values_list("pk", flat=True))


def _under(scope: Scope) -> list[str]:
    return [f"{prefix}%" for prefix in scope.prefixes_of(*JOINERS)]


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
