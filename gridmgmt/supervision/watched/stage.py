"""A stage of a case: from the step that led into it until the step that leads on."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from geodata.models import Area, AreaLevel
from gridmgmt.cases import clock
from gridmgmt.cases.reference import Reference
from gridmgmt.cases.workflow import StageDef
from gridmgmt.supervision.thresholds import Trigger, horizon
from gridmgmt.supervision.watched.run import Finder, Run, rows_of

KIND = "stage"
HANDLER = "handler"

COLUMNS = """c.procedure_id, c.id, c.number, g.name, g.name_en, c.cell_code, c.stage, s.limit_value, s.limit_unit,
  c.reported_at, c.stage_since, c.stage_due_at, c.department_id, c.assignee_id"""

# Open stages past a horizon without a card of the rule. One range of the index per stage and rule: what is not due is
# not read. Caller: open_runs, every scan. Indexes: supervision_stage_due, card_raised_once.
OPEN = f"""
SELECT t.rule_key, {COLUMNS}
FROM unnest(%(rules)s::text[], %(streets)s::text[], %(procedures)s::bigint[], %(stages)s::text[], %(horizons)s::timestamptz[])
  AS t (rule_key, street, procedure_id, stage, horizon)
JOIN cases_case c ON c.procedure_id = t.procedure_id AND c.stage = t.stage AND c.stage_due_at <= t.horizon
JOIN cases_stage s ON s.procedure_id = t.procedure_id AND s.key = t.stage
JOIN cases_category g ON g.key = c.category_id
WHERE c.closed_at IS NULL AND (c.paused_at IS NULL OR c.wait_ends_at <= %(at)s) AND c.stage_since <= %(at)s AND NOT c.exempt
  AND CASE t.street WHEN '' THEN left(c.cell_code, 9) <> ALL(%(apart)s) ELSE left(c.cell_code, 9) = t.street END
  AND NOT EXISTS (SELECT FROM supervision_card k WHERE k.object_id = c.id AND k.rule_key = t.rule_key AND k.occasion = 0
    AND k.started_at = c.stage_since)
ORDER BY c.stage_due_at, c.id LIMIT %(most)s
"""  # noqa: S608 - columns named above

# Stages that were left, with the step that had led into them; a case that went into another flow is judged by the limits
# it had then. Caller: finished_runs. Index: case_history_at.
FINISHED = """
SELECT s.procedure_id, c.id, c.number, g.name, g.name_en, c.cell_code, h.from_stage, s.limit_value, s.limit_unit,
  c.reported_at, entered.at, NULL::timestamptz, coalesce(entered.department_id, c.department_id), c.assignee_id, h.at
FROM cases_casehistory h
JOIN cases_case c ON c.id = h.case_id
JOIN cases_stage s ON s.key = h.from_stage AND s.procedure_id = coalesce((SELECT (n.data ->> 'procedure_before')::bigint
  FROM cases_casehistory n WHERE n.case_id = h.case_id AND n.seq >= h.seq AND n.data ? 'procedure_before' ORDER BY n.seq LIMIT 1),
  c.procedure_id)
JOIN cases_category g ON g.key = c.category_id
CROSS JOIN LATERAL (SELECT e.at, e.department_id FROM cases_casehistory e WHERE e.case_id = h.case_id AND e.seq < h.seq
  AND e.to_stage = h.from_stage AND e.from_stage <> e.to_stage ORDER BY e.seq DESC LIMIT 1) entered
WHERE h.at > %(since)s AND h.at <= %(until)s AND h.from_stage <> h.to_stage AND s.limit_value > 0 AND s.clock = 'running'
  AND NOT c.exempt
