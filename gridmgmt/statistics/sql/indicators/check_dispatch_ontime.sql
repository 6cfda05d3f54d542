-- Purpose: share of the checks that reached somebody within half an hour after the feedback (30 minutes: authored).
-- Checks made before tasks were kept are not counted.
-- Version: 1
-- Facts: works
-- Person: acceptor
-- [counts]
work = 'check' AND NOT branch AND entered_at >= since AND entered_at < until AND due_at IS NOT NULL
  AND (sent_at IS NOT NULL OR (left_at >= until AND entered_at + interval '30 minutes' < until))
-- [numerator]
sent_at < until AND sent_at <= entered_at + interval '30 minutes'
