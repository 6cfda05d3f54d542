-- Purpose: share of the reports that became cases; by person: of those the acceptor decided on.
-- Version: 1
-- Facts: states
-- Person: acceptor
-- [counts]
reported_at >= since AND NOT branch
-- [numerator]
registered_at IS NOT NULL
