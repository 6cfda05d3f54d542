"""When a joint case is due: at the latest of its branches that run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gridmgmt.cases.models import Case

DROPPED = "dropped"
"""The mark of a branch that ended without being done."""


@dataclass(frozen=True, slots=True)
class Latest:
    """``running``: branches that are not over. ``due_at`` None: every clock stands still, or none has a limit."""

    running: int
    due_at: datetime | None
    standing: bool


def latest(parent_id: UUID, at: datetime) -> Latest:
    """What the branches of a joint case say about its deadline; one that waits says nothing until it runs again."""
    rows = list(
        Case.objects.filter(parent_id=parent_id, closed_at=None).values_list(
            "due_at", "paused_at", "wait_ends_at"
        )
    )
    going = [due for due, paused, ends in rows if paused is None or (ends is not None and ends <= at)]
    limits = [due for due in going if due is not None]
    return Latest(len(rows), max(limits, default=None), standing=bool(rows) and not going)


def moves(case: Case, found: Latest) -> bool:
    """True when the deadline of a joint case, or whether its clock stands still, is no longer what branches say."""
    if not found.running or case.clock_started_at is None or case.clock_stopped_at is not None:
        return False
    if found.standing:
        return case.paused_at is None
    return found.due_at is not None and (case.paused_at is not None or case.due_at != found.due_at)
