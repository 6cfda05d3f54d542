-- Purpose: share of the cases to handle that were handled within their limit, or excused by an upheld appeal.
-- Version: 1
-- Facts: states
-- Person: handler
-- [counts]
due_here
-- [numerator]
finished_at IS NOT NULL AND (NOT late OR excused)
-- [excused]
finished_at IS NOT NULL AND late AND excused
