-- Purpose: share of the filed cases that were not voided afterwards.
-- Version: 1
-- Facts: states
-- Person: registrar
-- [counts]
registered_at >= since AND NOT branch
-- [numerator]
voided_at IS NULL
