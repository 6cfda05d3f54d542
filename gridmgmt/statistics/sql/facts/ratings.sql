-- Purpose: answers of reporters, each with its case as it stood when the answer came (rated, rated_at).
-- Inputs: {rows} – states joined with ratings in a scope (board.ratings); since, until, known_at of the period.
-- Callers: gridmgmt.statistics.board and drill. Nobody is asked twice for a closing; silence is no answer.
SELECT s.*, p.since, p.until, p.known_at
FROM ({rows}) s CROSS JOIN (SELECT %s::timestamptz AS since, %s::timestamptz AS until, %s::timestamptz AS known_at) p
