-- Purpose: share of the cases handled in the period that came back from a check.
-- Version: 1
-- Facts: states
-- Person: handler
-- [counts]
finished_at >= since AND handles
-- [numerator]
reworks > 0
