-- Purpose: share of a worker's reports that were refused or voided.
-- Version: 1
-- Facts: states
-- Person: collector
-- [counts]
collector_id IS NOT NULL AND reported_at >= since AND NOT branch
-- [numerator]
refused_at IS NOT NULL OR voided_at IS NOT NULL
