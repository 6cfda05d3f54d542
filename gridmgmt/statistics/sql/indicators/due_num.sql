-- Purpose: cases to handle: their limit fell in the period, or they were handled in it.
-- Version: 1
-- Facts: states
-- Person: handler
-- [numerator]
due_here
