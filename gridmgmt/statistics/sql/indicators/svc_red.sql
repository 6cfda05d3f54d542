-- Purpose: red cards raised in the period, without those that two people took back; these stand beside it as moved.
-- Version: 1
-- Facts: cards
-- Person: assignee
-- [numerator]
level = 'red' AND NOT cancelled
-- [excused]
level = 'red' AND cancelled
