-- Purpose: every change of persons, households, memberships, residences and dwellings leaves a row, whoever wrote it.
-- Inputs: statement-level transition tables, so that 100,000 rows cost one INSERT … SELECT (docs/adr/0012). Trigger
-- arguments: register; person and household of a row (expressions over r); what is compared, as "column" or as
-- "name=column+column+shown": compared by all of them, shown by the last (sealed bytes and search keys stay out).
-- Who acts: settings registers.by, .cause, .ref, .at of the transaction (geodata.acting). Nobody said: role and program.
-- Callers: triggers on geodata_person, _household, _membership, _residence, _dwelling. Tests: tests/registers/test_history.py.
CREATE OR REPLACE FUNCTION registers_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  said_cause text := nullif(current_setting('registers.cause', true), '');
  pairs text := '';
  differs text := '';
  entry text;
  shown text;
  compared text;
BEGIN
  FOREACH entry IN ARRAY string_to_array(TG_ARGV[3], ' ') LOOP
    compared := (SELECT string_agg('%1$s.' || quote_ident(c), ', ')
                 FROM unnest(string_to_array(split_part(entry, '=', -1), '+')) c);
    compared := CASE TG_OP WHEN 'DELETE' THEN format('r.%I IS NOT NULL', split_part(split_part(entry, '=', -1), '+', -1))
      ELSE format('ROW(%s) IS DISTINCT FROM ROW(%s)', format(compared, 'o'), format(compared, 'r')) END;
    shown := quote_ident(split_part(split_part(entry, '=', -1), '+', -1));
    differs := differs || ' OR ' || compared;
    pairs := pairs || format(', %L, CASE WHEN %s THEN jsonb_build_array(%s) END', split_part(entry, '=', 1), compared,
      CASE TG_OP WHEN 'DELETE' THEN 'r.' || shown || ', NULL' ELSE 'o.' || shown || ', r.' || shown END);
  END LOOP;
  EXECUTE format($sql$
    INSERT INTO registers_registerchange
      (at, by, cause, ref, tool, register, kind, row_key, person_key, household_key, changes)
    SELECT $1, $2, $3, $4, $5, %L, %L, r.id, %s, %s, %s FROM %s $sql$,
    TG_ARGV[0],
    CASE TG_OP WHEN 'INSERT' THEN 'made' WHEN 'UPDATE' THEN 'changed' ELSE 'removed' END,
    TG_ARGV[1], TG_ARGV[2],
    CASE TG_OP WHEN 'INSERT' THEN 'NULL' ELSE 'jsonb_strip_nulls(jsonb_build_object(' || substr(pairs, 3) || '))' END,
    CASE TG_OP WHEN 'INSERT' THEN 'new_rows r' WHEN 'DELETE' THEN 'old_rows r'
      ELSE 'new_rows r JOIN old_rows o ON o.id = r.id WHERE ' || substr(differs, 5) END)
  USING coalesce(nullif(current_setting('registers.at', true), '')::timestamptz, now()),
    nullif(current_setting('registers.by', true), '')::uuid,
    coalesce(said_cause, 'sql'),
    nullif(current_setting('registers.ref', true), '')::uuid,
    CASE WHEN said_cause IS NULL
      THEN left(session_user || ' · ' || current_setting('application_name'), 80) ELSE '' END;
  RETURN NULL;
END
$$;

DO $$
DECLARE
  entry text[];
BEGIN
  FOREACH entry SLICE 1 IN ARRAY ARRAY[
    ['person', 'r.id', 'NULL::uuid',
     'county cell_code building_id name id_type id_no=id_no_sealed+id_no_key+id_no_masked '
     'phone=phone_sealed+phone_key+phone_masked sex birth_date education marital employment life_state lives_alone'],
    ['household', 'NULL::uuid', 'r.id', 'county number collective dwelling_id building_id'],
    ['membership', 'r.person_id', 'r.household_id', 'county person_id household_id relation valid_from valid_to'],
    ['residence', 'r.person_id', 'NULL::uuid',
     'county person_id kind dwelling_id building_id elsewhere valid_from valid_to'],
    ['dwelling', 'NULL::uuid', 'NULL::uuid', 'building_id entrance_id county floor room use area_m2']]
  LOOP
    EXECUTE format('DROP TRIGGER IF EXISTS history_insert ON geodata_%s', entry[1]);
    EXECUTE format('DROP TRIGGER IF EXISTS history_update ON geodata_%s', entry[1]);
    EXECUTE format('DROP TRIGGER IF EXISTS history_delete ON geodata_%s', entry[1]);
    EXECUTE format('CREATE TRIGGER history_insert AFTER INSERT ON geodata_%s REFERENCING NEW TABLE AS new_rows '
      'FOR EACH STATEMENT EXECUTE FUNCTION registers_note_change(%L, %L, %L, %L)', entry[1], entry[1], entry[2], entry[3], entry[4]);
    EXECUTE format('CREATE TRIGGER history_update AFTER UPDATE ON geodata_%s REFERENCING NEW TABLE AS new_rows '
      'OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION registers_note_change(%L, %L, %L, %L)',
      entry[1], entry[1], entry[2], entry[3], entry[4]);
    EXECUTE format('CREATE TRIGGER history_delete AFTER DELETE ON geodata_%s REFERENCING OLD TABLE AS old_rows '
      'FOR EACH STATEMENT EXECUTE FUNCTION registers_note_change(%L, %L, %L, %L)', entry[1], entry[1], entry[2], entry[3], entry[4]);
  END LOOP;
END
$$;

-- What happened stays: history is added to, never edited.
CREATE OR REPLACE FUNCTION registers_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'register history is append-only' USING ERRCODE = 'restrict_violation';
END
$$;
DROP TRIGGER IF EXISTS append_only ON registers_registerchange;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON registers_registerchange
  FOR EACH STATEMENT EXECUTE FUNCTION registers_refuse_change();
