"""Tasks of the month's cases: those done as history tells, those open as the platform itself makes them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psycopg

# A row of history that enters a stage made a task; the next one that enters another stage ended it.
DONE = """
INSERT INTO cases_casetask (id, county, cell_code, case_id, stage, case_version, kind, role, department_id, assignee_id,
  state, version, why, due_at, made_at, claimed_at, done_at, done_by_id, result)
SELECT cases_uuid7(h.at), c.county, c.cell_code, c.id, h.to_stage, h.seq, k.kind, k.owner,
  CASE WHEN k.kind = 'handle' THEN h.department_id END, CASE WHEN h.role_after = k.owner THEN h.by_after END,
  CASE WHEN h.role_after = k.owner THEN 'done' ELSE 'cancelled' END, 2,
  jsonb_build_object('rule', CASE k.kind WHEN 'handle' THEN 'department' WHEN 'desk' THEN 'desk' ELSE 'cell_duty' END),
  NULL, h.at, NULL, h.left_at, h.by_after, h.ended_by
FROM (
  SELECT case_id, seq, to_stage, at, department_id, lead(at) OVER w AS left_at, lead(action) OVER w AS ended_by,
    lead(actor_id) OVER w AS by_after, lead(role) OVER w AS role_after
  FROM cases_casehistory WHERE from_stage <> to_stage WINDOW w AS (PARTITION BY case_id ORDER BY seq)) h
JOIN cases_case c ON c.id = h.case_id
JOIN LATERAL cases_task_kind(c.procedure_id, h.to_stage) k ON k.kind IS NOT NULL
WHERE h.left_at IS NOT NULL
"""
OPEN = "SELECT cases_make_missing_tasks(%s, 1000000)"


def write_tasks(cursor: psycopg.Cursor[Any], *, now: datetime) -> int:
    """Make them; how many there are."""
    done = cursor.execute(DONE).rowcount
    row = cursor.execute(OPEN, [now]).fetchone()
    return done + (int(row[0]) if row else 0)
