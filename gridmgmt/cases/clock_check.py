"""Is every open clock what its ledger says? Recomputes all of them from the ledger alone and names what differs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet

from gridmgmt.cases import ledger
from gridmgmt.cases.clock_book import State
from gridmgmt.cases.models import Case, ClockEntry

CHUNK = 2_000
COLUMNS = {
    "due_at": "due_at",
    "near_at": "near_at",
    "clock_started_at": "started_at",
    "clock_stopped_at": "stopped_at",
    "paused_at": "paused_at",
    "wait_ends_at": "wait_ends_at",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """A column of a case that its ledger does not give."""

    number: str
    column: str
    stored: object
    computed: object


@dataclass(slots=True)
class Checked:
    """How many clocks were computed again, and what differed, first one first."""

    cases: int
    differences: list[Difference]


def check(rows: QuerySet[Case] | None = None, *, most: int = 20) -> Checked:
    """Compare all open cases (or those given) with their ledger; stops after so many differences."""
    found = Checked(0, [])
    for case in with_ledger(Case.objects.filter(closed_at=None) if rows is None else rows):
        found.cases += 1
        found.differences.extend(differences(case, ledger.state_of(case, case.clock_entries.all())))
        if len(found.differences) >= most:
            break
    return found


def with_ledger(rows: QuerySet[Case]) -> Iterator[Case]:
    """Cases with department and ledger at hand, a few thousand at a time."""
    entries = Prefetch("clock_entries", ClockEntry.objects.order_by("seq"))
    chosen = rows.select_related("department").prefetch_related(entries)
    return chosen.order_by("pk").iterator(chunk_size=CHUNK)


def differences(case: Case, state: State) -> list[Difference]:
    """Columns that are not what the state says."""
    return [
        Difference(case.number, column, getattr(case, column), getattr(state, name))
        for column, name in COLUMNS.items()
        if getattr(case, column) != getattr(state, name)
    ]
