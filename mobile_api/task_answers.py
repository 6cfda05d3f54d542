"""What phones receive about tasks, steps and shifts: the shapes and how they are filled."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.utils import timezone
from pydantic import BaseModel, Field

from gridmgmt.cases import queries, reference, task_queries
from gridmgmt.cases.actions import StepOffer, permitted_steps
from gridmgmt.cases.branch_clock import DROPPED
from gridmgmt.cases.models import Case, CaseTask, TaskMove
from gridmgmt.cases.task_queries import PersonLoad
from gridmgmt.cases.workflow import Flow
from gridmgmt.organisation.models import Shift, User
from gridmgmt.organisation.scope import scope_of
from mobile_api.answers import StepAnswer, step_answer


class WhyAnswer(BaseModel):
    """Why me: the rule that chose, metres at that time, how many were on duty."""

    rule: str
    metres: float | None
    on_duty: int | None


class TaskLine(BaseModel):
    """One task; ``metres`` from where this phone was last, if it is on duty."""

    task: UUID
    kind: Literal["verify", "check", "handle", "desk"]
    state: Literal["open", "claimed", "done", "cancelled"]
    version: int
    lamp: Literal["green", "yellow", "red", "grey", "done"]
    stage: str
    stage_name: str
    stage_name_en: str
    case: UUID
    number: str
    category: str
    text: str
    address: str
    lon: float
    lat: float
    cell: str
    department: str
    assignee: str = Field(description="Who has it or was chosen for it; empty in the pool")
    mine: bool
    why: WhyAnswer
    made_at: datetime
    due_at: datetime | None
    claimed_at: datetime | None
    done_at: datetime | None
    result: str
    metres: float | None


class TaskPage(BaseModel):
    """A page of tasks; ``next`` is the cursor of the following one."""

    results: list[TaskLine]
    next: str | None


class OwnFieldAnswer(BaseModel):
    """A field the flow brings itself."""

    key: str
    name: str
    name_en: str
    kind: Literal["text", "number", "date", "choice", "yes_no"]
    choices: list[str]


class OfferAnswer(BaseModel):
    """A step that may be taken now, what it needs and what else it takes: department, standard, staff, until, days,
    photo_after, photo_site, reason, text, departments, branches, or fields of the flow's own.
    ``suggested`` is what an open request asks for."""

    action: str
    name: str
    name_en: str
    to_stage: str
    requires: list[str]
    takes: list[str]
    suggested: dict[str, Any]
    own: list[OwnFieldAnswer]


class MoveAnswer(BaseModel):
    """One change of hands."""

    kind: Literal["claim", "release", "give", "hand_over"]
    at: datetime
    by: str
    giver: str
    taker: str
    reason: str


class CasePhotoAnswer(BaseModel):
    """A photo of the case."""

    photo: UUID
    role: Literal["before", "after", "site"]
    state: Literal["expected", "stored"]


class BranchAnswer(BaseModel):
    """One department's part of a joint case."""

    number: str
    department: str
    stage: str
    stage_name: str
    lamp: str
    due_at: datetime | None
    done: bool


class TaskAnswer(TaskLine):
    """A task with the version of its case, the steps that may be taken, photos and changes of hands."""

    branches: list[BranchAnswer]

    case_version: int
    case_stage: str = Field(description="Where the case is now; the task may have been for an earlier stage")
    case_stage_name: str
    case_stage_name_en: str
    tracker: list[StepAnswer]
    steps: list[OfferAnswer]
    photos: list[CasePhotoAnswer]
    moves: list[MoveAnswer]


class ColleagueAnswer(BaseModel):
    """Somebody who could do the task, with what they have in hand; ``metres`` from the case, when known."""

    id: UUID
    name: str
    on_duty: bool
    open: int
    overdue: int
    metres: float | None


class ColleaguesAnswer(BaseModel):
    """On duty first, then the nearest, then those with least in hand."""

    results: list[ColleagueAnswer]


class HandOverAnswer(BaseModel):
    """How many tasks went to the colleague, and how many back to the pool."""

    given: int
    pooled: int


class ShiftAnswer(BaseModel):
    """On duty or not; an open shift ends by itself at ``ends_by``."""

    on_duty: bool
    shift: UUID | None
    started_at: datetime | None
    ends_by: datetime | None


class PositionsKeptAnswer(BaseModel):
    """How many positions of a request were taken; 0 off duty and without a fix."""

    kept: int


class PositionTokenAnswer(BaseModel):
    """A position token, shown this once, and the address a tracker is given."""

    token: str
    url: str


class ShiftEndAnswer(ShiftAnswer, HandOverAnswer):
    """Off duty, and where the tasks went."""


class StepTakenAnswer(BaseModel):
    """The lasting answer to a step."""

    case: UUID
    number: str
    stage: str
    version: int
    due_at: datetime | None
    closed_at: datetime | None


