"""One run of a clock as supervision sees it, whatever kind of object it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from gridmgmt.cases.clock import Pause
from gridmgmt.cases.reference import Reference
from gridmgmt.supervision.thresholds import Trigger


@dataclass(slots=True)
class Run:
    """A run of a clock. ``ended_at`` is set when the work is done; ``statutory_due_at`` where a law sets one too."""

    watches: str
    object_id: UUID
    number: str
    subject: str
    subject_en: str
    cell_code: str
    stage: str
    limit_value: int | None
    limit_unit: str
    accepted_at: datetime
    started_at: datetime
    due_at: datetime | None
    calendar_version: int
    department_id: UUID | None
    assignee_id: UUID | None
    ended_at: datetime | None = None
    rule_key: str = ""
    waits: list[Pause] = field(default_factory=list)
    hours_path: str = ""
    owner_role: str = ""
    stage_names: tuple[str, str] = ("", "")

    @property
    def run(self) -> int:
        """The microsecond the clock started: the name of this run; a card of it has the same ``started_at``."""
        return int(self.started_at.timestamp()) * 1_000_000 + self.started_at.microsecond


OpenRuns = Callable[[list[Trigger], datetime, Reference, int], list[Run]]
FinishedRuns = Callable[[datetime, datetime, Reference], Iterable[Run]]


@dataclass(frozen=True, slots=True)
class Finder:
    """How a kind of object is watched.

    ``open_runs(triggers, at, known, most)`` gives runs on which a trigger fires and that have no card of its rule yet.
    ``finished_runs(since, until, known)`` gives runs that ended late in that time, whether carded or not.
    ``present_runs(ids, known)`` are the runs that urgings by people concern.
    ``ends`` is SQL: for cards, when the run ended, whether it only began anew, stands still, or is excused.
    """

    open_runs: OpenRuns
    finished_runs: FinishedRuns
    present_runs: Callable[[list[UUID], Reference], dict[UUID, Run]]
    ends: str


def rows_of(sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    """All rows of a named statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
