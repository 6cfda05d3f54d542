-- Purpose: the scan reads only what is past its deadline, however many cases are open.
-- Callers: gridmgmt.supervision.watched.stage (OPEN), .case (OPEN, FINISHED). They stand here and not with the tables,
-- because cases know nothing of supervision.
CREATE INDEX IF NOT EXISTS supervision_stage_due ON cases_case (procedure_id, stage, stage_due_at)
  WHERE closed_at IS NULL;
CREATE INDEX IF NOT EXISTS supervision_case_running ON cases_case (department_id, limit_value, limit_unit, due_at)
  WHERE closed_at IS NULL AND clock_stopped_at IS NULL;
CREATE INDEX IF NOT EXISTS supervision_clock_stopped ON cases_clockentry (at) WHERE kind = 'stop';
