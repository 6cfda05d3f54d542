-- Purpose: what a step of a case looks at, and what it writes besides the case itself, each in one call (docs/adr/0003).
-- Caller: gridmgmt.cases.step_rows. What is decided is decided in Python between the two.

-- Locks a case and reads it with its department, requests, ledger, open task (locked, so that a claim and the step cannot
-- both happen) and the revision of reference data. Everything is read after the lock: whoever waited for another step sees
-- what that one wrote. Indexes: request_case, clock_entry_seq_unique, task_one_live.
CREATE OR REPLACE FUNCTION cases_take_up(of_case uuid, OUT c cases_case, OUT d organisation_department, OUT requests jsonb,
  OUT ledger jsonb, OUT task_id uuid, OUT task_state text, OUT task_role text, OUT task_stage text, OUT task_assignee uuid,
  OUT task_assignee_name text, OUT task_department_path text, OUT revision bigint)
LANGUAGE plpgsql AS $$
BEGIN
  -- Parent before branch, whoever begins: a step of either may move the other. A case keeps its parent for ever.
  PERFORM FROM cases_case p WHERE p.id = (SELECT k.parent_id FROM cases_case k WHERE k.id = of_case) FOR UPDATE;
  SELECT k.* INTO c FROM cases_case k WHERE k.id = of_case FOR UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  SELECT k.* INTO d FROM organisation_department k WHERE k.id = c.department_id;
  SELECT jsonb_agg(jsonb_build_array(r.id, r.kind, r.state, r.level, r.data, r.asked_seq, r.asked_by_id, r.endorsed_by_id)
    ORDER BY r.asked_seq) INTO requests FROM cases_caserequest r WHERE r.case_id = of_case;
  SELECT jsonb_agg(jsonb_build_array(e.kind, e.at, e.limit_value, e.limit_unit, e.calendar_version, e.hours_path, e.amount,
    e.amount_unit, CASE WHEN e.kind = 'joint' THEN e.due_at END) ORDER BY e.seq) INTO ledger FROM cases_clockentry e WHERE e.case_id = of_case;
  SELECT t.id, t.state, t.role, t.stage, t.assignee_id, coalesce(u.name, ''), coalesce(k.path, '')
    INTO task_id, task_state, task_role, task_stage, task_assignee, task_assignee_name, task_department_path
  FROM cases_casetask t LEFT JOIN organisation_user u ON u.id = t.assignee_id
  LEFT JOIN organisation_department k ON k.id = t.department_id
  WHERE t.case_id = of_case AND t.state IN ('open', 'claimed') FOR UPDATE OF t;
  SELECT r.revision INTO revision FROM cases_referencerevision r WHERE r.id = 1;
END
$$;

-- Ends the open task of a case. The distance is from where the doer's phone last was, if it is on shift and was heard of in
-- the last half hour.
CREATE OR REPLACE FUNCTION cases_end_task(of_case uuid, into_state text, by_user uuid, by_action text, at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  UPDATE cases_casetask t SET state = into_state, done_at = at, done_by_id = by_user, result = by_action,
    version = t.version + 1, distance_m = (
      SELECT round(ST_Distance(p.geom::geography, c.geom::geography)::numeric, 1) FROM organisation_shift s
      JOIN organisation_lastposition p ON p.shift_id = s.id AND p.received_at > at - interval '30 minutes'
      JOIN cases_case c ON c.id = t.case_id
      WHERE s.user_id = by_user AND s.ended_at IS NULL AND s.ends_by > at)
  WHERE t.case_id = of_case AND t.state IN ('open', 'claimed');
END
$$;

-- A step that stays where it is may still move the deadline, or the work to another department or person.
CREATE OR REPLACE FUNCTION cases_adjust_task(of_case uuid, assigned boolean, moved boolean, by_user uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  UPDATE cases_casetask t SET due_at = coalesce(c.stage_due_at, c.due_at),
    department_id = CASE WHEN t.kind = 'handle' THEN c.department_id END,
    assignee_id = CASE WHEN assigned THEN c.assignee_id WHEN moved THEN NULL ELSE t.assignee_id END,
    state = CASE WHEN assigned OR moved THEN 'open' ELSE t.state END,
    claimed_at = CASE WHEN assigned OR moved THEN NULL ELSE t.claimed_at END,
    why = CASE WHEN assigned THEN jsonb_build_object('rule', 'assigned', 'by', by_user::text)
      WHEN moved THEN jsonb_build_object('rule', 'department') ELSE t.why END,
    version = t.version + 1
  FROM cases_case c WHERE t.case_id = of_case AND t.state IN ('open', 'claimed') AND c.id = t.case_id
    AND (assigned OR moved OR t.due_at IS DISTINCT FROM coalesce(c.stage_due_at, c.due_at));
END
$$;

-- Writes a step after the case's own row: history, ledger rows, what becomes of the task, events. Ledger rows are objects
-- with the columns of their table, events arrays: id, topic, cell code, department path, payload (as JSON, because a client
-- writes one JSON faster than many arrays). `task_moves`: end_done, end_cancelled, adjust, assign, move, make, with commas.
CREATE OR REPLACE FUNCTION cases_keep_step(of_case uuid, history_id uuid, number bigint, by_action text, before_stage text,
  after_stage text, by_user uuid, by_role text, department uuid, at timestamptz, told text, step_data jsonb, entries jsonb,
  task_moves text, events jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  moves text[] := string_to_array(task_moves, ',');
BEGIN
  INSERT INTO cases_casehistory (id, case_id, seq, action, from_stage, to_stage, actor_id, role, department_id, at, text, data)
  VALUES (history_id, of_case, number, by_action, before_stage, after_stage, by_user, by_role, department, at, told, step_data);
  IF entries IS NOT NULL THEN
    INSERT INTO cases_clockentry SELECT * FROM jsonb_populate_recordset(NULL::cases_clockentry, entries);
  END IF;
  IF 'end_done' = ANY (moves) THEN
    PERFORM cases_end_task(of_case, 'done', by_user, by_action, at);
  ELSIF 'end_cancelled' = ANY (moves) THEN
    PERFORM cases_end_task(of_case, 'cancelled', by_user, by_action, at);
  ELSIF 'adjust' = ANY (moves) THEN
    PERFORM cases_adjust_task(of_case, 'assign' = ANY (moves), 'move' = ANY (moves), by_user);
  END IF;
  IF 'make' = ANY (moves) THEN
    PERFORM cases_make_task(of_case, at);
  END IF;
  INSERT INTO events_outboxevent (event_id, topic, cell_code, department_path, payload)
  SELECT (e.v ->> 0)::uuid, e.v ->> 1, e.v ->> 2, e.v ->> 3, e.v -> 4 FROM jsonb_array_elements(events) AS e (v);
END
$$;
