"""Running clocks under another version of working time: which would move, and computing them again with a trace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, QuerySet

from gridmgmt.cases import branches, calendars, clock, clock_check, ledger, reference, tasks
from gridmgmt.cases.actions import take_system_step
from gridmgmt.cases.clock_book import Entry, Kind, State, Terms, advance
from gridmgmt.cases.models import CalendarVersion, Case, CaseHistory, ClockEntry
from gridmgmt.cases.officehours import HoursBook
from gridmgmt.cases.reference import Reference
from gridmgmt.events import outbox
from gridmgmt.organisation.models import User

ACTION = "rederive"
ROLE = "admin"
COLUMNS = ("due_at", "near_at", "paused_at", "wait_ends_at", "stage_due_at", "calendar_version", "version")


@dataclass(frozen=True, slots=True)
class Moved:
    """A running clock that another version would give another deadline, of the case or of its stage."""

    case: Case
    entry: Entry
    state: State
    stage_due_at: datetime | None

    @property
    def later(self) -> bool:
        """True when there would be more time than now."""
        pairs = ((self.state.due_at, self.case.due_at), (self.stage_due_at, self.case.stage_due_at))
        return any(new > old for new, old in pairs if new and old)


def moved_by(version: int, *, first_day: date | None, at: datetime) -> list[Moved]:
    """Open cases whose running deadlines differ under a version, which may still be uncommitted. Days before
    ``first_day`` are as before, so what is due earlier cannot move."""
    terms = calendars.read(version)
    known = reference.current()
    found = (_moved(case, version, terms, known, at) for case in clock_check.with_ledger(_running(first_day)))
    return [one for one in found if one is not None]


def write(version: CalendarVersion, moved: list[Moved], *, by: User, at: datetime) -> None:
    """Lock the cases, compute them again and write ledger, history and outbox. Call it in a transaction."""
    parents = {one.case.parent_id for one in moved if one.case.parent_id}
    list(Case.objects.select_for_update().filter(pk__in=parents).order_by("pk").values_list("pk"))
    keys = [one.case.pk for one in moved]
    list(Case.objects.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk"))
    terms, known = calendars.read(version.number), reference.current()
    again = (
        _moved(case, version.number, terms, known, at)
        for case in clock_check.with_ledger(Case.objects.filter(pk__in=keys))
    )
    done = [one for one in again if one is not None]
    ClockEntry.objects.bulk_create(_entry_rows(done))
    history = [_step(one, version, by, at) for one in done]
    Case.objects.bulk_update([one.case for one in done], COLUMNS, batch_size=1000)
    CaseHistory.objects.bulk_create(history)
    tasks.due_again([one.case.pk for one in done])
    for one in done:
        _announce(one.case)
    for parent in sorted(parents):
        branches.settle(parent, at=at, known=known, take=partial(_follow, at))


def _follow(at: datetime, parent: UUID, action: str, expected: int, fields: dict[str, Any]) -> None:
    """A joint case takes the deadline its branches have now."""
    take_system_step(case_id=parent, action=action, expected_version=expected, at=at, fields=fields)


def _running(first_day: date | None) -> QuerySet[Case]:
    rows = Case.objects.filter(closed_at=None)
    if first_day is None:
        return rows
    begins = datetime.combine(first_day, time.min, tzinfo=ZoneInfo(settings.TIME_ZONE))
    return rows.filter(Q(due_at__gte=begins) | Q(stage_due_at__gte=begins))


def _moved(
    case: Case, version: int, read: tuple[clock.Calendar, HoursBook], known: Reference, at: datetime
) -> Moved | None:
    calendar, book = read
    path = ledger.path_of(case)
    rows = list(case.clock_entries.all())
    entry = Entry(Kind.REDERIVE, at, case.limit_value, case.limit_unit, version, path)
    state = ledger.state_of(case, rows)
    if case.clock_stopped_at is None and case.limit_unit not in clock.ROUND_THE_CLOCK:
        state = advance(state, entry, Terms(calendar, book.hours(path)))
    stage_due = _stage_due(case, calendar, book, known)
    if state.due_at == case.due_at and stage_due == case.stage_due_at:
        return None
    return Moved(case, entry, state, stage_due)


def _stage_due(case: Case, calendar: clock.Calendar, book: HoursBook, known: Reference) -> datetime | None:
    """The stage's deadline by the street's hours under the version."""
    stage = known.flows[case.procedure_id].stages.get(case.stage)
    if stage is None or not stage.limit_value or case.stage_due_at is None:
        return case.stage_due_at
    hours = book.hours(known.street_path(case.cell_code))
    return clock.add(stage.limit_value, stage.limit_unit, case.stage_since, calendar, hours)


def _entry_rows(done: list[Moved]) -> list[ClockEntry]:
    """One ledger row a case; a case that had none first gets the promise it stood on."""
    rows: list[ClockEntry] = []
    for one in done:
        before = list(one.case.clock_entries.all())
        if not before:
            (promise,) = ledger.entries_of(one.case, [])
            rows.append(ledger.row_of(one.case, 1, promise, one.case.due_at))
        seq = max(len(before), 1) + 1
        rows.append(ledger.row_of(one.case, seq, one.entry, one.state.due_at))
    return rows


def _step(one: Moved, version: CalendarVersion, by: User, at: datetime) -> CaseHistory:
    """The history row; sets the case's columns on the way."""
    case = one.case
    data = {
        "calendar_version": version.number,
        "due_before": _iso(case.due_at),
        "due_at": _iso(one.state.due_at),
    }
    ledger.write_state(case, one.state, version.number)
    case.stage_due_at = one.stage_due_at
    case.version += 1
    return CaseHistory(
        case=case, seq=case.version, action=ACTION, from_stage=case.stage, to_stage=case.stage, actor=by,
        role=ROLE, department=case.department, at=at, text=version.reason, data=data,
    )  # fmt: skip


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _announce(case: Case) -> None:
    outbox.append(
        topic="case.stepped",
        cell_code=case.cell_code,
        department_path=ledger.path_of(case),
        payload={
            "case": str(case.pk), "number": case.number, "stage": case.stage, "version": case.version,
            "action": ACTION, "category": case.category_id, "cell_code": case.cell_code, "lon": case.geom.x,
            "lat": case.geom.y, "due_at": _iso(case.due_at), "notify": "",
            **({"branch": True} if case.parent_id else {}),
        },
    )  # fmt: skip
