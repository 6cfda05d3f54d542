-- Purpose: a published flow is never edited, whoever tries: running cases go by it (docs/flows.md). Only drafts change.
-- Callers: triggers on the rows of flows. Test: tests/cases/test_flow_versions.py.
CREATE OR REPLACE FUNCTION cases_flow_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  flow bigint;
BEGIN
  FOREACH flow IN ARRAY CASE TG_OP WHEN 'INSERT' THEN ARRAY[NEW.procedure_id]
    WHEN 'DELETE' THEN ARRAY[OLD.procedure_id] ELSE ARRAY[OLD.procedure_id, NEW.procedure_id] END
  LOOP
    IF EXISTS (SELECT FROM cases_procedure WHERE id = flow AND state <> 'draft') THEN
      RAISE EXCEPTION 'a published flow is never edited' USING ERRCODE = 'check_violation', CONSTRAINT = 'flow_frozen';
    END IF;
  END LOOP;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;

-- A version that has been published neither becomes a draft again nor disappears.
CREATE OR REPLACE FUNCTION cases_procedure_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state <> 'draft' AND (TG_OP = 'DELETE' OR NEW.state = 'draft' OR NEW.key <> OLD.key
      OR NEW.version <> OLD.version OR NEW.kind <> OLD.kind OR (OLD.state = 'retired' AND NEW.state <> 'retired')) THEN
    RAISE EXCEPTION 'a published flow is never edited' USING ERRCODE = 'check_violation', CONSTRAINT = 'flow_frozen';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['cases_stage', 'cases_transition', 'cases_requestkind', 'cases_stepfield']
  LOOP
    EXECUTE format('DROP TRIGGER IF EXISTS flow_frozen ON %I', name);
    EXECUTE format('CREATE TRIGGER flow_frozen BEFORE INSERT OR UPDATE OR DELETE ON %I '
                   'FOR EACH ROW EXECUTE FUNCTION cases_flow_is_frozen()', name);
  END LOOP;
END
$$;
DROP TRIGGER IF EXISTS flow_frozen ON cases_procedure;
CREATE TRIGGER flow_frozen BEFORE UPDATE OR DELETE ON cases_procedure
  FOR EACH ROW EXECUTE FUNCTION cases_procedure_is_frozen();
