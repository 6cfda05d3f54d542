"""Deadlines in urgent and working time. Pure: calendar, hours and the instant are arguments; knows no case.

Instants are aware datetimes, results are in UTC. Working time is a prefix sum over all office segments of a
window of years, so a deadline is two binary searches however long the limit is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geodata.errors import DomainError
from geodata.errors import mark as _
from gridmgmt.cases.worktable import outside, work_table
from gridmgmt.cases.worktime import SECOND_US, Calendar, OfficeHours

__all__ = [
    "ROUND_THE_CLOCK",
    "Calendar",
    "Deadline",
    "LimitUnit",
    "OfficeHours",
    "Pause",
    "add",
    "add_many",
    "add_time",
    "before",
    "deadline",
    "due_with_pauses",
    "elapsed",
    "in_units",
    "is_working",
    "remaining",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR_US = 3600 * SECOND_US
_FOREVER = 1 << 62
_LONGEST = 100_000
"""No limit of any standard comes near this many units; beyond it somebody has mistaken the unit."""


class LimitUnit(StrEnum):
    """Units of limits in city systems: urgent ones run round the clock, work ones in office hours."""

    URGENT_HOUR = "urgent_hour"
    URGENT_DAY = "urgent_day"
    WORK_HOUR = "work_hour"
    WORK_DAY = "work_day"


ROUND_THE_CLOCK = frozenset({LimitUnit.URGENT_HOUR, LimitUnit.URGENT_DAY})
"""Units that no calendar touches."""
_HOURS = frozenset({LimitUnit.URGENT_HOUR, LimitUnit.WORK_HOUR})


class Deadline(NamedTuple):
    """`estimated` is true when the span touches a year whose holidays the calendar does not know yet."""

    due_at: datetime
    estimated: bool
    calendar_version: int


class Pause(NamedTuple):
    """An interval in which the clock stands, `[start, end)`; no end: it still stands."""

    start: datetime
    end: datetime | None = None


def add(
    limit: float | Decimal, unit: str, start: datetime, calendar: Calendar, hours: OfficeHours
) -> datetime:
    """The instant at which `limit` units have run since `start`; working limits end inside office hours, at
    closing time at the latest. Errors: limit_invalid, limit_unit_unknown, time_without_zone,
    time_out_of_range."""
    amount = _amount(limit, unit, hours)
    begun = _to_us(start)
    if unit in ROUND_THE_CLOCK:
        return _from_us(begun + amount)
    return _from_us(work_table(calendar, hours).after(begun, amount))


def add_time(
    amount: timedelta, unit: str, start: datetime, calendar: Calendar, hours: OfficeHours
) -> datetime:
    """The instant at which `amount` of the unit's own time has run: what `remaining` gave goes on from `start`."""
    return add(amount / timedelta(microseconds=_unit_us(unit, hours)), unit, start, calendar, hours)


def before(
    limit: float | Decimal, unit: str, end: datetime, calendar: Calendar, hours: OfficeHours
) -> datetime:
    """The instant from which `limit` units run until `end`: `add` the other way round, for warnings before a
    deadline."""
    amount = _amount(limit, unit, hours)
    ended = _to_us(end)
    if unit in ROUND_THE_CLOCK:
        return _from_us(ended - amount)
    return _from_us(work_table(calendar, hours).back(ended, amount))


def deadline(
    limit: float | Decimal, unit: str, start: datetime, calendar: Calendar, hours: OfficeHours
) -> Deadline:
    """As `add`, with the calendar's version and whether a year without a published calendar was touched."""
    due = add(limit, unit, start, calendar, hours)
    estimated = unit not in ROUND_THE_CLOCK and not calendar.knows(
        hours.local_date(start), hours.local_date(due)
    )
    return Deadline(due, estimated, calendar.version)


def elapsed(
    start: datetime,
    end: datetime,
    unit: str,
    calendar: Calendar,
    hours: OfficeHours,
    pauses: Iterable[Pause] = (),
) -> timedelta:
    """Time that counts between two instants: all of it for urgent units, office time for work units, without
    pauses. Zero when `end` is not after `start`."""
    begun, ended = _to_us(start), _to_us(end)
    spans = _running_spans(begun, ended, pauses)
    if unit in ROUND_THE_CLOCK:
        return timedelta(microseconds=sum(b - a for a, b in spans))
    worked = work_table(calendar, hours).worked
    return timedelta(microseconds=sum(worked(b) - worked(a) for a, b in spans))


def remaining(
    limit: float | Decimal,
    unit: str,
    start: datetime,
    now: datetime,
    calendar: Calendar,
    hours: OfficeHours,
    pauses: Iterable[Pause] = (),
) -> timedelta:
    """What is left of the limit at `now`, in the unit's own time; negative when overdue."""
    total = timedelta(microseconds=_amount(limit, unit, hours))
    return total - elapsed(start, now, unit, calendar, hours, pauses)


