-- Purpose: share of the verifications due or done in the period that were done within their limit.
-- Version: 1
-- Facts: works
-- Person: person
-- [counts]
work = 'verify' AND NOT branch AND ((left_at >= since AND left_at < until)
  OR (left_at >= until AND due_at >= since AND due_at < until))
-- [numerator]
left_at < until AND (due_at IS NULL OR left_at <= due_at)
