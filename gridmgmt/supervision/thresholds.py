"""When a rule fires, as an instant to compare deadlines with. Pure: calendar, hours and the time are arguments.

"At least 80 % used" and "at most a working day left" are both "at most so much left", and what is left at ``at`` is
at most X exactly when the deadline lies at or before ``at`` + X of the unit's own time. So a scan compares a stored
column with one instant per limit instead of reckoning for every row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from gridmgmt.cases import clock
from gridmgmt.cases.clock import Calendar, OfficeHours, Pause


@dataclass(frozen=True, slots=True)
class Trigger:
    """The part of a rule that decides whether it fires on an open run."""

    rule_key: str
    kind: str
    share: float | None = None
    left_value: int | None = None
    left_unit: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """How much of a run's time was used and is left (negative: over), in seconds of the unit's own time."""

    used_s: int
    left_s: int


def horizon(
    trigger: Trigger, limit_value: int, limit_unit: str, at: datetime, calendar: Calendar, hours: OfficeHours
) -> datetime | None:
    """Runs of this limit that are due by this instant fire now; None when the rule does not concern such a limit."""
    if trigger.kind in ("over", "statutory"):
        return at
    if trigger.kind == "share" and trigger.share is not None:
        return clock.add((1 - trigger.share) * limit_value, limit_unit, at, calendar, hours)
    if trigger.kind == "left" and trigger.left_value:
        whole = _length(limit_value, limit_unit, hours)
        if _length(trigger.left_value, trigger.left_unit, hours) >= whole:
            return None  # a limit that is no longer than the warning would be warned of at its start
        return clock.add(trigger.left_value, trigger.left_unit, at, calendar, hours)
    return None


def measure(
    *,
    started_at: datetime,
    due_at: datetime,
    until: datetime,
    unit: str,
    waits: list[Pause],
    calendar: Calendar,
    hours: OfficeHours,
) -> Measure:
    """Time used from the start until ``until`` without waits, and time left until the deadline then."""
    used = clock.elapsed(started_at, until, unit, calendar, hours, waits)
    if until < due_at:
        left = clock.elapsed(until, due_at, unit, calendar, hours)
    else:
        left = -clock.elapsed(due_at, until, unit, calendar, hours)
    return Measure(round(used.total_seconds()), round(left.total_seconds()))


def _length(value: int, unit: str, hours: OfficeHours) -> float:
    """A limit in units of an hour that is worked or runs; days of work are as long as the office is open."""
    return value / clock.in_units(timedelta(hours=1), unit, hours)
