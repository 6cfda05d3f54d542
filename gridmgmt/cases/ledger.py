"""The handling clock of a case: start, stop, pause, resume, extend; every effect leaves a ledger row.

What an entry does to the deadline is said once, in ``clock_book``; here it meets rows, steps and refusals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from django.utils.translation import gettext_noop as _

from geodata.ids import uuid7
from gridmgmt.cases import branch_clock, calendars, clock, clock_book, errors
from gridmgmt.cases.clock_book import Entry, Kind, State, Terms
from gridmgmt.cases.models import Case, ClockEntry
from gridmgmt.cases.workflow import StageDef

if TYPE_CHECKING:
    from gridmgmt.cases.actions import Step
    from gridmgmt.cases.reference import Reference

PAUSES = frozenset({"pause", "wait_special", "wait_supplement"})


def apply(step: Step) -> None:
    """What the step does to the clock, by the table's word for it."""
    changed = step.data.keys() & {"standard", "cell"}
    if changed and step.case.clock_started_at is None:
        _promise_again(step)
    elif "standard" in changed:
        _enter(step, Kind.RELIMIT)
    effect = step.transition.clock_effect
    if effect != "none":
        EFFECTS[effect](step)
        _keep_until(step, effect)
    if step.case.joint:
        _follow_branches(step)


def _keep_until(step: Step, effect: str) -> None:
    """A pause granted up to a date ends by itself at that local midnight (due_steps)."""
    day = step.data.get("until")
    if step.case.paused_at is None:
        step.case.paused_until = None
    elif effect in PAUSES and day:
        step.case.paused_until = datetime.combine(date.fromisoformat(day), time.min, tzinfo=step.known.zone)


def stage_due(stage: StageDef, at: datetime, known: Reference, code: str) -> datetime | None:
    """When a stage that begins now should be over, by the hours of the street; None where it has no limit."""
    if not stage.limit_value:
        return None
    return clock.add(stage.limit_value, stage.limit_unit, at, *known.terms(known.street_path(code)))


def promised(known: Reference, limit_value: int, limit_unit: str, at: datetime, path: str) -> State:
    """The state of a clock that is only promised: a limit from the moment of the report."""
    entry = Entry(Kind.PROMISE, at, limit_value, limit_unit, known.calendar.version, path)
    return clock_book.advance(State(), entry, known.terms(path))


def entries_of(case: Case, rows: Iterable[ClockEntry]) -> list[Entry]:
    """The ledger as arithmetic sees it, in order; a case without rows stands by its promise."""
    return _complete(case, [entry_of(row) for row in rows])


def _complete(case: Case, entries: list[Entry]) -> list[Entry]:
    """A ledger that does not begin with a start or a promise begins with what the clock stood on."""
    if entries and entries[0].kind in {Kind.START, Kind.PROMISE}:
        return entries
    return [_promise_of(case), *entries]


def entry_of(row: ClockEntry) -> Entry:
    """One row."""
    return Entry(
        row.kind, row.at, row.limit_value, row.limit_unit, row.calendar_version, row.hours_path, row.amount,
        row.amount_unit, row.due_at if row.kind == Kind.JOINT else None,
    )  # fmt: skip


def state_of(case: Case, rows: Iterable[ClockEntry]) -> State:
    """The clock computed from the ledger alone, each entry with the version it was made with."""
    return clock_book.fold(entries_of(case, rows), calendars.terms)


def write_state(case: Case, state: State, version: int) -> None:
    """Set the columns of a case that are derived from its ledger."""
    case.clock_started_at, case.clock_stopped_at = state.started_at, state.stopped_at
    case.paused_at, case.wait_ends_at = state.paused_at, state.wait_ends_at
    case.due_at, case.near_at = state.due_at, state.near_at
    case.calendar_version = version


def path_of(case: Case) -> str:
    """Path of the department whose hours the case's clock uses."""
    return case.department.path if case.department else ""


def _promise_of(case: Case) -> Entry:
    limit = (case.limit_value, case.limit_unit)
    return Entry(Kind.PROMISE, case.reported_at, *limit, case.calendar_version, path_of(case))


def _promise_again(step: Step) -> None:
    """Another standard before anybody was made to act: its limit from the report."""
    case, known = step.case, step.known
    if step.taken.ledger:
        _enter(step, Kind.PROMISE, at=case.reported_at)
    elif case.limit_value:
        state = promised(known, case.limit_value, case.limit_unit, case.reported_at, path_of(case))
        write_state(case, state, known.calendar.version)


