-- Purpose: cards raised in a period, each with the case it is about and the category that case had when it was raised.
-- Inputs: {rows} – rows of supervision_card in a scope (board.cards); since, until, known_at of the period.
-- Callers: gridmgmt.statistics.board and drill. A card is about a case, or about a task of one.
-- cancelled: two people took it back before the instant the figure is read for (docs/supervision.md).
SELECT s.*, c.id AS case_id, coalesce(held.category_id, c.category_id) AS category_id, p.since, p.until, p.known_at,
  coalesce(s.cancelled_at < p.known_at, false) AS cancelled
FROM ({rows}) s CROSS JOIN (SELECT %s::timestamptz AS since, %s::timestamptz AS until, %s::timestamptz AS known_at) p
LEFT JOIN cases_casetask t ON t.id = s.object_id
JOIN cases_case c ON c.id = coalesce(t.case_id, s.object_id)
LEFT JOIN LATERAL (SELECT h.category_id FROM statistics_casestate h
  WHERE h.case_id = c.id AND h.valid_from <= s.raised_at AND h.valid_to > s.raised_at) held ON true
