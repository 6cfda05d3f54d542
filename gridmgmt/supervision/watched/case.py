"""Handling of a case: the binding clock from dispatch until the department reports it done."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

from gridmgmt.cases import calendars, clock_book, ledger
from gridmgmt.cases.clock import Pause
from gridmgmt.cases.clock_book import WAITS, Entry, Kind
from gridmgmt.cases.models import ClockEntry
from gridmgmt.cases.reference import Reference
from gridmgmt.supervision.thresholds import Trigger, horizon
from gridmgmt.supervision.watched.run import Finder, Run, rows_of

KIND = "case"
HANDLER = "handler"

COLUMNS = """c.procedure_id, c.id, c.number, g.name, g.name_en, c.cell_code, c.stage, c.limit_value, c.limit_unit,
  c.reported_at, c.clock_started_at, c.due_at, c.calendar_version, c.department_id, c.assignee_id, d.path"""

# Which limits running cases have in which department (its office hours count): one horizon each. Caller: open_runs.
LIMITS = """
SELECT d.id, d.path, found.limit_value, found.limit_unit FROM (
  SELECT DISTINCT department_id, limit_value, limit_unit FROM cases_case
  WHERE closed_at IS NULL AND clock_stopped_at IS NULL AND clock_started_at IS NOT NULL AND limit_value > 0) found
JOIN organisation_department d ON d.id = found.department_id
"""

# Running handling clocks past a horizon, without a card of the rule; of a joint case, its branches are watched instead.
# Caller: open_runs, every scan. Indexes: supervision_case_running, card_raised_once.
OPEN = f"""
SELECT t.rule_key, {COLUMNS}
FROM unnest(%(rules)s::text[], %(departments)s::uuid[], %(values)s::smallint[], %(units)s::text[], %(horizons)s::timestamptz[])
  AS t (rule_key, department_id, limit_value, limit_unit, horizon)
JOIN cases_case c ON c.department_id = t.department_id AND c.limit_value = t.limit_value AND c.limit_unit = t.limit_unit
  AND c.due_at <= t.horizon
JOIN organisation_department d ON d.id = c.department_id
JOIN cases_category g ON g.key = c.category_id
WHERE c.closed_at IS NULL AND (c.paused_at IS NULL OR c.wait_ends_at <= %(at)s)
  AND c.clock_stopped_at IS NULL AND c.clock_started_at <= %(at)s
  AND NOT c.exempt AND NOT c.joint
  AND NOT EXISTS (SELECT FROM supervision_card k WHERE k.object_id = c.id AND k.rule_key = t.rule_key AND k.occasion = 0
    AND k.started_at = c.clock_started_at)
ORDER BY c.due_at, c.id LIMIT %(most)s
"""  # noqa: S608 - columns named above

# Handling that was reported done after its deadline, from the ledger (a rework has replaced the case's own columns).
# A clock that stood still when it was stopped was not late. Caller: finished_runs. Index: supervision_clock_stopped.
FINISHED = """
SELECT c.procedure_id, c.id, c.number, g.name, g.name_en, c.cell_code, coalesce(h.from_stage, c.stage), e.limit_value,
  e.limit_unit, c.reported_at, begun.at, e.due_at, e.calendar_version, coalesce(h.department_id, c.department_id),
  c.assignee_id, e.hours_path, e.at
FROM cases_clockentry e
CROSS JOIN LATERAL (SELECT s.at, s.seq FROM cases_clockentry s
  WHERE s.case_id = e.case_id AND s.seq < e.seq AND s.kind = 'start' ORDER BY s.seq DESC LIMIT 1) begun
CROSS JOIN LATERAL (SELECT s.kind FROM cases_clockentry s
  WHERE s.case_id = e.case_id AND s.seq < e.seq ORDER BY s.seq DESC LIMIT 1) before
JOIN cases_case c ON c.id = e.case_id
JOIN cases_category g ON g.key = c.category_id
LEFT JOIN LATERAL (SELECT r.from_stage, r.department_id FROM cases_casehistory r
  WHERE r.case_id = e.case_id AND r.at = e.at ORDER BY r.seq DESC LIMIT 1) h ON true
WHERE e.kind = 'stop' AND e.at > %(since)s AND e.at <= %(until)s AND e.due_at < e.at
  AND before.kind NOT IN ('pause', 'special', 'supplement')
  AND NOT c.exempt
  AND NOT EXISTS (SELECT FROM cases_clockentry j WHERE j.case_id = e.case_id AND j.seq = begun.seq + 1 AND j.kind = 'joint')
