"""Tasks follow the case: every step ends the task of the stage that is left and makes the next one.

What becomes of the task is said here and done with the step's other rows (sql/27_steps.sql).
Which worker a site visit goes to is decided in ``cases_choose_worker`` (sql/25_tasks.sql), so that a report, a step and
an upgrade decide alike.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection

from gridmgmt.cases import task_errors
from gridmgmt.cases.models import TaskState
from gridmgmt.cases.step_rows import LiveTask

if TYPE_CHECKING:
    from gridmgmt.cases.actions import Step

# Deadlines of many cases were computed again; their open tasks follow. Caller: rederive.
DUE_AGAIN = """
UPDATE cases_casetask t SET due_at = coalesce(c.stage_due_at, c.due_at), version = t.version + 1
FROM cases_case c WHERE c.id = t.case_id AND t.case_id = ANY(%s) AND t.state IN ('open', 'claimed')
  AND t.due_at IS DISTINCT FROM coalesce(c.stage_due_at, c.due_at)
"""


def due_again(cases: Collection[UUID]) -> None:
    """Open tasks of these cases take the deadline that the case or its stage has now."""
    with connection.cursor() as cursor:
        cursor.execute(DUE_AGAIN, [list(cases)])


def follow(step: Step, from_stage: str) -> None:
    """Bring the case's task in line with a step just taken, in the step's own transaction.

    Error: task_claimed 409 when somebody else of the same role has taken this task on.
    """
    live = step.taken.task
    same_flow = not step.transition.to_procedure
    stays = live is not None and live.stage == step.case.stage == from_stage and same_flow
    if live is not None and stays:
        _adjust(step, live)
        return
    if live is not None:
        _refuse_others(step, live)
        _end(step, live)
    step.written.task_moves.append("make")


def _refuse_others(step: Step, live: LiveTask) -> None:
    """Who has taken a task on does it; a colleague in the same role would do the work twice."""
    others = live.state == TaskState.CLAIMED and step.by is not None and live.assignee_id != step.by.pk
    if others and step.role == live.role:
        raise task_errors.claimed(live.assignee, stage=live.stage, version=step.case.version - 1)


def _end(step: Step, live: LiveTask) -> None:
    own = step.role == live.role or (step.by is not None and step.by.pk == live.assignee_id)
    step.written.task_moves.append("end_done" if own else "end_cancelled")
    _tell_former_department(step, live)


def _adjust(step: Step, live: LiveTask) -> None:
    path = step.case.department.path if step.case.department else ""
    moved = bool(live.department_path) and live.department_path != path
    assigned = not {"staff", "staff_before"}.isdisjoint(step.data)
    step.written.task_moves += ["adjust", *(["assign"] if assigned else []), *(["move"] if moved else [])]
    _tell_former_department(step, live)


def _tell_former_department(step: Step, live: LiveTask) -> None:
    """The step's own event goes to the case's new department; the former one must see the task leave its tray."""
    path = step.case.department.path if step.case.department else ""
    if live.department_path and live.department_path != path:
        payload = {"task": str(live.id), "what": "left", "kind": "handle", "cell_code": step.case.cell_code}
        step.written.events.append(("task.changed", step.case.cell_code, live.department_path, payload))
