-- Purpose: mean of time used over limit among the late cases handled in the period.
-- Version: 1
-- Facts: states
-- Person: handler
-- [counts]
finished_at >= since AND handles AND late AND limit_s > 0
-- [value]
used_s::float8 / limit_s