ORDER BY e.at, e.id
"""

# The present run of cases whose handling clock runs. Caller: present_runs.
PRESENT = f"""
SELECT {COLUMNS} FROM cases_case c JOIN cases_category g ON g.key = c.category_id
JOIN organisation_department d ON d.id = c.department_id
WHERE c.id = ANY(%(ids)s) AND c.closed_at IS NULL AND c.clock_started_at IS NOT NULL AND c.clock_stopped_at IS NULL
  AND NOT c.joint
"""  # noqa: S608 - columns named above

# How the run of a card ended: reported done (stop) or begun anew elsewhere (start); whether it stands still or is excused.
# Caller: urgings.
ENDS = """
SELECT k.id, e.at, coalesce(e.kind = 'start', false),
  c.paused_at IS NOT NULL AND coalesce(c.wait_ends_at > %(at)s, true), c.exempt
FROM supervision_card k JOIN cases_case c ON c.id = k.object_id
LEFT JOIN LATERAL (SELECT e.at, e.kind FROM cases_clockentry e WHERE e.case_id = k.object_id AND e.kind IN ('stop', 'start')
  AND e.at > k.started_at ORDER BY e.seq LIMIT 1) e ON true
WHERE k.id = ANY(%(cards)s)
"""


def open_runs(triggers: list[Trigger], at: datetime, known: Reference, most: int) -> list[Run]:
    """Running handling clocks on which a trigger fires now."""
    rows: list[tuple[str, UUID, int, str, datetime]] = []
    for department, path, value, unit in rows_of(LIMITS, {}):
        for trigger in triggers:
            found = horizon(trigger, value, unit, at, *known.terms(path))
            if found is not None and trigger.kind != "statutory":  # the law sets no limit for incidents
                rows.append((trigger.rule_key, department, value, unit, found))
    if not rows:
        return []
    names = ("rules", "departments", "values", "units", "horizons")
    given = dict(zip(names, (list(column) for column in zip(*rows, strict=True)), strict=True))
    runs = []
    for rule_key, *row in rows_of(OPEN, {**given, "at": at, "most": most}):
        run = _run(row, known)
        run.rule_key = rule_key
        runs.append(run)
    return add_waits(runs)


def finished_runs(since: datetime, until: datetime, known: Reference) -> list[Run]:
    """Handling that ended late in that time."""
    runs = []
    for *row, ended_at in rows_of(FINISHED, {"since": since, "until": until}):
        run = _run(row, known)
        run.ended_at = ended_at
        runs.append(run)
    return add_waits(runs)


def present_runs(ids: list[UUID], known: Reference) -> dict[UUID, Run]:
    """The running handling clock of each case that has one."""
    runs = [_run(row, known) for row in rows_of(PRESENT, {"ids": ids})]
    return {run.object_id: run for run in add_waits(runs)}


def add_waits(runs: list[Run]) -> list[Run]:
    """The runs with the waits that did not count, from their part of the ledger."""
    told: defaultdict[UUID, list[Entry]] = defaultdict(list)
    ledger_rows = ClockEntry.objects.filter(case_id__in={run.object_id for run in runs}) if runs else []
    for row in sorted(ledger_rows, key=lambda row: (row.case_id, row.seq)):
        told[row.case_id].append(ledger.entry_of(row))
    for run in runs:
        run.waits = _waits(told[run.object_id], run)
    return runs


def _waits(entries: list[Entry], run: Run) -> list[Pause]:
    """Waits from the run's start until it ended or the next began."""
    later = [entry for entry in entries if entry.at >= run.started_at]
    begin = next((n for n, entry in enumerate(later) if entry.kind == Kind.START), None)
    if begin is None or not any(entry.kind in WAITS for entry in later):
        return []
    mine = [later[begin]]
    for entry in later[begin + 1 :]:
        if entry.kind in (Kind.START, Kind.STOP):
            break
        mine.append(entry)
    state = clock_book.fold(mine, calendars.terms)
    open_wait = [Pause(state.paused_at, state.wait_ends_at)] if state.paused_at else []
    return [*state.waits, *open_wait]


def _run(row: Any, known: Reference) -> Run:
    procedure, *columns = row
    run = Run(KIND, *columns[:-1])
    run.hours_path = columns[-1]
    stage = known.flows[procedure].stages.get(run.stage)
    if stage is not None:
        run.owner_role, run.stage_names = HANDLER, (stage.name, stage.name_en)
    return run


FINDER = Finder(open_runs, finished_runs, present_runs, ENDS)