ORDER BY h.at, h.id
"""

# The stage open cases are in. Caller: present_runs.
PRESENT = f"""
SELECT {COLUMNS} FROM cases_case c JOIN cases_stage s ON s.procedure_id = c.procedure_id AND s.key = c.stage
JOIN cases_category g ON g.key = c.category_id
WHERE c.id = ANY(%(ids)s) AND c.closed_at IS NULL
"""  # noqa: S608 - columns named above

# When the stage of a card was left; whether its clock stands still or is excused. Caller: urgings.
ENDS = """
SELECT k.id, h.at, false, c.paused_at IS NOT NULL AND coalesce(c.wait_ends_at > %(at)s, true), c.exempt
FROM supervision_card k JOIN cases_case c ON c.id = k.object_id
LEFT JOIN LATERAL (SELECT h.at FROM cases_casehistory h WHERE h.case_id = k.object_id AND h.from_stage = k.stage
  AND h.from_stage <> h.to_stage AND h.at > k.started_at ORDER BY h.seq LIMIT 1) h ON true
WHERE k.id = ANY(%(cards)s)
"""


def open_runs(triggers: list[Trigger], at: datetime, known: Reference, most: int) -> list[Run]:
    """Open stages on which a trigger fires now."""
    apart = streets_apart(known)
    rows: list[tuple[str, str, int, str, datetime]] = []
    for flow_id, stage in _limited(known):
        for street in ("", *apart):
            for trigger in triggers:
                found = _horizon(trigger, stage, street, at, known)
                if found is not None:
                    rows.append((trigger.rule_key, street, flow_id, stage.key, found))
    if not rows:
        return []
    names = ("rules", "streets", "procedures", "stages", "horizons")
    given = dict(zip(names, (list(column) for column in zip(*rows, strict=True)), strict=True))
    runs = []
    for rule_key, *row in rows_of(OPEN, {**given, "apart": apart, "at": at, "most": most}):
        run = _run(row, known)
        run.rule_key = rule_key
        runs.append(run)
    return runs


def streets_apart(known: Reference) -> list[str]:
    """Streets whose office hours differ from everybody's: their horizons are reckoned apart."""
    codes = Area.objects.filter(level=AreaLevel.STREET).order_by("code").values_list("code", flat=True)
    return [code for code in codes if known.terms(known.street_path(code)).hours != known.hours]


def _horizon(
    trigger: Trigger, stage: StageDef, street: str, at: datetime, known: Reference
) -> datetime | None:
    if trigger.kind == "statutory":  # the law sets no limit for stages of incidents
        return None
    hours = known.terms(known.street_path(street)).hours if street else known.hours
    return horizon(trigger, stage.limit_value or 0, stage.limit_unit, at, known.calendar, hours)


def finished_runs(since: datetime, until: datetime, known: Reference) -> list[Run]:
    """Stages left after their limit in that time; the limit is reckoned again, history does not keep it."""
    runs = []
    for row in rows_of(FINISHED, {"since": since, "until": until}):
        run = _run(row, known)
        run.due_at = clock.add(
            run.limit_value or 0, run.limit_unit, run.started_at, known.calendar, known.hours
        )
        if run.ended_at is not None and run.due_at < run.ended_at:
            runs.append(run)
    return runs


def present_runs(ids: list[UUID], known: Reference) -> dict[UUID, Run]:
    """The stage each open case is in."""
    runs = [_run(row, known) for row in rows_of(PRESENT, {"ids": ids})]
    return {run.object_id: run for run in runs}


def _limited(known: Reference) -> list[tuple[int, StageDef]]:
    """Stages with a limit whose clock runs, of every version of every flow."""
    return [
        (flow.id, stage)
        for flow in known.flows.values()
        for stage in flow.stages.values()
        if stage.limit_value and stage.clock == "running"
    ]


def _run(row: Any, known: Reference) -> Run:
    procedure, *columns = row
    front, (department_id, assignee_id, *ended) = columns[:11], columns[11:]
    run = Run(KIND, *[*front, known.calendar.version, department_id, assignee_id])
    run.ended_at = ended[0] if ended else None
    run.hours_path = known.street_path(run.cell_code)
    stage = known.flows[procedure].stages.get(run.stage)
    if stage is not None:
        run.owner_role, run.stage_names = stage.owner_role, (stage.name, stage.name_en)
        if stage.owner_role != HANDLER:
            run.department_id, run.assignee_id = None, None  # the desk's own delay, not the department's
    return run


FINDER = Finder(open_runs, finished_runs, present_runs, ENDS)