def _start(step: Step) -> None:
    _enter(step, Kind.START)


def _stop(step: Step) -> None:
    """The work is reported done, or the case ended without it."""
    case = step.case
    if case.clock_stopped_at is None and case.clock_started_at is not None:
        _enter(step, Kind.STOP)
    case.paused_at = case.wait_ends_at = None


def _wait(kind: Kind) -> Callable[[Step], None]:
    """A pause, or a wait that does not count; a cap of days comes as the field ``days``."""

    def begin(step: Step) -> None:
        if step.case.paused_at is None:
            days = step.data.get("days") if kind == Kind.SPECIAL else None
            _enter(step, kind, days)

    return begin


def _resume(step: Step) -> None:
    if step.case.paused_at is not None:
        _enter(step, Kind.RESUME)


def _extend(step: Step) -> None:
    """Before it is overdue, by at most the original limit; how often is the flow's rule (RequestKind.most_granted)."""
    case = step.case
    if case.due_at is None or not case.limit_value:
        raise errors.bad_field("days", _("This case has no limit to extend."))
    if step.at >= case.due_at:
        raise errors.bad_field("days", _("An overdue case cannot be extended."))
    _enter(step, Kind.EXTEND, step.data["days"])
    case.extensions += 1
    step.data["due_at"] = case.due_at.isoformat()


def _follow_branches(step: Step) -> None:
    """A joint case is due when the last of its branches is. The entry after its start says that the run is a joint one."""
    found = branch_clock.latest(step.case.pk, step.at)
    begun = bool(step.taken.ledger) and step.taken.ledger[-1].kind == Kind.START
    if branch_clock.moves(step.case, found) or (begun and found.running):
        _enter(step, Kind.JOINT, due_at=found.due_at)


EFFECTS: dict[str, Callable[[Step], None]] = {
    "start_handle": _start,
    "restart_handle": _start,
    "stop_handle": _stop,
    "stop": _stop,
    "pause": _wait(Kind.PAUSE),
    "wait_special": _wait(Kind.SPECIAL),
    "wait_supplement": _wait(Kind.SUPPLEMENT),
    "resume": _resume,
    "extend": _extend,
}


def _enter(
    step: Step,
    kind: Kind,
    days: int | None = None,
    *,
    at: datetime | None = None,
    due_at: datetime | None = None,
) -> None:
    """One more row and the state after it."""
    case, known = step.case, step.known
    before = _complete(case, step.taken.ledger) if kind != Kind.START else []
    if before and not step.taken.ledger:
        _keep(step, before[0])
    entry = Entry(
        kind, at or step.at, case.limit_value, case.limit_unit, known.calendar.version, path_of(case), days,
        clock_book.days_unit(case.limit_unit) if days else "", due_at,
    )  # fmt: skip
    state = clock_book.advance(clock_book.fold(before, calendars.terms), entry, _terms(known, entry))
    write_state(case, state, known.calendar.version)
    _keep(step, entry)


def _keep(step: Step, entry: Entry) -> None:
    """One more row of the step's ledger, with the deadline as it is now."""
    step.taken.ledger.append(entry)
    due_at = entry.due_at if entry.kind == Kind.JOINT else step.case.due_at
    row = {
        "id": uuid7(), "case_id": step.case.pk, "seq": len(step.taken.ledger), "kind": entry.kind, "at": entry.at,
        "limit_value": entry.limit_value, "limit_unit": entry.limit_unit, "due_at": due_at,
        "calendar_version": entry.version, "hours_path": entry.hours_path, "amount": entry.amount,
        "amount_unit": entry.amount_unit,
    }  # fmt: skip
    step.written.entries.append(row)


def _terms(known: Reference, entry: Entry) -> Terms:
    return known.terms(entry.hours_path)


def row_of(case: Case, seq: int, entry: Entry, due_at: datetime | None) -> ClockEntry:
    """An entry as a row that is not stored yet."""
    return ClockEntry(
        case=case, seq=seq, kind=entry.kind, at=entry.at, limit_value=entry.limit_value, due_at=due_at,
        limit_unit=entry.limit_unit, calendar_version=entry.version, hours_path=entry.hours_path,
        amount=entry.amount, amount_unit=entry.amount_unit,
    )  # fmt: skip