def task_line(task: CaseTask, user_id: UUID, flows: Mapping[int, Flow]) -> dict[str, Any]:
    """A task of task_queries in the shape of TaskLine; ``flows`` names its stage."""
    case = task.case
    stage = flows[case.procedure_id].stages.get(task.stage)
    return {
        "task": task.pk,
        "kind": task.kind,
        "state": task.state,
        "version": task.version,
        "lamp": getattr(task, "lamp", ""),
        "stage": task.stage,
        "stage_name": stage.name if stage else task.stage,
        "stage_name_en": stage.name_en if stage else task.stage,
        "case": case.pk,
        "number": case.number,
        "category": case.category_id,
        "text": case.text,
        "address": case.address,
        "lon": round(case.geom.x, 7),
        "lat": round(case.geom.y, 7),
        "cell": task.cell_code,
        "department": task.department.name if task.department else "",
        "assignee": task.assignee.name if task.assignee else "",
        "mine": task.assignee_id == user_id,
        "why": {
            "rule": task.why.get("rule", ""),
            "metres": task.why.get("metres"),
            "on_duty": task.why.get("on_duty"),
        },
        "made_at": task.made_at,
        "due_at": task.due_at,
        "claimed_at": task.claimed_at,
        "done_at": task.done_at,
        "result": task.result,
        "metres": _rounded(getattr(task, "metres", None)),
    }


def task_answer(task: CaseTask, user: User) -> dict[str, Any]:
    """A task in the shape of TaskAnswer."""
    photos = task.case.photos.order_by("-role", "position", "id")
    flow = reference.current().flows[task.case.procedure_id]
    stage = flow.stages.get(task.case.stage)
    return {
        **task_line(task, user.pk, reference.current().flows),
        "branches": branches_answer(task.case, user),
        "case_version": task.case.version,
        "case_stage": task.case.stage,
        "case_stage_name": stage.name if stage else task.case.stage,
        "case_stage_name_en": stage.name_en if stage else task.case.stage,
        "tracker": tracker_answer(task.case),
        "steps": [
            {
                "action": offer.action,
                "name": offer.name,
                "name_en": offer.name_en,
                "to_stage": offer.to_stage,
                "requires": offer.requires,
                "takes": offer.takes,
                "suggested": offer.suggested,
                "own": own_fields(offer, flow),
            }
            for offer in permitted_steps(task.case, user)
        ],
        "photos": [{"photo": photo.pk, "role": photo.role, "state": photo.state} for photo in photos],
        "moves": [move_answer(move) for move in task_queries.moves(task)],
    }


def tracker_answer(case: Case) -> list[dict[str, Any]]:
    """Every step so far; which resident reported is nobody's business at the door."""
    hidden = {"report"} if reference.current().sources.get(case.source_id, False) else set()
    rows = [step_answer(step) for step in queries.tracker(case)]
    return [row | {"who": ""} if row["action"] in hidden else row for row in rows]


def branches_answer(case: Case, user: User) -> list[dict[str, Any]]:
    """The parts of a joint case in the shape of BranchAnswer; none for other cases."""
    rows = queries.branches_of(scope_of(user), [case.pk] if case.joint else [], now=timezone.now())[case.pk]
    flows = reference.current().flows
    return [
        {
            "number": branch.number, "department": branch.department.name if branch.department else "",
            "stage": branch.stage, "stage_name": flows[branch.procedure_id].stages[branch.stage].name,
            "lamp": getattr(branch, "lamp", ""),
            "due_at": branch.due_at, "done": branch.closed_at is not None and DROPPED not in branch.marks,
        }
        for branch in rows
    ]  # fmt: skip


def own_fields(offer: StepOffer, flow: Flow) -> list[dict[str, Any]]:
    """The flow's own fields among those of a step."""
    own = [flow.fields[key] for key in (*offer.requires, *offer.takes) if key in flow.fields]
    return [
        {"key": f.key, "name": f.name, "name_en": f.name_en, "kind": f.kind, "choices": f.choices}
        for f in own
    ]


def move_answer(move: TaskMove) -> dict[str, Any]:
    """A change of hands in the shape of MoveAnswer."""
    return {
        "kind": move.kind,
        "at": move.at,
        "by": move.by.name,
        "giver": move.giver.name if move.giver else "",
        "taker": move.taker.name if move.taker else "",
        "reason": move.reason,
    }


def colleague_answer(person: PersonLoad) -> dict[str, Any]:
    """A colleague in the shape of ColleagueAnswer."""
    return {
        "id": person.user_id,
        "name": person.name,
        "on_duty": person.on_duty,
        "open": person.open,
        "overdue": person.overdue,
        "metres": _rounded(person.metres),
    }


def shift_answer(shift: Shift | None) -> dict[str, Any]:
    """A shift in the shape of ShiftAnswer; None is off duty."""
    on_duty = shift is not None and shift.ended_at is None
    return {
        "on_duty": on_duty,
        "shift": shift.pk if shift else None,
        "started_at": shift.started_at if shift else None,
        "ends_by": shift.ends_by if shift and on_duty else None,
    }


def _rounded(metres: float | None) -> int | None:
    """Whole tens: where a colleague stands is nobody's business to the metre."""
    return None if metres is None else round(metres / 10) * 10
