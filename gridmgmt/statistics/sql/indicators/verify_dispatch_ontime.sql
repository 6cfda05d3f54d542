-- Purpose: share of the reports of the public sent to be verified within the limit of acceptance.
-- Version: 1
-- Facts: works
-- Person: person
-- [counts]
work = 'accept' AND action = 'accept' AND public AND NOT branch AND left_at >= since AND left_at < until
-- [numerator]
due_at IS NULL OR left_at <= due_at
