-- Purpose: every case as it stood at the end of a period, with what several indicators ask of it.
-- Inputs: {rows} – rows of statistics_casestate in a scope (board.rows); since, until, known_at of the period.
-- Callers: gridmgmt.statistics.board and drill. Merged cases are not there: they count with their master.
-- handles: somebody's own work (branches of a joint case are, the joint case itself is not).
-- due_here: handled in the period, or its limit fell in it and its clock is not standing still.
-- excused: an appeal against its lateness was upheld before the instant the figure is read for.
SELECT s.*, p.since, p.until, p.known_at, h.handles, coalesce(s.excused_at < p.known_at, false) AS excused,
  h.handles AND (coalesce(s.finished_at >= p.since, false) OR coalesce(s.due_at >= p.since AND s.due_at < p.until
    AND (s.finished_at IS NOT NULL OR NOT s.paused), false)) AS due_here
FROM ({rows}) s CROSS JOIN (SELECT %s::timestamptz AS since, %s::timestamptz AS until, %s::timestamptz AS known_at) p
CROSS JOIN LATERAL (SELECT s.dispatched_at IS NOT NULL AND NOT s.joint AND s.voided_at IS NULL AS handles) h
