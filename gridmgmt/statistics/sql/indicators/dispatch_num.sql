-- Purpose: how many dispatches to a department, redispatches included.
-- Version: 1
-- Facts: works
-- Person: person
-- [numerator]
work IN ('dispatch', 'redispatch') AND action IN ('dispatch', 'redispatch') AND NOT branch
  AND left_at >= since AND left_at < until
