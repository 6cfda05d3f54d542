-- Purpose: a version of working time can be loaded again for ever: its rows are ended, never edited or deleted.
-- Callers: gridmgmt.cases.calendar_actions writes; whoever uses psql is held to the same. Test: tests/cases/test_calendar_sql.py.
CREATE OR REPLACE FUNCTION cases_only_end_versioned_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.removed_in_id IS NULL AND NEW.removed_in_id > OLD.added_in_id
     AND to_jsonb(NEW) - 'removed_in_id' = to_jsonb(OLD) - 'removed_in_id' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'rows of working time are ended by a new version, never changed' USING ERRCODE = 'restrict_violation';
END
$$;

DROP TRIGGER IF EXISTS versioned ON cases_calendarday;
CREATE TRIGGER versioned BEFORE UPDATE OR DELETE ON cases_calendarday
  FOR EACH ROW EXECUTE FUNCTION cases_only_end_versioned_row();
DROP TRIGGER IF EXISTS versioned ON cases_officehoursrow;
CREATE TRIGGER versioned BEFORE UPDATE OR DELETE ON cases_officehoursrow
  FOR EACH ROW EXECUTE FUNCTION cases_only_end_versioned_row();
