-- Purpose: who read whose record is never edited and never forgotten, whoever writes. Test: tests/audit/test_audit.py.
CREATE OR REPLACE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'access records are append-only' USING ERRCODE = 'restrict_violation';
END
$$;
DROP TRIGGER IF EXISTS append_only ON audit_accessrecord;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_accessrecord
  FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
DROP TRIGGER IF EXISTS append_only_truncate ON audit_accessrecord;
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON audit_accessrecord
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
