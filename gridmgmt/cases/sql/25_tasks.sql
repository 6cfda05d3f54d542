-- Purpose: the task of a case's present stage: who gets it, and that there is exactly one.
-- Callers: 30_submit_report.sql (the first stage), gridmgmt.cases.tasks (every step), gridmgmt.cases.jobs (upgrade), gridmgmt.sample.

-- UUIDv7 of an instant (RFC 9562 §5.7), so that tasks sort by when they were made wherever they are made.
CREATE OR REPLACE FUNCTION cases_uuid7(at timestamptz) RETURNS uuid LANGUAGE sql VOLATILE AS $$
  SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
    PLACING substring(int8send(floor(extract(epoch FROM at) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
$$;

-- The grid worker a site visit goes to. Rules in order: the nearest on duty of the cell itself (a duty or a role for
-- this very code), one on duty there whose position is not known (older than half an hour), the same two among those who
-- hold a wider code, who answers for the cell, who answers for the community, nobody (the pool of the street). Whoever is
-- chosen holds the worker's role there, so that they may take the step. Indexes: grant_scope_role, shift_one_open, duty_scope.
CREATE OR REPLACE FUNCTION cases_choose_worker(at_code text, spot geometry, at timestamptz,
  OUT worker uuid, OUT rule text, OUT metres float8, OUT on_duty bigint)
LANGUAGE plpgsql STABLE AS $$
BEGIN
  WITH holders AS MATERIALIZED (
    SELECT g.user_id, bool_or(g.scope_code = at_code) AS of_cell
    FROM organisation_grant g JOIN organisation_user u ON u.id = g.user_id AND u.is_active
    WHERE g.role = 'worker' AND g.valid_from <= at AND (g.valid_to IS NULL OR g.valid_to > at)
      AND g.scope_code = ANY (ARRAY(SELECT left(at_code, n) FROM generate_series(1, length(at_code)) AS n))
    GROUP BY g.user_id
  ), answers AS MATERIALIZED (
    SELECT d.user_id, d.scope_code = at_code AS of_cell, min(d.rank) AS rank
    FROM organisation_duty d JOIN holders h ON h.user_id = d.user_id
    WHERE d.scope_code IN (at_code, left(at_code, 12)) AND d.valid_from <= at AND (d.valid_to IS NULL OR d.valid_to > at)
    GROUP BY d.user_id, d.scope_code
  ), found AS (
    SELECT h.user_id, 0 AS rank, ST_Distance(p.geom::geography, spot::geography) AS metres,
      CASE WHEN h.of_cell OR EXISTS (SELECT FROM answers a WHERE a.user_id = h.user_id AND a.of_cell) THEN 1 ELSE 3 END
        + CASE WHEN p.shift_id IS NULL THEN 1 ELSE 0 END AS place
    FROM holders h JOIN organisation_shift s
      ON s.user_id = h.user_id AND s.ended_at IS NULL AND s.started_at <= at AND s.ends_by > at
    LEFT JOIN organisation_lastposition p ON p.shift_id = s.id AND p.received_at > at - interval '30 minutes'
    UNION ALL
    SELECT user_id, rank, NULL, CASE WHEN of_cell THEN 5 ELSE 6 END FROM answers
    UNION ALL SELECT NULL, 0, NULL, 7
  )
  SELECT f.user_id, (ARRAY['nearest_on_duty', 'on_duty', 'nearest_around', 'on_duty_around', 'cell_duty', 'community_duty',
      'pool'])[f.place], f.metres, (SELECT count(*) FROM found WHERE place <= 4) INTO worker, rule, metres, on_duty
  FROM found f ORDER BY f.place, f.metres, f.rank, f.user_id LIMIT 1;
END
$$;

-- What a stage is as work; NULL when it is nobody's or the platform's. A worker's stage is a check when a step of it begins with "check".
-- All of these are PL/pgSQL for its kept plans: as SQL functions they were planned at every call, which tripled the report.
CREATE OR REPLACE FUNCTION cases_task_kind(flow bigint, stage_key text, OUT owner text, OUT kind text)
LANGUAGE plpgsql STABLE AS $$
BEGIN
  SELECT s.owner_role INTO owner FROM cases_stage s
  WHERE s.procedure_id = flow AND s.key = stage_key AND s.owner_role NOT IN ('', 'system') AND s.clock <> 'final';
  IF owner IS NULL THEN
    RETURN;
  END IF;
  kind := CASE WHEN owner = 'handler' THEN 'handle' WHEN owner <> 'worker' THEN 'desk' ELSE 'verify' END;
  IF owner = 'worker' AND EXISTS (SELECT FROM cases_transition t
      WHERE t.procedure_id = flow AND t.from_stage = stage_key AND t.action LIKE 'check%') THEN
    kind := 'check';
  END IF;
END
$$;

-- Makes the task of the stage a case is in now, unless the stage is nobody's. A department's task goes to the department,
-- and within it to the person the case was assigned to. Output: the task, NULL when there is none.
-- `since` is when the stage began where that is not now.
CREATE OR REPLACE FUNCTION cases_make_task(of_case uuid, at timestamptz, since timestamptz DEFAULT NULL) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
  began timestamptz := coalesce(since, at);
  c record;
  work record;
  chosen record;
  made uuid;
BEGIN
  SELECT k.county, k.cell_code, k.procedure_id, k.stage, k.version, k.department_id, k.assignee_id, k.geom,
    coalesce(k.stage_due_at, k.due_at) AS due_at INTO STRICT c FROM cases_case k WHERE k.id = of_case;
  SELECT * INTO work FROM cases_task_kind(c.procedure_id, c.stage);
  IF work.kind IS NULL THEN
    RETURN NULL;
  END IF;
  IF work.owner = 'worker' THEN
    SELECT * INTO chosen FROM cases_choose_worker(c.cell_code, c.geom, at);
  ELSIF work.kind = 'handle' THEN
    SELECT c.assignee_id AS worker, CASE WHEN c.assignee_id IS NULL THEN 'department' ELSE 'case_assignee' END AS rule,
      NULL::float8 AS metres, NULL::bigint AS on_duty INTO chosen;
  ELSE
    SELECT NULL::uuid AS worker, 'desk' AS rule, NULL::float8 AS metres, NULL::bigint AS on_duty INTO chosen;
  END IF;
  made := cases_uuid7(began);
  INSERT INTO cases_casetask (id, county, cell_code, case_id, stage, case_version, kind, role, department_id, assignee_id,
    state, version, why, due_at, made_at, result)
  VALUES (made, c.county, c.cell_code, of_case, c.stage, c.version, work.kind, work.owner,
    CASE WHEN work.kind = 'handle' THEN c.department_id END, chosen.worker, 'open', 1,
    jsonb_strip_nulls(jsonb_build_object('rule', chosen.rule, 'metres', round(chosen.metres::numeric, 1),
      'on_duty', chosen.on_duty)), c.due_at, began, '');
  RETURN made;
END
$$;

-- Exactly one open or claimed task per stage with an owner, checked when a transaction that moved a case or ended a task
-- commits, whoever wrote it (test: tests/cases/test_task_sql.py). A second one is refused at once by task_one_live.
CREATE OR REPLACE FUNCTION cases_check_task() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  this uuid;
  c record;
  owned boolean;
  fitting bigint;
  living bigint;
BEGIN
  this := CASE TG_TABLE_NAME WHEN 'cases_case' THEN (to_jsonb(OLD) ->> 'id')::uuid ELSE (to_jsonb(OLD) ->> 'case_id')::uuid END;
  SELECT k.procedure_id, k.stage INTO c FROM cases_case k WHERE k.id = this;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  SELECT kind IS NOT NULL INTO owned FROM cases_task_kind(c.procedure_id, c.stage);
  SELECT count(*), count(*) FILTER (WHERE t.stage = c.stage) INTO living, fitting
  FROM cases_casetask t WHERE t.case_id = this AND t.state IN ('open', 'claimed');
  IF living <> fitting OR fitting <> coalesce(owned, false)::int THEN
    RAISE EXCEPTION 'a stage with an owner has exactly one open task' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'case_one_open_task', DETAIL = format('case %s, stage %s: %s open, %s of this stage', this, c.stage, living, fitting);
  END IF;
  RETURN NULL;
END
$$;
DROP TRIGGER IF EXISTS one_open_task ON cases_case;
CREATE CONSTRAINT TRIGGER one_open_task AFTER UPDATE OF stage ON cases_case DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (OLD.stage IS DISTINCT FROM NEW.stage) EXECUTE FUNCTION cases_check_task();
DROP TRIGGER IF EXISTS one_open_task ON cases_casetask;
DROP TRIGGER IF EXISTS one_open_task_kept ON cases_casetask;
CREATE CONSTRAINT TRIGGER one_open_task AFTER UPDATE OF state, stage, case_id ON cases_casetask DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (OLD.state IN ('open', 'claimed') AND (NEW.state NOT IN ('open', 'claimed') OR NEW.stage <> OLD.stage
    OR NEW.case_id <> OLD.case_id)) EXECUTE FUNCTION cases_check_task();
CREATE CONSTRAINT TRIGGER one_open_task_kept AFTER DELETE ON cases_casetask DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (OLD.state IN ('open', 'claimed')) EXECUTE FUNCTION cases_check_task();

-- Makes what is missing: after an upgrade, after a bulk load, after an old program version wrote a report meanwhile.
-- Output: how many were made, at most `most`. Callers: gridmgmt.cases.jobs (periodic), gridmgmt.sample.
CREATE OR REPLACE FUNCTION cases_make_missing_tasks(at timestamptz, most bigint) RETURNS bigint LANGUAGE sql AS $$
  WITH lacking AS MATERIALIZED (
    SELECT c.id, c.stage_since FROM cases_case c JOIN cases_stage s ON s.procedure_id = c.procedure_id AND s.key = c.stage
      AND s.owner_role NOT IN ('', 'system') AND s.clock <> 'final'
    WHERE c.closed_at IS NULL
      AND NOT EXISTS (SELECT FROM cases_casetask t WHERE t.case_id = c.id AND t.state IN ('open', 'claimed'))
    LIMIT most FOR UPDATE OF c SKIP LOCKED
  )
  SELECT count(cases_make_task(id, at, stage_since)) FROM lacking
$$;
