-- Purpose: stays in stages that somebody had to end: accept, verify, register, dispatch, redispatch, check.
-- Inputs: {rows} – rows of statistics_stagework in a scope (board.rows); since, until, known_at of the period.
-- Callers: gridmgmt.statistics.board and drill. One that ended after the period counts as not ended.
SELECT s.*, p.since, p.until, p.known_at
FROM ({rows}) s CROSS JOIN (SELECT %s::timestamptz AS since, %s::timestamptz AS until, %s::timestamptz AS known_at) p
