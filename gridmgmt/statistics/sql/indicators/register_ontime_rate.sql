-- Purpose: share of the filings done within the limit of their stage.
-- Version: 1
-- Facts: works
-- Person: person
-- [counts]
work = 'register' AND action = 'register' AND NOT branch AND left_at >= since AND left_at < until
-- [numerator]
due_at IS NULL OR left_at <= due_at
