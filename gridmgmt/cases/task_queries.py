"""Reads of tasks, always within a scope: the trays, who could do a task, and how much people and departments have in hand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.gis.db.models import PointField
from django.contrib.gis.geos import Point
from django.db import connection
from django.db.models import (
    Case,
    CharField,
    Count,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.db.models.lookups import LessThanOrEqual

from gridmgmt.cases import lamps, task_errors
from gridmgmt.cases.models import Case as CaseRow
from gridmgmt.cases.models import CaseTask, TaskMove
from gridmgmt.cases.models.task import LIVE
from gridmgmt.cases.task_actions import ASSIGNERS
from gridmgmt.organisation.models import Role, Shift, User
from gridmgmt.organisation.scope import Scope, scope_of, visible
from gridmgmt.organisation.shifts import position_of

VIEWS = ("mine", "pool", "absent", "done")
LATELY = timedelta(days=7)
NEAR = 0.8  # share of a stage's span after which its task turns yellow
NEVER = datetime(9999, 1, 1, tzinfo=UTC)

# Open and overdue tasks, on duty or not, metres from a point (only of people whose fresh position is known).
# Callers: people_load, colleagues. Indexes: task_mine, shift_one_open.
PEOPLE = """
SELECT u.id, u.name, count(t.id), count(t.id) FILTER (WHERE t.due_at < %(now)s AND c.paused_at IS NULL), s.id IS NOT NULL,
  ST_Distance(p.geom::geography, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)::geography)
FROM organisation_user u
LEFT JOIN cases_casetask t ON t.assignee_id = u.id AND t.state IN ('open', 'claimed')
LEFT JOIN cases_case c ON c.id = t.case_id
LEFT JOIN organisation_shift s ON s.user_id = u.id AND s.ended_at IS NULL AND s.ends_by > %(now)s
LEFT JOIN organisation_lastposition p ON p.shift_id = s.id AND p.received_at > %(now)s - interval '30 minutes'
WHERE u.id = ANY(%(users)s) GROUP BY u.id, s.id, p.shift_id ORDER BY u.name, u.id
"""
# Caller: department_load. Index: task_department.
DEPARTMENTS = """
SELECT t.department_id, count(*), count(*) FILTER (WHERE t.due_at < %(now)s AND c.paused_at IS NULL)
FROM cases_casetask t JOIN cases_case c ON c.id = t.case_id
WHERE t.department_id = ANY(%(departments)s) AND t.state IN ('open', 'claimed') GROUP BY t.department_id
"""
# Active people who hold a role over a code and, where one is named, in a department or above it. Caller: colleagues.
FIT = """
SELECT DISTINCT g.user_id FROM organisation_grant g JOIN organisation_user u ON u.id = g.user_id AND u.is_active
LEFT JOIN organisation_department d ON d.id = g.department_id
WHERE g.role = %(role)s AND g.valid_from <= %(now)s AND (g.valid_to IS NULL OR g.valid_to > %(now)s)
  AND g.scope_code = ANY (%(prefixes)s) AND (%(path)s = '' OR starts_with(%(path)s, d.path))
