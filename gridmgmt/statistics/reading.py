"""What the derivation of facts reads: heads, steps, ledger, task deadlines and duties of a set of cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from gridmgmt.cases import calendars, clock
from gridmgmt.statistics.facts import Head, Spent, StepRow, Tick

REPEAT_DAYS, REPEAT_M = 15, 50
"""A report of the same category at the same place so soon after closing is the same trouble again (authored)."""

# Cases with what does not move. Repeated: closed within the days before this report, near by. Index: case_geom.
HEADS = """
SELECT c.id, c.procedure_id, c.cell_code, c.category_id, c.reporter_id, c.reported_at, s.is_public,
  c.parent_id IS NOT NULL, c.parent_id IS NULL AND EXISTS (
  SELECT FROM cases_case o JOIN cases_casehistory h ON h.case_id = o.id AND h.to_stage = 'closed' AND h.from_stage <> 'closed'
    AND h.at <= c.reported_at AND h.at > c.reported_at - make_interval(days => %(days)s)
  WHERE o.category_id = c.category_id AND o.id <> c.id AND o.parent_id IS NULL AND (o.closed_at IS NOT NULL OR o.reopened)
    AND o.geom && ST_Expand(c.geom, 0.001) AND ST_DWithin(o.geom::geography, c.geom::geography, %(metres)s))
FROM cases_case c JOIN cases_casesource s ON s.key = c.source_id WHERE c.id = ANY(%(cases)s)
"""
# A correction says the new cell or category; the report's own are what the first correction found.
STEPS = """
SELECT h.case_id, h.seq, h.action, h.to_stage, h.actor_id, h.role, h.department_id, h.at,
  CASE WHEN h.seq = 1 THEN coalesce(first_value(h.data ->> 'cell_before') OVER moved, '')
    WHEN h.data ? 'cell_before' THEN h.data ->> 'cell' ELSE '' END,
  CASE WHEN h.seq = 1 THEN coalesce(first_value(h.data ->> 'category_before') OVER renamed, '')
    WHEN h.data ? 'category_before' THEN h.data ->> 'category' ELSE '' END
FROM cases_casehistory h WHERE h.case_id = ANY(%(cases)s)
WINDOW moved AS (PARTITION BY h.case_id ORDER BY NOT h.data ? 'cell_before', h.seq),
  renamed AS (PARTITION BY h.case_id ORDER BY NOT h.data ? 'category_before', h.seq)
ORDER BY h.case_id, h.seq
"""
TICKS = """
SELECT case_id, kind, at, due_at, limit_value, limit_unit, calendar_version, hours_path FROM cases_clockentry
WHERE case_id = ANY(%(cases)s) ORDER BY case_id, seq
"""
# The deadline a task was made with, and when somebody first had it: at once, or when one of the pool took it.
TASKS = """
SELECT t.case_id, t.case_version, t.due_at, CASE WHEN t.why ->> 'rule' NOT IN ('pool', 'desk') THEN t.made_at
  ELSE coalesce((SELECT min(m.at) FROM cases_taskmove m WHERE m.task_id = t.id AND m.kind <> 'release'), t.done_at) END
FROM cases_casetask t WHERE t.case_id = ANY(%(cases)s) AND t.kind <> 'handle'
"""
DUTIES = """
SELECT scope_code, user_id, valid_from, valid_to FROM organisation_duty
WHERE user_id IS NOT NULL ORDER BY length(scope_code) DESC, rank, valid_from, id
"""


class TaskTimes(NamedTuple):
    """Deadline of a stage's task and when it reached somebody."""

    due_at: datetime | None
    sent_at: datetime | None


class Material(NamedTuple):
    """Everything one batch is derived from; ``procedures`` and the rest by case, tasks by (case, version)."""

    heads: list[Head]
    procedures: dict[UUID, int]
    steps: dict[UUID, list[StepRow]]
    ticks: dict[UUID, list[Tick]]
    tasks: dict[tuple[UUID, int], TaskTimes]


class Duties:
    """Which worker answered for a cell at an instant: the longest code, then the lowest rank."""

    def __init__(self, rows: Sequence[tuple[str, UUID, datetime, datetime | None]]) -> None:
        self.by_code: dict[str, list[tuple[UUID, datetime, datetime | None]]] = defaultdict(list)
        for code, user, since, until in rows:
            self.by_code[code].append((user, since, until))
        self.lengths = sorted({len(code) for code in self.by_code}, reverse=True)

    def holder(self, code: str, at: datetime) -> UUID | None:
        """The worker on duty, None when nobody was."""
        for length in self.lengths:
            for user, since, until in self.by_code.get(code[:length], ()):
                if since <= at and (until is None or until > at):
                    return user
        return None


def read(cases: Sequence[UUID]) -> Material:
    """The material of some cases, by five statements."""
    values = {"cases": list(cases), "days": REPEAT_DAYS, "metres": REPEAT_M}
    duties = Duties(_rows(DUTIES, {}))
    heads, procedures = [], {}
    for case, procedure, code, category, reporter, at, public, branch, repeated in _rows(HEADS, values):
        procedures[case] = procedure
        holder = duties.holder(code, at)
        heads.append(
            Head(
                case,
                code,
                category,
                reporter,
                public=public,
                branch=branch,
                repeated=repeated,
                duty=holder,
            )
        )
    steps: dict[UUID, list[StepRow]] = defaultdict(list)
    for case, *row in _rows(STEPS, values):
        steps[case].append(StepRow(*row))
    ticks: dict[UUID, list[Tick]] = defaultdict(list)
    for case, *row in _rows(TICKS, values):
        ticks[case].append(Tick(*row))
    tasks = {(case, version): TaskTimes(due, sent) for case, version, due, sent in _rows(TASKS, values)}
    return Material(heads, procedures, steps, ticks, tasks)


def until(start: datetime, tick: Tick, waits: Sequence[tuple[datetime, datetime]]) -> int:
    """Seconds of the clock's own time from a start to an entry of the ledger, by the calendar that entry was made with."""
    pauses = [clock.Pause(*wait) for wait in waits]
    terms = calendars.terms(tick.version, tick.hours_path)
    return int(clock.elapsed(start, tick.at, tick.limit_unit, *terms, pauses).total_seconds())


def limit(tick: Tick) -> int:
    """Seconds of an entry's limit."""
    if not tick.limit_value:
        return 0
    terms = calendars.terms(tick.version, tick.hours_path)
    whole = clock.remaining(tick.limit_value, tick.limit_unit, tick.at, tick.at, *terms)
    return int(whole.total_seconds())


SPENT = Spent(until, limit)


def _rows(sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
