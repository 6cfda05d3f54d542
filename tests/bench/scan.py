"""`scan`: supervision over a million open stages – with nothing new to raise, and with 10,000 cards – against the bare query."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import django

from tests.bench.rows import Row

OPEN, DUE, ROUNDS = 1_000_000, 10_000, 5
AT = datetime(
    2026, 11, 24, 2, 0, tzinfo=UTC
)  # not the day of the bench of steps: its history would be looked through

# A million cases that wait for a signature, copied from one of the sample; every hundredth is past its limit.
FILL = """
INSERT INTO cases_case (id, county, cell_code, number, procedure_id, stage, version, category_id, standard_id, source_id,
  decision, department_id, reporter_id, text, address, geom, complete, reported_at, stage_since, stage_due_at, limit_value,
  limit_unit, clock_started_at, due_at, calendar_version, rework_count, extensions, reopened, exempt)
SELECT gen_random_uuid(), county, cell_code, 'BENCH-' || n, procedure_id, 'pending_handle', 2, category_id, standard_id,
  source_id, '{}', department_id, reporter_id, '', '', geom, true, %(at)s, %(at)s, %(at)s + make_interval(hours => CASE
  WHEN n %% %(every)s = 0 THEN 0 ELSE 48 END), NULL, '', NULL, NULL, 0, 0, 0, false, false
FROM (SELECT * FROM cases_case WHERE department_id IS NOT NULL ORDER BY id LIMIT 1) c, generate_series(1, %(open)s) n
"""

# In life every batch is committed and its foreign keys are looked at then; those of the million cases are not measured.
COMMITTED = """
DO $$
BEGIN
  EXECUTE (SELECT 'SET CONSTRAINTS ' || string_agg(quote_ident(conname), ', ') || ' IMMEDIATE' FROM pg_constraint
    WHERE condeferrable AND conrelid::regclass::text LIKE 'supervision_%');
END
$$
"""

# The bare question: which open stages are past their limit and have no card of it.
BARE = """
SELECT c.id FROM cases_case c JOIN cases_stage s ON s.procedure_id = c.procedure_id AND s.key = c.stage
WHERE c.closed_at IS NULL AND c.paused_at IS NULL AND s.clock = 'running' AND c.stage_due_at <= %s
  AND NOT EXISTS (SELECT FROM supervision_card k WHERE k.object_id = c.id AND k.rule_key = 'stage_over')
"""


def run(scale: str) -> list[Row]:
    """Rows of the bench; everything is rolled back."""
    django.setup()
    from django.db import transaction

    with transaction.atomic():
        rows = measured()
        transaction.set_rollback(True)
    return rows


def measured() -> list[Row]:
    """The three figures, inside one transaction."""
    from django.db import connection

    from gridmgmt.supervision.models import SupervisionRule
    from gridmgmt.supervision.scan import scan

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")
        cursor.execute("UPDATE cases_case SET closed_at = %s WHERE closed_at IS NULL", [AT])
        cursor.execute(FILL, {"at": AT, "every": OPEN // DUE, "open": OPEN})
        cursor.execute("ANALYZE cases_case")
    SupervisionRule.objects.exclude(key="stage_over").update(active=False)
    at = AT + timedelta(minutes=1)
    scan(AT - timedelta(minutes=1))  # what the sample itself owes is not measured
    begin = time.perf_counter()
    raised = scan(at).raised
    with connection.cursor() as cursor:
        cursor.execute(COMMITTED)
    raising = time.perf_counter() - begin
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE supervision_card")
    ours, again = timed(lambda: scan(at + timedelta(minutes=1)).raised)
    bare, _ = timed(lambda: bare_query(at))
    note = f"goal: <= 5 s and ratio >= 0.5 of the bare query; raised again: {again} (goal 0)"
    return [
        Row("scan", f"{OPEN:,} open stages", ours * 1000, "ms", bare * 1000, bare / ours, note),
        Row("scan", f"{raised:,} cards raised", raising, "s", None, None, "goal: 10,000 in <= 10 s"),
    ]


def bare_query(at: datetime) -> int:
    """The bare question, all rows fetched."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(BARE, [at])
        return len(cursor.fetchall())


def timed(call: Callable[[], int]) -> tuple[float, int]:
    """Median seconds over some rounds, and the last answer."""
    times, answer = [], 0
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        answer = call()
        times.append(time.perf_counter() - begin)
    return statistics.median(times), answer
