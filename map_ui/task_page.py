"""What the trays show: tasks in words, why they came here, colleagues with what they have in hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from gridmgmt.cases import reference, request_queries, task_queries
from gridmgmt.cases.models import Case, CaseRequest, CaseTask, TaskKind, TaskState
from gridmgmt.cases.task_actions import may_assign, may_do
from gridmgmt.cases.task_queries import PersonLoad, TaskFilters
from gridmgmt.cases.workflow import Flow
from gridmgmt.organisation import shifts
from gridmgmt.organisation.models import Department, Role, User
from gridmgmt.organisation.scope import Scope, scope_of
from map_ui.language import in_language

ORDERS = ("due", "near", "newest")
LISTS = (*task_queries.VIEWS, "asked", "moves")
LONGEST = 60
WHY = {
    "nearest_on_duty": _("nearest on duty in this cell"),
    "on_duty": _("on duty in this cell"),
    "nearest_around": _("nearest on duty around this cell"),
    "on_duty_around": _("on duty around this cell"),
    "cell_duty": _("answers for this cell"),
    "community_duty": _("answers for this community"),
    "pool": _("nobody is named for this cell: whoever works there may take it on"),
    "department": _("the department's work"),
    "case_assignee": _("the case is assigned to this person"),
    "assigned": _("assigned within the department"),
    "desk": _("work of this desk"),
    "put_back": _("was put back"),
    "given": _("given by a colleague"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A task with its words and what this person may do with it."""

    task: CaseTask
    stage: str
    why: str
    distance: str
    may_claim: bool
    may_give: bool


def read_filters(given: Mapping[str, str], scope: Scope) -> TaskFilters:
    """Filters from the address; what cannot be read is left out."""
    view, kind, order = given.get("view", "mine"), given.get("kind", ""), given.get("order", "due")
    allowed = LISTS if task_queries.may_assign_somewhere(scope) else [v for v in LISTS if v != "absent"]
    return TaskFilters(
        view=view if view in allowed else "mine",
        text=given.get("text", "").strip().replace("\x00", "")[:LONGEST],
        kind=kind if kind in TaskKind.values else "",
        order=order if order in ORDERS else "due",
    )


def as_query(filters: TaskFilters, **changes: Any) -> str:
    """The address part for the filters with some of them changed; defaults are left out."""
    page = changes.pop("page", None)
    wanted, plain = replace(filters, **changes), TaskFilters()
    names = ("view", "text", "kind", "order")
    pairs = {n: getattr(wanted, n) for n in names if getattr(wanted, n) != getattr(plain, n)}
    return urlencode(pairs | ({"page": page} if page else {}))


