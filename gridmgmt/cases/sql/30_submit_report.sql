-- Purpose: writes report, declared photos, case, first history row, first task and outbox row in one statement and transaction.
-- Inputs: everything decided by gridmgmt.cases.intake. Output: created or the sha256 stored under the same uuid.
-- Caller: gridmgmt.cases.intake.submit_report. Promise P1: the report's primary key is what makes re-sending safe.
CREATE SEQUENCE IF NOT EXISTS cases_number_seq;

CREATE OR REPLACE FUNCTION cases_next_number(wanted_prefix text, wanted_day text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  first bigint;
  serial bigint;
BEGIN
  SELECT base INTO first FROM cases_numberday WHERE prefix = wanted_prefix AND day = wanted_day;
  IF first IS NULL THEN
    INSERT INTO cases_numberday (prefix, day, base) VALUES (wanted_prefix, wanted_day, nextval('cases_number_seq'))
    ON CONFLICT (prefix, day) DO NOTHING;
    SELECT base INTO first FROM cases_numberday WHERE prefix = wanted_prefix AND day = wanted_day;
  END IF;
  serial := nextval('cases_number_seq') - first;
  RETURN wanted_prefix || wanted_day || '-' || lpad(serial::text, greatest(6, length(serial::text)), '0');
END
$$;

-- An edition with fewer inputs would be a second function beside this one; a program that still runs with it passes
-- no `near`, which is what the default is for.
DO $$
DECLARE
  older regprocedure;
BEGIN
  FOR older IN SELECT oid FROM pg_proc WHERE proname = 'cases_submit_report' AND pronargs <> 43 LOOP
    EXECUTE format('DROP FUNCTION %s', older);
  END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION cases_submit_report(
  report_id uuid, body jsonb, body_sha256 bytea, sender uuid, device uuid, captured timestamptz, received timestamptz,
  raw_datum text, raw_x float8, raw_y float8, accuracy float8, lon float8, lat float8, marks text[],
  new_case_id uuid, history_id uuid, event_key uuid, number_prefix text, number_day text,
  at_code text, edition uuid, category text, standard bigint, source_key text, procedure_key bigint, first_stage text,
  department uuid, department_path text, component uuid, told text, place text, why jsonb,
  value smallint, unit text, due timestamptz, stage_due timestamptz, calendar bigint, sender_role text,
  photo_ids uuid[], photo_sha256 bytea[], photo_roles text[], step_data jsonb, near timestamptz DEFAULT NULL,
  OUT created boolean, OUT of_case uuid, OUT of_number text, OUT stored_sha256 bytea)
LANGUAGE plpgsql AS $$
DECLARE
  spot geometry := ST_SetSRID(ST_MakePoint(lon, lat), 4326);
BEGIN
  INSERT INTO cases_report (id, case_id, county, payload, payload_sha256, reporter_id, device_id, captured_at,
    received_at, datum, source_x, source_y, accuracy_m, geom, flags)
  VALUES (report_id, new_case_id, left(at_code, 6), body, body_sha256, sender, device, captured,
    received, raw_datum, raw_x, raw_y, accuracy, spot, marks)
  ON CONFLICT (id) DO NOTHING;
  IF NOT FOUND THEN
    created := false;
    SELECT r.case_id, c.number, r.payload_sha256 INTO of_case, of_number, stored_sha256
    FROM cases_report r JOIN cases_case c ON c.id = r.case_id WHERE r.id = report_id;
    RETURN;
  END IF;
  created := true;
  of_case := new_case_id;
  of_number := cases_next_number(number_prefix, number_day);
  stored_sha256 := body_sha256;
  INSERT INTO cases_case (id, county, cell_code, number, procedure_id, stage, version, category_id, standard_id, source_id,
    edition_id, decision, department_id, reporter_id, component_id, text, address, geom, complete, reported_at,
    stage_since, stage_due_at, limit_value, limit_unit, due_at, near_at, calendar_version,
    rework_count, extensions, reopened, exempt)
  VALUES (new_case_id, left(at_code, 6), at_code, of_number, procedure_key, first_stage, 1, category, standard, source_key,
    edition, why, department, sender, component, told, place, spot, cardinality(photo_ids) = 0, received,
    received, stage_due, value, unit, due, near, calendar, 0, 0, false, false);
  INSERT INTO cases_casehistory (id, case_id, seq, action, from_stage, to_stage, actor_id, role, department_id, at, text, data)
  VALUES (history_id, new_case_id, 1, 'report', '', first_stage, sender, sender_role, department, received, '', step_data);
  PERFORM cases_make_task(new_case_id, received);
  IF cardinality(photo_ids) > 0 THEN
    INSERT INTO cases_photo (id, case_id, report_id, role, position, sha256, state, media_type, original, copy, thumbnail,
      camera, flags, uploaded_by_id, created_at)
    SELECT p.id, new_case_id, report_id, p.role, p.n, p.sha256, 'expected', '', '', '', '', '', '{}', sender, received
    FROM unnest(photo_ids, photo_sha256, photo_roles) WITH ORDINALITY AS p (id, sha256, role, n);
  END IF;
  INSERT INTO events_outboxevent (event_id, topic, cell_code, department_path, payload, created_at, attempts, error)
  VALUES (event_key, 'case.reported', at_code, department_path, jsonb_build_object(
    'case', new_case_id, 'number', of_number, 'stage', first_stage, 'version', 1, 'action', 'report',
    'category', category, 'cell_code', at_code, 'lon', lon, 'lat', lat, 'due_at', due), received, 0, '');
END
$$;
