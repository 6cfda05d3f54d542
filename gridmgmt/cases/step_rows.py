"""The rows of a step: one prepared call reads all it looks at, two write all it says. What is decided is decided between.

Functions: sql/27_steps.sql. The case comes as a model, so that fields, effects and guards stay plain Python; only its
columns that have changed are written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from uuid import UUID

from django.contrib.gis.db.models.fields import GeometryField
from django.contrib.gis.geos import GEOSGeometry
from django.db import models

from geodata.ids import uuid7
from gridmgmt.cases import statements
from gridmgmt.cases.clock_book import Entry
from gridmgmt.cases.models import Case
from gridmgmt.events import outbox
from gridmgmt.events.outbox import Event
from gridmgmt.organisation.models import Department

if TYPE_CHECKING:
    from gridmgmt.cases.actions import Step

T = TypeVar("T", bound=models.Model)

KEEP = """
SELECT cases_keep_step(%s, %s, %s::bigint, %s, %s, %s, %s::uuid, %s, %s::uuid, %s, %s, %s::jsonb, %s::jsonb, %s, %s::jsonb)
"""


class RequestRow(NamedTuple):
    """A request of the case, whatever became of it."""

    id: str
    kind: str
    state: str
    level: int
    data: dict[str, Any]
    asked_seq: int
    asked_by: str | None
    endorsed_by: str | None


class LiveTask(NamedTuple):
    """The open or claimed task of a case."""

    id: UUID
    state: str
    role: str
    stage: str
    assignee_id: UUID | None
    assignee: str
    department_path: str


@dataclass(slots=True)
class TakenUp:
    """A case locked for a step, and what belongs to it. ``ledger`` grows with the step; ``before`` is the row as read."""

    case: Case
    revision: int
    requests: list[RequestRow] = field(default_factory=list)
    ledger: list[Entry] = field(default_factory=list)
    task: LiveTask | None = None
    before: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Written:
    """What the step will write besides the case. ``task_moves``: words of cases_keep_step."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    task_moves: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


def take_up(case_id: UUID) -> TakenUp | None:
    """Lock a case for a step and read all that steps look at; None when there is none."""
    row = statements.maybe(statements.raw_connection(), _take_up_sql(), (case_id,))
    if row is None or row[0] is None:
        return None
    of_case, of_department = _columns(Case), _columns(Department)
    values = iter(row)
    case = _model(Case, of_case, values)
    department = _model(Department, of_department, values)
    case.department = department if department.pk else None
    requests, ledger, *task, revision = values
    return TakenUp(
        case,
        revision or 0,
        [RequestRow(*one) for one in requests or ()],
        [_entry(*one) for one in ledger or ()],
        LiveTask(*task) if task[0] else None,
        {one.attname: getattr(case, one.attname) for one in of_case},
    )


def _entry(*columns: Any) -> Entry:
    kind, at, *others, due_at = columns
    entry = Entry(kind, datetime.fromisoformat(at), *others)
    return entry._replace(due_at=datetime.fromisoformat(due_at)) if due_at else entry


def department(key: UUID) -> Department | None:
    """A department by its id."""
    columns = _columns(Department)
    row = statements.maybe(statements.raw_connection(), _department_sql(), (key,))
    return _model(Department, columns, iter(row)) if row else None


def keep(step: Step, from_stage: str) -> None:
    """Write the case's changed columns, then what ``write`` does."""
    _update(step.case, step.taken.before)
    write(step, from_stage)


def write(step: Step, from_stage: str) -> None:
    """Write history, ledger, task and events; the relay is woken after the commit."""
    written = step.written
    values = (
        step.case.pk, uuid7(), step.case.version, step.action, from_stage, step.case.stage,
        step.by.pk if step.by else None, step.role, step.case.department_id, step.at, step.text, _json(step.data),
        _json(written.entries, default=str) if written.entries else None, ",".join(written.task_moves),
        _json([(uuid7(), *event) for event in written.events], default=str),
    )  # fmt: skip
    statements.run(KEEP, values)
    outbox.wake_after_commit()


def _update(case: Case, before: dict[str, Any]) -> None:
    changed = [one for one in _columns(Case) if _differs(getattr(case, one.attname), before[one.attname])]
    settings = ", ".join(f'"{one.column}" = {_placeholder(one)}' for one in changed)
    values = [_stored(one, getattr(case, one.attname)) for one in changed]
    statements.run(f"UPDATE cases_case SET {settings} WHERE id = %s", (*values, case.pk))  # noqa: S608 - our own columns


def _differs(now: Any, before: Any) -> bool:
    return now is not before and bool(now != before)  # identity first: geometries compare slowly


@cache
def _columns(model: type[models.Model]) -> tuple[models.Field[Any, Any], ...]:
    """Columns that are written, that is without generated ones."""
    return tuple(one for one in model._meta.concrete_fields if not one.generated)  # noqa: SLF001 - documented API


@cache
def _department_sql() -> str:
    columns = ", ".join(f'"{one.column}"' for one in _columns(Department))
    return f"SELECT {columns} FROM organisation_department WHERE id = %s"  # noqa: S608 - our own columns


@cache
def _take_up_sql() -> str:
    columns = [
        f'(t.{name})."{one.column}"{"::bytea" if isinstance(one, GeometryField) else ""}'
        for name, model in (("c", Case), ("d", Department))
        for one in _columns(model)
    ]
    task = "t.task_id, t.task_state, t.task_role, t.task_stage, t.task_assignee, t.task_assignee_name, t.task_department_path"
    return f"SELECT {', '.join(columns)}, t.requests, t.ledger, {task}, t.revision FROM cases_take_up(%s) t"  # noqa: S608


def _model(model: type[T], columns: tuple[models.Field[Any, Any], ...], values: Iterator[Any]) -> T:
    """A row as a model, from the next values."""
    read = [
        GEOSGeometry(memoryview(value)) if isinstance(one, GeometryField) and value is not None else value
        for one, value in ((one, next(values)) for one in columns)
    ]
    return model.from_db("default", [one.attname for one in columns], read)


def _placeholder(one: models.Field[Any, Any]) -> str:
    if isinstance(one, GeometryField):
        return "%s::geometry"
    return "%s::jsonb" if isinstance(one, models.JSONField) else "%s"


def _stored(one: models.Field[Any, Any], value: Any) -> Any:
    if isinstance(one, GeometryField):
        return value.hexewkb.decode()
    return _json(value) if isinstance(one, models.JSONField) else value


def _json(value: Any, *, default: Callable[[Any], str] | None = None) -> str:
    return json.dumps(
        value, default=default, ensure_ascii=False
    )  # not Django's encoder: it drops microseconds
