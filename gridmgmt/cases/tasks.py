"""Tasks follow the case: one call in every step ends the task of the stage that is left and makes the next one.

Which worker a site visit goes to is decided in ``cases_choose_worker`` (sql/25_tasks.sql), so that a report, a step and
an upgrade decide alike.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from django.db import connection

from gridmgmt.cases import task_errors
from gridmgmt.cases.models import TaskState
from gridmgmt.events import outbox

if TYPE_CHECKING:
    from gridmgmt.cases.actions import Step

# The open task of a case with the name of who has it. Locks it, so a claim and the step cannot both happen. Index: task_one_live.
LIVE = """
SELECT t.id, t.state, t.role, t.stage, t.assignee_id, coalesce(u.name, ''), coalesce(d.path, '')
FROM cases_casetask t LEFT JOIN organisation_user u ON u.id = t.assignee_id
LEFT JOIN organisation_department d ON d.id = t.department_id
WHERE t.case_id = %s AND t.state IN ('open', 'claimed') FOR UPDATE OF t
"""
# The distance is from where the doer's phone last was, if it is on shift and was heard of in the last half hour.
END = """
UPDATE cases_casetask t SET state = %(state)s, done_at = %(at)s, done_by_id = %(by)s, result = %(action)s,
  version = t.version + 1, distance_m = (
    SELECT round(ST_Distance(p.geom::geography, c.geom::geography)::numeric, 1) FROM organisation_shift s
    JOIN organisation_lastposition p ON p.shift_id = s.id AND p.received_at > %(at)s - interval '30 minutes'
    JOIN cases_case c ON c.id = t.case_id
    WHERE s.user_id = %(by)s AND s.ended_at IS NULL AND s.ends_by > %(at)s)
WHERE t.id = %(task)s
"""
MAKE = "SELECT cases_make_task(%s, %s)"
# A step that stays where it is may still move the deadline, or the work to another department or person.
ADJUST = """
UPDATE cases_casetask t SET due_at = coalesce(c.stage_due_at, c.due_at),
  department_id = CASE WHEN t.kind = 'handle' THEN c.department_id END,
  assignee_id = CASE WHEN %(assigned)s THEN c.assignee_id WHEN %(moved)s THEN NULL ELSE t.assignee_id END,
  state = CASE WHEN %(assigned)s OR %(moved)s THEN 'open' ELSE t.state END,
  claimed_at = CASE WHEN %(assigned)s OR %(moved)s THEN NULL ELSE t.claimed_at END,
  why = CASE WHEN %(assigned)s THEN jsonb_build_object('rule', 'assigned', 'by', %(by)s::text)
    WHEN %(moved)s THEN jsonb_build_object('rule', 'department') ELSE t.why END,
  version = t.version + 1
FROM cases_case c WHERE t.id = %(task)s AND c.id = t.case_id AND (%(assigned)s OR %(moved)s
  OR t.due_at IS DISTINCT FROM coalesce(c.stage_due_at, c.due_at))
"""
# Deadlines of many cases were computed again; their open tasks follow. Caller: rederive.
DUE_AGAIN = """
UPDATE cases_casetask t SET due_at = coalesce(c.stage_due_at, c.due_at), version = t.version + 1
FROM cases_case c WHERE c.id = t.case_id AND t.case_id = ANY(%s) AND t.state IN ('open', 'claimed')
  AND t.due_at IS DISTINCT FROM coalesce(c.stage_due_at, c.due_at)
"""


class Live(NamedTuple):
    """The open task of a case."""

    id: UUID
    state: str
    role: str
    stage: str
    assignee_id: UUID | None
    assignee: str
    department_path: str


def due_again(cases: Collection[UUID]) -> None:
    """Open tasks of these cases take the deadline that the case or its stage has now."""
    _run(DUE_AGAIN, [list(cases)])


def follow(step: Step, from_stage: str) -> None:
    """Bring the case's task in line with a step just taken, in the step's own transaction.

    Error: task_claimed 409 when somebody else of the same role has taken this task on.
    """
    live = live_task(step.case.pk)
    same_flow = not step.transition.to_procedure
    stays = live is not None and live.stage == step.case.stage == from_stage and same_flow
    if live is not None and stays:
        _adjust(step, live)
        return
    if live is not None:
        _refuse_others(step, live)
        _end(step, live)
    _run(MAKE, [step.case.pk, step.at])


def live_task(case_id: UUID) -> Live | None:
    """The open or claimed task of a case, locked; None when its stage is nobody's."""
    row = _run(LIVE, [case_id])
    return Live(*row) if row else None


def _refuse_others(step: Step, live: Live) -> None:
    """Who has taken a task on does it; a colleague in the same role would do the work twice."""
    others = live.state == TaskState.CLAIMED and step.by is not None and live.assignee_id != step.by.pk
    if others and step.role == live.role:
        raise task_errors.claimed(live.assignee, stage=live.stage, version=step.case.version - 1)


def _end(step: Step, live: Live) -> None:
    own = step.role == live.role or (step.by is not None and step.by.pk == live.assignee_id)
    values = {
        "task": live.id,
        "state": TaskState.DONE if own else TaskState.CANCELLED,
        "at": step.at,
        "by": step.by.pk if step.by else None,
        "action": step.action,
    }
    _run(END, values)
    _tell_former_department(step, live)


def _adjust(step: Step, live: Live) -> None:
    path = step.case.department.path if step.case.department else ""
    moved = bool(live.department_path) and live.department_path != path
    values = {
        "task": live.id,
        "assigned": not {"staff", "staff_before"}.isdisjoint(step.data),
        "moved": moved,
        "by": step.by.pk if step.by else None,
    }
    _run(ADJUST, values)
    _tell_former_department(step, live)


def _tell_former_department(step: Step, live: Live) -> None:
    """The step's own event goes to the case's new department; the former one must see the task leave its tray."""
    path = step.case.department.path if step.case.department else ""
    if live.department_path and live.department_path != path:
        payload = {"task": str(live.id), "what": "left", "kind": "handle", "cell_code": step.case.cell_code}
        outbox.append(
            topic="task.changed",
            cell_code=step.case.cell_code,
            department_path=live.department_path,
            payload=payload,
        )


def _run(sql: str, values: Any) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return tuple(row) if cursor.description and (row := cursor.fetchone()) else None