"""


class PersonLoad(NamedTuple):
    """What somebody has in hand; ``metres`` from the place asked about, None when not known."""

    user_id: UUID
    name: str
    open: int
    overdue: int
    on_duty: bool
    metres: float | None


class DepartmentLoad(NamedTuple):
    """What a department has in hand."""

    open: int
    overdue: int


class Metres(Func):
    """Metres on the ellipsoid between two lon/lat geometries."""

    template = "ST_Distance((%(expressions)s)::geography)"
    arg_joiner = ")::geography, ("
    output_field = FloatField()


@dataclass(frozen=True, slots=True)
class TaskFilters:
    """Which tray, what to look for, in which order (due, near, newest)."""

    view: str = "mine"
    text: str = ""
    kind: str = ""
    order: str = "due"


def may_assign_somewhere(scope: Scope) -> bool:
    """True for those who distribute work: they see the tasks of the absent."""
    return any(held.role in ASSIGNERS for held in scope.held)


def tray(user: User, filters: TaskFilters, *, now: datetime) -> QuerySet[Any]:
    """The tasks of a view with ``lamp``, ``metres`` (from the user's last position) and ``present`` annotated."""
    rows = _view(user, filters.view, now).select_related("case__category", "department", "assignee", "case")
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    if filters.text:
        rows = rows.filter(
            Q(case__number__icontains=filters.text)
            | Q(case__text__icontains=filters.text)
            | Q(case__address__icontains=filters.text)
            | Q(case__category__name__icontains=filters.text)
        )
    here = position_of(user.pk, now)
    return _annotated(rows, here, now).order_by(*_order(filters, here), "pk")


def tray_page(
    user: User, view: str, *, after: tuple[datetime, UUID] | None, limit: int, now: datetime
) -> tuple[list[CaseTask], tuple[datetime, UUID] | None]:
    """Up to ``limit`` tasks of a view after a place in its order (by time left; done ones newest first), and the next place."""
    newest_first = view == "done"
    key: Any = F("done_at") if newest_first else Coalesce(F("due_at"), Value(NEVER))
    rows = _annotated(_view(user, view, now), position_of(user.pk, now), now)
    rows = rows.select_related("case__category", "department", "assignee").annotate(place=key)
    if after is not None:
        side = "lt" if newest_first else "gt"
        rows = rows.filter(
            Q(**{f"place__{side}": after[0]}) | Q(**{"place": after[0], f"pk__{side}": after[1]})
        )
    sign = "-" if newest_first else ""
    found = list(rows.order_by(f"{sign}place", f"{sign}pk")[: limit + 1])
    page = found[:limit]
    return page, (page[-1].place, page[-1].pk) if len(found) > limit else None


def _order(filters: TaskFilters, here: Point | None) -> list[Any]:
    if filters.view == "done":
        return ["-done_at"]
    if filters.order == "near" and here is not None:
        return [F("metres").asc(nulls_last=True)]
    if filters.order == "newest":
        return ["-made_at"]
    return [F("case__paused_at").asc(nulls_first=True), F("due_at").asc(nulls_last=True)]


def _annotated(rows: QuerySet[Any], here: Point | None, now: datetime) -> QuerySet[Any]:
    distance: Any = (
        Metres("case__geom", Value(here, output_field=PointField()))
        if here
        else Value(None, output_field=FloatField())
    )
    found: QuerySet[Any] = rows.annotate(lamp=task_lamp(now), metres=distance, present=Exists(_on_duty(now)))
    return found


def _view(user: User, view: str, now: datetime) -> QuerySet[Any]:
    scope = scope_of(user)
    rows = visible(scope, CaseTask.objects.all())
    if view == "mine":
        return rows.filter(LIVE, assignee=user)
    if view == "done":
        return rows.filter(done_by=user, done_at__gte=now - LATELY)
    absent = Q(role=Role.WORKER, assignee__isnull=False) & ~Exists(_on_duty(now))
    if view == "absent":
        return rows.filter(LIVE & absent & _any_of(scope, ASSIGNERS))
    free = Q(state="open") & (Q(assignee=None) | absent) & ~Q(assignee=user)
    return rows.filter(free & _may_do(scope))


def _on_duty(now: datetime) -> QuerySet[Shift]:
    return Shift.objects.filter(user=OuterRef("assignee"), ended_at=None, ends_by__gt=now)


def _any_of(scope: Scope, roles: Collection[str]) -> Q:
    allowed = Q(pk__in=[])
    for held in scope.held:
        if held.role in roles:
            allowed |= Q(cell_code__startswith=held.prefix)
    return allowed


def _may_do(scope: Scope) -> Q:
    """The rows that ``task_actions.may_do`` answers True for."""
    allowed = Q(pk__in=[])
    for held in scope.held:
        one = Q(role=held.role, cell_code__startswith=held.prefix)
        if held.department_only:
            one &= Q(department__path__startswith=held.department_path)
        allowed |= one
    return allowed


def task_lamp(now: datetime) -> Case:
    """green, yellow (the last fifth), red (over), grey (the case's clock waits) or done.

    A task that runs by the case's own limit turns yellow with the case; one with a limit of its stage by that span.
    """
    instant = Value(now, output_field=DateTimeField())
    waiting = Q(case__paused_at__isnull=False)
    waiting &= Q(case__wait_ends_at=None) | Q(case__wait_ends_at__gt=instant)
    share = ExpressionWrapper((F("due_at") - F("made_at")) * NEAR, output_field=DurationField())
    near_at = ExpressionWrapper(F("made_at") + share, output_field=DateTimeField())
    return Case(
        When(~LIVE, then=Value(lamps.DONE)),
        When(waiting, then=Value(lamps.GREY)),
        When(due_at=None, then=Value(lamps.GREEN)),
        When(due_at__lte=instant, then=Value(lamps.RED)),
        When(case__due_at=F("due_at"), case__near_at__gt=instant, then=Value(lamps.GREEN)),
        When(case__due_at=F("due_at"), case__near_at__lte=instant, then=Value(lamps.YELLOW)),
        When(LessThanOrEqual(near_at, instant), then=Value(lamps.YELLOW)),
        default=Value(lamps.GREEN),
        output_field=CharField(),
    )


def counts(user: User, *, now: datetime) -> dict[str, int]:
    """How many tasks each view holds (the absent ones only for those who distribute work)."""
    views = ("mine", "pool", *(["absent"] if may_assign_somewhere(scope_of(user)) else []))
    return {view: _view(user, view, now).order_by().aggregate(n=Count("pk"))["n"] for view in views}


def one_task(user: User, task_id: UUID, *, now: datetime) -> CaseTask:
    """One visible task as in the trays. Error task_unknown 404."""
    rows = visible(scope_of(user), CaseTask.objects.filter(pk=task_id))
    rows = rows.select_related("case__category", "case__department", "department", "assignee")
    found: CaseTask | None = _annotated(rows, position_of(user.pk, now), now).first()
    if found is None:
        raise task_errors.unknown()
    return found


def live_task_of(case: CaseRow, *, now: datetime) -> CaseTask | None:
    """The open or claimed task of a case; None when its stage is nobody's."""
    rows = CaseTask.objects.filter(LIVE, case=case).select_related("case", "assignee", "department")
    found: CaseTask | None = rows.annotate(present=Exists(_on_duty(now))).first()
    return found


def in_hand(user: User, whose: User, *, now: datetime) -> list[CaseTask]:
    """Tasks somebody has in hand: one's own, or those one may distribute (the others' places are not shown)."""
    rows = visible(scope_of(user), CaseTask.objects.filter(LIVE, assignee=whose))
    if whose != user:
        rows = rows.filter(_any_of(scope_of(user), ASSIGNERS))
    rows = rows.select_related("case__category", "department", "assignee")
    return list(_annotated(rows, None, now).order_by(F("due_at").asc(nulls_last=True), "pk"))


def moves(task: CaseTask) -> list[TaskMove]:
    """Every change of hands, oldest first."""
    return list(task.moves.select_related("by", "giver", "taker"))


def moves_of(user: User, *, now: datetime, most: int = 50) -> list[TaskMove]:
    """What somebody gave away or got lately, newest first: both sides of a hand-over see it."""
    rows = TaskMove.objects.filter(Q(giver=user) | Q(taker=user), at__gte=now - LATELY)
    rows = rows.exclude(kind=TaskMove.Kind.CLAIM, giver=None)
    return list(
        rows.select_related("by", "giver", "taker", "task__case__category").order_by("-at", "-id")[:most]
    )


def people_load(users: Collection[UUID], *, now: datetime, near: Point | None = None) -> list[PersonLoad]:
    """What these people have in hand, by name."""
    values: dict[str, Any] = {
        "users": list(users),
        "now": now,
        "lon": near.x if near else None,
        "lat": near.y if near else None,
    }
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, values)
        return [PersonLoad(*row) for row in cursor.fetchall()]


def colleagues(task: CaseTask, *, now: datetime) -> list[PersonLoad]:
    """Who else could do a task: on duty first, then the nearest, then those with least in hand."""
    code = task.cell_code
    values: dict[str, Any] = {
        "role": task.role,
        "now": now,
        "prefixes": [code[:n] for n in range(1, len(code) + 1)],
        "path": task.department.path if task.department and task.role == Role.HANDLER else "",
    }
    with connection.cursor() as cursor:
        cursor.execute(FIT, values)
        users = [row[0] for row in cursor.fetchall() if row[0] != task.assignee_id]
    found = people_load(users, now=now, near=task.case.geom)
    return sorted(found, key=lambda p: (not p.on_duty, p.metres is None, p.metres or 0.0, p.open, p.name))


def department_load(departments: Collection[UUID], *, now: datetime) -> dict[UUID, DepartmentLoad]:
    """What these departments have in hand; those with nothing are left out."""
    with connection.cursor() as cursor:
        cursor.execute(DEPARTMENTS, {"departments": list(departments), "now": now})
        return {row[0]: DepartmentLoad(*row[1:]) for row in cursor.fetchall()}
