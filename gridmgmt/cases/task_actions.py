"""Tasks change hands: taken on, put back, given to a colleague, all handed over at the end of a shift.

Each locks the task and nothing else; a step locks its case first and then the task, so they cannot wait in a circle.
Taking a task on is compare-and-set: of any number of people one gets it, the others learn who has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from gridmgmt.cases import task_errors
from gridmgmt.cases.models import CaseTask, TaskMove, TaskState
from gridmgmt.cases.models.task import LIVE, LIVE_STATES
from gridmgmt.events import outbox
from gridmgmt.organisation import shifts
from gridmgmt.organisation.models import Role, Shift, User
from gridmgmt.organisation.scope import Scope, load_scope, may_see, scope_of

# Who distributes work besides those who have it: the desk that dispatches and the chief on duty.
ASSIGNERS = (Role.DISPATCHER, Role.REGISTRAR)
Move = TaskMove.Kind


@dataclass(frozen=True, slots=True)
class HandedOver:
    """How many tasks went to the colleague, and how many nobody but the pool could take."""

    given: int
    pooled: int


def may_do(scope: Scope, task: CaseTask) -> bool:
    """True when somebody holds the task's role at its place and, for department work, in its department."""
    path = task.department.path if task.department else ""
    return any(
        held.role == task.role
        and task.cell_code.startswith(held.prefix)
        and (not held.department_only or (bool(path) and path.startswith(held.department_path)))
        for held in scope.held
    )


def may_assign(scope: Scope, cell_code: str) -> bool:
    """True when somebody distributes work there."""
    return any(held.role in ASSIGNERS and cell_code.startswith(held.prefix) for held in scope.held)


@transaction.atomic
def claim(*, task_id: UUID, by: User, at: datetime) -> CaseTask:
    """Take a task on. Taken on by the same person already: the same answer.

    Errors: task_unknown 404, task_not_permitted 403, task_taken 409 (with who has it), task_over 409.
    """
    task = _locked(task_id, scope_of(by))
    if not may_do(scope_of(by), task):
        raise task_errors.not_permitted(task.role)
    mine = task.assignee_id == by.pk
    if mine and task.state == TaskState.CLAIMED:
        return task
    if not mine and not _is_free(task, at):
        raise task_errors.taken(task.assignee.name if task.assignee else "", task.state)
    giver = task.assignee
    task.assignee, task.state, task.claimed_at = by, TaskState.CLAIMED, at
    return _moved(task, Move.CLAIM, by=by, at=at, giver=None if mine else giver)


def _is_free(task: CaseTask, at: datetime) -> bool:
    """Nobody has it; or it was offered to a grid worker who is not on duty."""
    if task.state != TaskState.OPEN:
        return False
    if task.assignee_id is None:
        return True
    return task.role == Role.WORKER and shifts.open_shift(task.assignee_id, at) is None


@transaction.atomic
def release(*, task_id: UUID, by: User, at: datetime, reason: str = "") -> CaseTask:
    """Put a task back into the pool. Taking it from somebody else needs a reason.

    Errors: task_unknown 404, task_not_yours 403, task_over 409, task_reason_missing 422.
    """
    task = _locked(task_id, scope_of(by))
    _check_hands(task, by)
    if task.assignee_id != by.pk and not reason.strip():
        raise task_errors.reason_missing()
    if task.assignee_id is None:
        return task
    giver = task.assignee
    _to_pool(task)
    return _moved(task, Move.RELEASE, by=by, at=at, giver=giver, reason=reason)


@transaction.atomic
def give(*, task_id: UUID, to: UUID, by: User, at: datetime, reason: str) -> CaseTask:
    """Give a task to a colleague who could do it; they find it in their tray and take it on.

    Errors: as release, task_taker_unfit 422.
    """
    task = _locked(task_id, scope_of(by))
    _check_hands(task, by)
    taker = _taker(to)
    if not may_do(load_scope(taker.pk), task):
        raise task_errors.taker_unfit()
    if not reason.strip():
        raise task_errors.reason_missing()
    giver = task.assignee
    if taker == giver:
        return task
    _offer(task, taker, by)
    return _moved(task, Move.GIVE, by=by, at=at, giver=giver, taker=taker, reason=reason)


