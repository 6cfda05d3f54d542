-- Purpose: share of the cases to handle that were handled by the end of the period.
-- Version: 1
-- Facts: states
-- Person: handler
-- [counts]
due_here
-- [numerator]
finished_at IS NOT NULL
