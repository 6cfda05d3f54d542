-- Purpose: what a routing rule says is never edited or removed, by nobody; it may only end. Test: tests/cases/test_routing_rules.py.
-- Callers: gridmgmt.cases.routing_actions writes a new row for every change.
CREATE OR REPLACE FUNCTION cases_refuse_rule_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.id, NEW.key, NEW.category_key, NEW.area_code, NEW.source, NEW.component_owner, NEW.time_from,
      NEW.time_to, NEW.department_key, NEW.valid_from, NEW.replaces_id, NEW.reason, NEW.created_by_id)
     IS NOT DISTINCT FROM (OLD.id, OLD.key, OLD.category_key, OLD.area_code, OLD.source, OLD.component_owner, OLD.time_from,
      OLD.time_to, OLD.department_key, OLD.valid_from, OLD.replaces_id, OLD.reason, OLD.created_by_id) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'routing rules are history: end the rule and write a new one' USING ERRCODE = 'restrict_violation';
END
$$;
DROP TRIGGER IF EXISTS kept ON cases_routingrule;
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON cases_routingrule
  FOR EACH ROW EXECUTE FUNCTION cases_refuse_rule_change();
