-- Purpose: share of a worker's reports that were filed or put right on the spot.
-- Version: 1
-- Facts: states
-- Person: collector
-- [counts]
collector_id IS NOT NULL AND reported_at >= since AND NOT branch
-- [numerator]
registered_at IS NOT NULL OR fixed_at IS NOT NULL
