-- Purpose: share of the cases filed in a worker's cells that the public saw first, though the worker should have:
-- components and events are in public view; disputes and wishes of residents are not.
-- Version: 1
-- Facts: states
-- Person: duty
-- [counts]
registered_at >= since AND NOT branch
-- [numerator]
public AND left(category_id, 1) IN ('C', 'E')
