-- Purpose: tells whether any register that a plan of people looked at was written since the plan was made.
-- Inputs: every statement that writes one of the tables. Callers: importers.revisions.
-- A sequence, not a row: writers never wait for each other, and a number drawn by a transaction that fails is only one too many.
CREATE SEQUENCE IF NOT EXISTS importers_register_revision;

CREATE OR REPLACE FUNCTION importers_note_writing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM nextval('importers_register_revision');
  RETURN NULL;
END
$$;

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['geodata_area', 'geodata_cell', 'geodata_building', 'geodata_entrance', 'geodata_dwelling',
      'geodata_person', 'geodata_household', 'geodata_membership', 'geodata_residence', 'importers_addressalias',
      'importers_rowdecision'] LOOP
    EXECUTE format('DROP TRIGGER IF EXISTS importers_note_writing ON %I', name);
    EXECUTE format('CREATE TRIGGER importers_note_writing AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %I '
      'FOR EACH STATEMENT EXECUTE FUNCTION importers_note_writing()', name);
  END LOOP;
END
$$;
