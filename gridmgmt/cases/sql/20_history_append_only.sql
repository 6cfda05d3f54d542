-- Purpose: history is never edited, by nobody (promise P3). Test: tests/cases/test_history_sql.py.
CREATE OR REPLACE FUNCTION cases_refuse_history_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'case history is append-only' USING ERRCODE = 'restrict_violation';
END
$$;
DROP TRIGGER IF EXISTS append_only ON cases_casehistory;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON cases_casehistory
  FOR EACH ROW EXECUTE FUNCTION cases_refuse_history_change();
DROP TRIGGER IF EXISTS append_only_truncate ON cases_casehistory;
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON cases_casehistory
  FOR EACH STATEMENT EXECUTE FUNCTION cases_refuse_history_change();
