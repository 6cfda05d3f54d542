-- Purpose: share of the dispatches that no redispatch to another department proved wrong by the end of the period.
-- Version: 1
-- Facts: works
-- Person: person
-- [counts]
work IN ('dispatch', 'redispatch') AND action IN ('dispatch', 'redispatch') AND NOT branch
  AND left_at >= since AND left_at < until
-- [numerator]
wrong_at IS NULL OR wrong_at >= until
