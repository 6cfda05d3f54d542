-- Purpose: one number that rises whenever reference data changes, so that processes may keep it in memory.
-- Callers: gridmgmt.cases.reference reads it inside the look-up statement of every report.
INSERT INTO cases_referencerevision (id, revision) VALUES (1, 1) ON CONFLICT DO NOTHING;

CREATE OR REPLACE FUNCTION cases_raise_reference_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO cases_referencerevision AS kept (id, revision) VALUES (1, 1)
  ON CONFLICT (id) DO UPDATE SET revision = kept.revision + 1;
  RETURN NULL;
END
$$;

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['cases_category', 'cases_casestandard', 'cases_casesource', 'cases_componentowner',
    'cases_routingrule', 'cases_procedure', 'cases_stage', 'cases_transition', 'cases_requestkind', 'cases_stepfield',
    'cases_procedurerule', 'cases_calendarday', 'cases_officehoursrow', 'cases_calendarversion',
    'organisation_department', 'geodata_area', 'geodata_edition']
  LOOP
    EXECUTE format('DROP TRIGGER IF EXISTS reference_revision ON %I', name);
    EXECUTE format('CREATE TRIGGER reference_revision AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %I '
                   'FOR EACH STATEMENT EXECUTE FUNCTION cases_raise_reference_revision()', name);
  END LOOP;
END
$$;
