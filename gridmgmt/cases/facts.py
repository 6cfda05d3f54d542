"""What guards look at, read from a case and its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from zlib import crc32

from gridmgmt.cases import branch_clock
from gridmgmt.cases.branch_clock import DROPPED
from gridmgmt.cases.guards import Facts
from gridmgmt.cases.models import Case, CaseRequest, RequestState
from gridmgmt.cases.workflow import Flow


def facts_of(case: Case, flow: Flow, *, at: datetime) -> Facts:
    """The facts of a case at an instant: one query, for its requests."""
    rows = CaseRequest.objects.filter(case=case) if flow.requests else CaseRequest.objects.none()
    return facts_from(case, rows.values_list("kind", "state", "level", "data"), at=at)


def facts_from(case: Case, rows: Iterable[tuple[str, str, int, dict[str, Any]]], *, at: datetime) -> Facts:
    """The same from its requests: kind, state, level, data."""
    requests = list(rows)
    waiting = [row for row in requests if row[1] == RequestState.OPEN]
    return Facts(
        overdue=is_overdue(case, at),
        assigned=case.assignee_id is not None,
        exempt=case.exempt,
        marks=frozenset(case.marks),
        draw=draw_of(case.reported_at),
        joint=case.joint,
        running=branch_clock.latest(case.pk, at).running if case.joint else 0,
        others=_others(case) if case.parent_id else 0,
        open_requests={kind: level for kind, _state, level, _data in waiting},
        granted=Counter(kind for kind, state, _level, _data in requests if state == RequestState.GRANTED),
        asked={kind: data for kind, _state, _level, data in waiting},
    )


def _others(case: Case) -> int:
    rows = Case.objects.filter(parent_id=case.parent_id).exclude(pk=case.pk)
    return rows.exclude(marks__contains=[DROPPED]).count()


def draw_of(reported_at: datetime) -> int:
    """0 to 99 from the microsecond a report came in: nobody can choose it, everybody can compute it again."""
    return crc32(reported_at.astimezone(UTC).isoformat(timespec="microseconds").encode()) % 100


def is_overdue(case: Case, at: datetime) -> bool:
    """Past its limit at the instant the clock stopped, stands still, or at ``at``. An excuse changes nothing here."""
    until = case.clock_stopped_at or case.paused_at or at
    return case.due_at is not None and case.due_at <= until
