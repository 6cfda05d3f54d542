-- Purpose: reports of the same category within 50 m and 15 days of a closed case (authored).
-- Version: 1
-- Facts: states
-- Person: handler
-- [numerator]
reported_at >= since AND NOT branch AND repeated
