-- Purpose: how many reports came in. A merged report counts with its master, once.
-- Version: 1
-- Facts: states
-- Person: collector
-- [numerator]
reported_at >= since AND NOT branch
