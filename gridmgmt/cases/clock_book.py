"""The ledger of a clock as arithmetic: entries in, state out. Pure, so that a live step and a later check of it
run the same lines. It knows no case; applications at the counter keep the same ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import reduce
from typing import NamedTuple

from gridmgmt.cases import clock
from gridmgmt.cases.clock import Calendar, OfficeHours, Pause

NEAR_SHARE = Decimal("0.2")
"""The lamp turns yellow when this share of the limit is left (80 % used: domain rule of UM systems)."""


class Kind(StrEnum):
    """What an entry does. `special` and `supplement` are waits that do not count, ended by `resume` as a pause is."""

    PROMISE = "promise"
    START = "start"
    STOP = "stop"
    PAUSE = "pause"
    SPECIAL = "special"
    SUPPLEMENT = "supplement"
    RESUME = "resume"
    EXTEND = "extend"
    REDERIVE = "rederive"
    RELIMIT = "relimit"
    JOINT = "joint"


WAITS = frozenset({Kind.PAUSE, Kind.SPECIAL, Kind.SUPPLEMENT})


class Entry(NamedTuple):
    """One row of a ledger. `amount` in `amount_unit` is what an extension grants, or the most a wait may take;
    `version` and `hours_path` name the calendar and the office hours it was computed with. `due_at` is given by a `joint`
    entry alone: the latest deadline of the branches; none while all of them stand still."""

    kind: str
    at: datetime
    limit_value: int | None
    limit_unit: str
    version: int = 0
    hours_path: str = ""
    amount: int | None = None
    amount_unit: str = ""
    due_at: datetime | None = None


class Terms(NamedTuple):
    """The calendar and the office hours that a computation uses."""

    calendar: Calendar
    hours: OfficeHours


@dataclass(frozen=True, slots=True)
class State:
    """Where a clock stands. `wait_ends_at` is when a capped wait begins to count again; `due_before` what was due
    when the present wait began; `run` the entries since the clock last began."""

    started_at: datetime | None = None
    stopped_at: datetime | None = None
    paused_at: datetime | None = None
    wait_ends_at: datetime | None = None
    due_at: datetime | None = None
    due_before: datetime | None = None
    near_at: datetime | None = None
    waits: tuple[Pause, ...] = ()
    run: tuple[Entry, ...] = field(default=())


def fold(entries: Iterable[Entry], terms_of: Callable[[int, str], Terms]) -> State:
    """The state after all entries; `terms_of(version, hours_path)` finds what each was computed with."""

    def step(state: State, entry: Entry) -> State:
        return advance(state, entry, terms_of(entry.version, entry.hours_path))

    return reduce(step, entries, State())


def advance(state: State, entry: Entry, terms: Terms) -> State:
    """The state after one more entry. Errors of the clock pass through."""
    if entry.kind == Kind.REDERIVE:
        state = reduce(lambda then, old: _step(then, old, terms), state.run, State())
    elif entry.kind == Kind.RELIMIT:
        # Another limit for the same run (a corrected category): same beginning, same waits, what was granted stays.
        limit = (entry.limit_value, entry.limit_unit)
        run = [old._replace(limit_value=limit[0], limit_unit=limit[1]) for old in state.run]
        state = reduce(lambda then, old: _step(then, old, terms), run, State())
    elif entry.kind == Kind.PROMISE and state.run:
        # Another standard, hence another promise; what happened since stays.
        state = reduce(lambda then, old: _step(then, old, terms), (entry, *state.run[1:]), State())
    else:
        state = _step(state, entry, terms)
    return State(
        state.started_at, state.stopped_at, state.paused_at, state.wait_ends_at, state.due_at, state.due_before,
        near(state, terms), state.waits, state.run,
    )  # fmt: skip


def _step(state: State, entry: Entry, terms: Terms) -> State:
    moved = STEPS[entry.kind](state, entry, terms)
    # not dataclasses.replace: it took a third of the time of a promised deadline
    return State(
        moved.started_at, moved.stopped_at, moved.paused_at, moved.wait_ends_at, moved.due_at, moved.due_before,
        moved.near_at, moved.waits, (*moved.run, entry),
    )  # fmt: skip


def used(state: State, now: datetime, terms: Terms) -> timedelta:
    """What has run of the limit, in the unit's own time, without waits; zero before the clock begins."""
    if not state.run or state.started_at is None:
        return timedelta(0)
    end = state.stopped_at or now
    waits = list(state.waits)
    if state.paused_at is not None:
        waits.append(Pause(state.paused_at, state.wait_ends_at))
    return clock.elapsed(state.started_at, end, state.run[0].limit_unit or "urgent_hour", *terms, waits)


