-- Purpose: how many reports somebody accepted, against the busiest of the colleagues shown.
-- Version: 1
-- Facts: states
-- Person: acceptor
-- Denominator: peers
-- [numerator]
accepted_at >= since AND NOT branch