def due_with_pauses(
    limit: float | Decimal,
    unit: str,
    start: datetime,
    pauses: Iterable[Pause],
    calendar: Calendar,
    hours: OfficeHours,
) -> datetime | None:
    """As `add`, with time standing still in pauses; None while a pause without end holds the deadline."""
    left = _amount(limit, unit, hours)
    cursor = _to_us(start)
    table = None if unit in ROUND_THE_CLOCK else work_table(calendar, hours)
    for begun, ended in _merged(pauses):
        if ended <= cursor:
            continue
        run_until = max(begun, cursor)
        ran = run_until - cursor if table is None else table.worked(run_until) - table.worked(cursor)
        # A limit used up exactly when the pause begins was due before it.
        if ran >= left and (left > 0 or begun > cursor):
            break
        if ended == _FOREVER:
            return None
        left, cursor = left - ran, ended
    return _from_us(cursor + left if table is None else table.after(cursor, left))


def in_units(amount: timedelta, unit: str, hours: OfficeHours) -> float:
    """A duration from `elapsed` or `remaining` counted in `unit`, as in working days of eight hours."""
    return amount / timedelta(microseconds=_unit_us(unit, hours))


def is_working(at: datetime, calendar: Calendar, hours: OfficeHours) -> bool:
    """Whether the office is open at this instant; closing time itself counts as closed."""
    return work_table(calendar, hours).is_open(_to_us(at))


def add_many(
    limits: Sequence[float] | NDArray[Any],
    unit: str,
    starts: NDArray[np.datetime64],
    calendar: Calendar,
    hours: OfficeHours,
) -> NDArray[np.datetime64]:
    """`add` for whole columns: one limit per start, `starts` and the result datetime64 in UTC."""
    numbers = np.asarray(limits, dtype=np.float64)
    if not bool(np.all((numbers >= 0) & (numbers <= _LONGEST))):
        raise _bad_limit()
    amounts = np.rint(numbers * _unit_us(unit, hours)).astype(np.int64)
    begun = starts.astype("datetime64[us]").astype(np.int64)
    due = (
        begun + amounts if unit in ROUND_THE_CLOCK else work_table(calendar, hours).after_many(begun, amounts)
    )
    return due.astype("datetime64[us]")


def _unit_us(unit: str, hours: OfficeHours) -> int:
    if unit == LimitUnit.WORK_DAY:
        return hours.work_day_minutes * 60 * SECOND_US
    if unit == LimitUnit.URGENT_DAY:
        return 24 * _HOUR_US
    if unit in _HOURS:
        return _HOUR_US
    raise DomainError(
        code="limit_unit_unknown", message=_("Unknown unit of limit: %(unit)s."), data={"unit": str(unit)}
    )


def _amount(limit: float | Decimal, unit: str, hours: OfficeHours) -> int:
    try:
        within = 0 <= limit <= _LONGEST
    except ArithmeticError:  # a signalling NaN of decimal refuses to be compared
        within = False
    if not within:
        raise _bad_limit()
    if type(limit) is int:
        return limit * _unit_us(unit, hours)
    return round(limit * _unit_us(unit, hours))


def _running_spans(begun: int, ended: int, pauses: Iterable[Pause]) -> list[tuple[int, int]]:
    """The parts of `[begun, ended)` in which the clock runs."""
    spans: list[tuple[int, int]] = []
    cursor = begun
    for pause_begun, pause_ended in _merged(pauses):
        if cursor >= ended or pause_begun >= ended:
            break
        if pause_begun > cursor:
            spans.append((cursor, pause_begun))
        cursor = max(cursor, pause_ended)
    if cursor < ended:
        spans.append((cursor, ended))
    return spans


def _merged(pauses: Iterable[Pause]) -> list[tuple[int, int]]:
    """Pauses in order, overlapping ones joined, empty ones dropped."""
    ordered = sorted((_to_us(p.start), _FOREVER if p.end is None else _to_us(p.end)) for p in pauses)
    merged: list[tuple[int, int]] = []
    for begun, ended in ordered:
        if merged and begun <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], ended))
        elif ended > begun:
            merged.append((begun, ended))
    return merged


def _to_us(at: datetime) -> int:
    try:
        since = at - _EPOCH
    except TypeError:
        raise DomainError(code="time_without_zone", message=_("The time has no time zone.")) from None
    return (since.days * 86_400 + since.seconds) * SECOND_US + since.microseconds


def _from_us(instant: int) -> datetime:
    try:
        return _EPOCH + timedelta(microseconds=instant)
    except OverflowError:
        raise outside() from None


def _bad_limit() -> DomainError:
    return DomainError(
        code="limit_invalid",
        message=_("A limit must be a number from 0 to %(longest)s."),
        data={"longest": _LONGEST},
    )