def promise(limit_value: int, limit_unit: str, at: datetime, terms: Terms) -> tuple[datetime, datetime]:
    """Deadline and beginning of the last fifth of a limit that runs from an instant: what `advance` makes of a promise."""
    due = clock.add(limit_value, limit_unit, at, *terms)
    return due, clock.before(limit_value * NEAR_SHARE, limit_unit, due, *terms)


def near(state: State, terms: Terms) -> datetime | None:
    """When the last fifth of the limit begins, in the unit's own time: a weekend does not turn a lamp yellow."""
    if state.due_at is None or not state.run or state.run[0].limit_value is None:
        return None
    limit, unit = state.run[0].limit_value, state.run[0].limit_unit
    return clock.before(limit * NEAR_SHARE, unit, state.due_at, *terms)


def days_unit(limit_unit: str) -> str:
    """Days of delay run as the limit does: calendar days for urgent limits, working days for others."""
    return "urgent_day" if limit_unit in clock.ROUND_THE_CLOCK else "work_day"


def _begin(entry: Entry, terms: Terms) -> datetime | None:
    """When the limit has run; a limit of nothing is due at once, no limit never."""
    return (
        None
        if entry.limit_value is None
        else clock.add(entry.limit_value, entry.limit_unit, entry.at, *terms)
    )


def _promise(_state: State, entry: Entry, terms: Terms) -> State:
    """What was told to the reporter before anybody was made to do it."""
    return State(due_at=_begin(entry, terms))


def _start(_state: State, entry: Entry, terms: Terms) -> State:
    """The binding deadline: the limit from now."""
    return State(started_at=entry.at, due_at=_begin(entry, terms))


def _stop(state: State, entry: Entry, _terms: Terms) -> State:
    return replace(_ended(state, entry.at), stopped_at=entry.at)


def _wait(state: State, entry: Entry, terms: Terms) -> State:
    """The clock stands still; with a cap it will run again by itself, so the deadline is known at once."""
    if state.paused_at is not None:
        return state
    waiting = replace(state, paused_at=entry.at, due_before=state.due_at)
    if entry.amount is None:
        return waiting
    ends = clock.add(entry.amount, entry.amount_unit, entry.at, *terms)
    return replace(waiting, wait_ends_at=ends, due_at=_moved(waiting, ends, terms))


def _resume(state: State, entry: Entry, terms: Terms) -> State:
    """What was left when the clock stood still is left again from now; overdue stays overdue."""
    if state.paused_at is None:
        return state
    ends = entry.at if state.wait_ends_at is None else min(entry.at, state.wait_ends_at)
    return _ended(replace(state, due_at=_moved(state, ends, terms)), entry.at)


def _extend(state: State, entry: Entry, terms: Terms) -> State:
    """By what was granted, by the limit at most."""
    due = state.due_at if state.paused_at is None else state.due_before
    if due is None or entry.limit_value is None or entry.amount is None:
        return state
    granted = clock.add(entry.amount, entry.amount_unit, due, *terms)
    longest = clock.add(entry.limit_value, entry.limit_unit, due, *terms)
    later = min(granted, longest)
    if state.paused_at is None:
        return replace(state, due_at=later)
    waiting = replace(state, due_before=later, due_at=later)
    ends = state.wait_ends_at
    return waiting if ends is None else replace(waiting, due_at=_moved(waiting, ends, terms))


def _joint(state: State, entry: Entry, _terms: Terms) -> State:
    """The deadline is that of other clocks; when all of them stand still, so does this one."""
    if entry.due_at is None:
        return state if state.paused_at else replace(state, paused_at=entry.at, due_before=state.due_at)
    return replace(_ended(state, entry.at), due_at=entry.due_at)


def _moved(state: State, ends: datetime, terms: Terms) -> datetime | None:
    """The deadline when the present wait ends then; a server clock set back meanwhile takes nothing away."""
    due, begun = state.due_before, state.paused_at
    if due is None or begun is None or due <= begun or not state.run:
        return due
    unit = state.run[0].limit_unit
    return clock.add_time(clock.elapsed(begun, due, unit, *terms), unit, max(ends, begun), *terms)


def _ended(state: State, at: datetime) -> State:
    """Out of a wait, which is remembered with the part that did not count."""
    if state.paused_at is None:
        return state
    ends = at if state.wait_ends_at is None else min(at, state.wait_ends_at)
    waits = (*state.waits, Pause(state.paused_at, ends))
    return replace(state, paused_at=None, wait_ends_at=None, due_before=None, waits=waits)


STEPS: dict[str, Callable[[State, Entry, Terms], State]] = {
    Kind.PROMISE: _promise,
    Kind.START: _start,
    Kind.STOP: _stop,
    Kind.PAUSE: _wait,
    Kind.SPECIAL: _wait,
    Kind.SUPPLEMENT: _wait,
    Kind.RESUME: _resume,
    Kind.EXTEND: _extend,
    Kind.JOINT: _joint,
}
