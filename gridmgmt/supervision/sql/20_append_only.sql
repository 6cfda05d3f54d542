-- Purpose: what caused a card and what happened to it is never edited, and a card never changes its colour.
-- Tests: tests/supervision/test_cards_sql.py.
CREATE OR REPLACE FUNCTION supervision_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'supervision records are append-only' USING ERRCODE = 'restrict_violation';
END
$$;
DROP TRIGGER IF EXISTS append_only ON supervision_cardevent;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON supervision_cardevent
  FOR EACH ROW EXECUTE FUNCTION supervision_refuse_change();
DROP TRIGGER IF EXISTS cause_is_fixed ON supervision_card;
CREATE TRIGGER cause_is_fixed BEFORE UPDATE ON supervision_card FOR EACH ROW
  WHEN ((OLD.rule_key, OLD.watches, OLD.object_id, OLD.run, OLD.occasion, OLD.level, OLD.score, OLD.raised_at, OLD.started_at,
         OLD.due_at, OLD.used_s, OLD.left_s, OLD.limit_value, OLD.limit_unit, OLD.calendar_version, OLD.department_id,
         OLD.assignee_id, OLD.stage)
    IS DISTINCT FROM (NEW.rule_key, NEW.watches, NEW.object_id, NEW.run, NEW.occasion, NEW.level, NEW.score, NEW.raised_at,
         NEW.started_at, NEW.due_at, NEW.used_s, NEW.left_s, NEW.limit_value, NEW.limit_unit, NEW.calendar_version,
         NEW.department_id, NEW.assignee_id, NEW.stage))
  EXECUTE FUNCTION supervision_refuse_change();
DROP TRIGGER IF EXISTS never_deleted ON supervision_card;
CREATE TRIGGER never_deleted BEFORE DELETE ON supervision_card FOR EACH ROW EXECUTE FUNCTION supervision_refuse_change();
DROP TRIGGER IF EXISTS text_is_frozen ON supervision_notice;
CREATE TRIGGER text_is_frozen BEFORE UPDATE ON supervision_notice FOR EACH ROW
  WHEN ((OLD.card_id, OLD.kind, OLD.street, OLD.year, OLD.serial, OLD.number, OLD.issued_at, OLD.content)
    IS DISTINCT FROM (NEW.card_id, NEW.kind, NEW.street, NEW.year, NEW.serial, NEW.number, NEW.issued_at, NEW.content)
    OR (OLD.file <> '' AND OLD.sha256 IS DISTINCT FROM NEW.sha256))
  EXECUTE FUNCTION supervision_refuse_change();
DROP TRIGGER IF EXISTS never_deleted ON supervision_notice;
CREATE TRIGGER never_deleted BEFORE DELETE ON supervision_notice FOR EACH ROW EXECUTE FUNCTION supervision_refuse_change();
