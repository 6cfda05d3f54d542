-- Purpose: cases closed in the period whose handling was late; an upheld appeal takes a case out of the number.
-- Version: 1
-- Facts: states
-- Person: handler
-- [numerator]
closed_at >= since AND NOT branch AND late AND NOT excused
-- [excused]
closed_at >= since AND NOT branch AND late AND excused
