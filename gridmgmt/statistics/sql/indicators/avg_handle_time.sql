-- Purpose: mean handling time in hours of the limit's own kind: office time for working limits, all time for urgent ones.
-- Version: 1
-- Facts: states
-- Person: handler
-- [counts]
finished_at >= since AND handles
-- [value]
used_s / 3600.0
