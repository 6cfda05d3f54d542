-- Purpose: share of the answers given in the period that were satisfied or basically satisfied; only answers count.
-- Version: 1
-- Facts: ratings
-- Person: handler
-- [counts]
rated_at >= since AND rated_at < until
-- [numerator]
rated IN ('satisfied', 'basically')