@transaction.atomic
def hand_over(*, whose: User, to: UUID | None, by: User, at: datetime, reason: str = "") -> HandedOver:
    """All tasks of a person to a colleague, or back to the pool without one; what the colleague could not do goes there too.

    Errors: task_not_yours 403 (somebody else's tasks, and not one's place to distribute), task_taker_unfit 422.
    """
    rows = CaseTask.objects.filter(LIVE, assignee=whose).select_related("department", "case")
    tasks = list(rows.select_for_update(of=("self",)).order_by("pk"))
    scope = scope_of(by)
    if whose != by:
        tasks = [task for task in tasks if may_assign(scope, task.cell_code)]
        if not tasks:
            raise task_errors.not_yours(whose.name)
    taker = _taker(to) if to else None
    reach = load_scope(taker.pk) if taker else None
    given = 0
    for task in tasks:
        fit = taker is not None and taker != whose and reach is not None and may_do(reach, task)
        if fit and taker is not None:
            _offer(task, taker, by)
            given += 1
        else:
            _to_pool(task)
        _moved(task, Move.HAND_OVER, by=by, at=at, giver=whose, taker=taker if fit else None, reason=reason)
    if taker is not None and tasks and not given:
        raise task_errors.taker_unfit()
    return HandedOver(given, len(tasks) - given)


@transaction.atomic
def end_shift(
    *,
    user: User,
    at: datetime,
    to: UUID | None = None,
    keep: bool = False,
    pool: bool = False,
    reason: str = "",
) -> tuple[Shift, HandedOver]:
    """Go off duty and say in the same breath what becomes of the tasks in hand: a colleague, the pool, or keep them.

    Errors: not_on_shift 409, shift_has_tasks 409 with their number when nothing was said.
    """
    shift = shifts.close_shift(user=user, at=at)
    if to is not None or pool:
        return shift, hand_over(whose=user, to=to, by=user, at=at, reason=reason)
    in_hand = CaseTask.objects.filter(LIVE, assignee=user).count()
    if in_hand and not keep:
        raise task_errors.handover_missing(in_hand)
    return shift, HandedOver(0, 0)


def _locked(task_id: UUID, scope: Scope) -> CaseTask:
    """The task, locked, if it is visible and still open."""
    rows = CaseTask.objects.select_related("department", "assignee", "case")
    task = rows.select_for_update(of=("self",)).filter(pk=task_id).first()
    if task is None or not may_see(scope, task):
        raise task_errors.unknown()
    if task.state not in LIVE_STATES:
        raise task_errors.over(task.state, task.result)
    return task


def _check_hands(task: CaseTask, by: User) -> None:
    if task.assignee_id != by.pk and not may_assign(scope_of(by), task.cell_code):
        raise task_errors.not_yours(task.assignee.name if task.assignee else "")


def _taker(user_id: UUID) -> User:
    taker = User.objects.filter(pk=user_id, is_active=True).first()
    if taker is None:
        raise task_errors.taker_unfit()
    return taker


def _to_pool(task: CaseTask) -> None:
    task.assignee, task.state, task.claimed_at = None, TaskState.OPEN, None
    task.why = {"rule": "put_back"}


def _offer(task: CaseTask, taker: User, by: User) -> None:
    task.assignee, task.state, task.claimed_at = taker, TaskState.OPEN, None
    task.why = {"rule": "given", "by": str(by.pk)}


def _moved(
    task: CaseTask,
    kind: TaskMove.Kind,
    *,
    by: User,
    at: datetime,
    giver: User | None = None,
    taker: User | None = None,
    reason: str = "",
) -> CaseTask:
    """Save, remember the move, tell the trays."""
    task.version += 1
    task.save(update_fields=["assignee", "state", "claimed_at", "why", "version"])
    TaskMove.objects.create(
        task=task,
        kind=kind,
        at=at,
        by=by,
        giver=giver,
        taker=by if kind == Move.CLAIM else taker,
        reason=reason.strip()[:400],
    )
    outbox.append(
        topic="task.changed",
        cell_code=task.cell_code,
        department_path=task.department.path if task.department else "",
        payload={
            "task": str(task.pk),
            "case": str(task.case_id),
            "number": task.case.number,
            "kind": task.kind,
            "state": task.state,
            "version": task.version,
            "what": str(kind),
            "cell_code": task.cell_code,
        },
    )
    return task
