-- Purpose: share of the cases filed in the period that are closed without having been late, or were excused.
-- Version: 1
-- Facts: states
-- Person: handler
-- [counts]
registered_at >= since AND NOT branch AND voided_at IS NULL AND refused_at IS NULL AND NOT hung
  AND NOT (extended AND finished_at IS NULL AND due_at >= until)
-- [numerator]
closed_at IS NOT NULL AND (NOT late OR excused)
-- [excused]
closed_at IS NOT NULL AND late AND excused