def tabs(user: User, filters: TaskFilters, now: datetime) -> list[tuple[str, str, int | None, str, bool]]:
    """(view, label, count, address, current) of the lists this person has."""
    labels = {
        "mine": gettext("Mine"),
        "pool": gettext("To be taken on"),
        "absent": gettext("Of the absent"),
        "asked": gettext("To be decided"),
        "done": gettext("Done lately"),
        "moves": gettext("Changes of hands"),
    }
    found: dict[str, int] = {**task_queries.counts(user, now=now)}
    if waiting := request_queries.waiting(user).order_by().count():
        found["asked"] = waiting
    elif filters.view != "asked":
        labels.pop("asked")
    if not task_queries.may_assign_somewhere(scope_of(user)):
        labels.pop("absent")
    plain = TaskFilters(order=filters.order)
    return [
        (view, label, found.get(view), as_query(plain, view=view), view == filters.view)
        for view, label in labels.items()
    ]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that waits for a decision, in words."""

    request: CaseRequest
    kind: str
    wish: str


def asked(rows: Iterable[CaseRequest]) -> list[Asked]:
    """Requests as the list shows them."""
    flows = reference.current().flows
    return [Asked(row, _kind_name(flows[row.case.procedure_id], row.kind), _wish(row.data)) for row in rows]


def _kind_name(flow: Flow, kind: str) -> str:
    known = flow.requests.get(kind)
    return in_language(known) if known else kind


def _wish(data: Mapping[str, Any]) -> str:
    """What is asked for: days, or a day until which."""
    if data.get("days"):
        return ngettext("%(n)s day", "%(n)s days", int(data["days"])) % {"n": data["days"]}
    return gettext("until %(day)s") % {"day": str(data["until"])[:10]} if data.get("until") else ""


def shown(tasks: Iterable[CaseTask], user: User) -> list[Shown]:
    """Rows as the list shows them."""
    flows, scope = reference.current().flows, scope_of(user)
    return [show(task, user, scope, flows) for task in tasks]


def show(task: CaseTask, user: User, scope: Scope, flows: Mapping[int, Flow]) -> Shown:
    """One task in words."""
    stage = flows[task.case.procedure_id].stages.get(task.stage)
    live = task.state in {TaskState.OPEN, TaskState.CLAIMED}
    mine = task.assignee_id == user.pk
    free = task.assignee_id is None or (task.role == Role.WORKER and not getattr(task, "present", True))
    return Shown(
        task=task,
        stage=in_language(stage) if stage else task.stage,
        why=why_words(task),
        distance=distance_words(getattr(task, "metres", None)),
        may_claim=task.state == TaskState.OPEN and (mine or free) and may_do(scope, task),
        may_give=live and (mine or may_assign(scope, task.cell_code)),
    )


def why_words(task: CaseTask) -> str:
    """Why it came to whom it came to: "nearest on duty, 420 m"."""
    rule = str(WHY.get(task.why.get("rule", ""), ""))
    metres = task.why.get("metres")
    return f"{rule} · {distance_words(metres)}" if rule and metres is not None else rule


def distance_words(metres: float | None) -> str:
    """Tens of metres, kilometres from one on; "" when not known."""
    if metres is None:
        return ""
    return f"{metres / 1000:.1f} km" if metres >= 1000 else f"{max(10, round(metres / 10) * 10)} m"


def load_words(person: PersonLoad) -> str:
    """What somebody has in hand, in one line: "on duty · 3 open · 1 overdue · 420 m"."""
    parts = [gettext("on duty")] if person.on_duty else []
    parts.append(gettext("%(n)d open") % {"n": person.open})
    if person.overdue:
        parts.append(gettext("%(n)d overdue") % {"n": person.overdue})
    if person.metres is not None:
        parts.append(distance_words(person.metres))
    return " · ".join(parts)


def staff_with_load(case: Case, people: Iterable[User], now: datetime) -> list[tuple[User, str]]:
    """People of a department with what they have in hand: least overdue, then least open, first."""
    by_id = {person.pk: person for person in people}
    loads = task_queries.people_load(list(by_id), now=now, near=case.geom)
    loads.sort(key=lambda load: (not load.on_duty, load.overdue, load.open, load.name))
    return [(by_id[load.user_id], load_words(load)) for load in loads]


def departments_with_load(departments: Iterable[Department], now: datetime) -> list[tuple[Department, str]]:
    """Departments in their order with what they have in hand, "" for nothing."""
    rows = list(departments)
    loads = task_queries.department_load([row.pk for row in rows], now=now)
    return [(row, _department_words(loads.get(row.pk))) for row in rows]


def _department_words(load: task_queries.DepartmentLoad | None) -> str:
    if load is None:
        return ""
    words = gettext("%(n)d open") % {"n": load.open}
    return f"{words} · {gettext('%(n)d overdue') % {'n': load.overdue}}" if load.overdue else words


def task_of_case(case: Case, user: User, now: datetime) -> Shown | None:
    """The open task of a case for its panel."""
    task = task_queries.live_task_of(case, now=now)
    return None if task is None else show(task, user, scope_of(user), reference.current().flows)


def takers(tasks: Iterable[CaseTask], now: datetime) -> list[PersonLoad]:
    """Who could do at least one of these tasks, on duty and least loaded first."""
    samples = {(task.role, task.cell_code, task.department_id): task for task in tasks}
    found: dict[UUID, PersonLoad] = {}
    for task in samples.values():
        found |= {person.user_id: person for person in task_queries.colleagues(task, now=now)}
    return sorted(found.values(), key=lambda p: (not p.on_duty, p.overdue, p.open, p.name))


def shift_context(user: User, now: datetime) -> dict[str, Any]:
    """Whether this person has shifts, and the one they are on."""
    has_shifts = any(held.role in shifts.ON_SHIFT_ROLES for held in scope_of(user).held)
    return {"has_shifts": has_shifts, "shift": shifts.open_shift(user.pk, now) if has_shifts else None}
