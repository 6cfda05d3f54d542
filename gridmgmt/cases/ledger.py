"""The handling clock of a case: start, stop, pause, resume, extend; every effect leaves a ledger row."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_noop as _

from gridmgmt.cases import clock, errors
from gridmgmt.cases.models import Case, ClockEntry
from gridmgmt.cases.workflow import StageDef

if TYPE_CHECKING:
    from gridmgmt.cases.actions import Step
    from gridmgmt.cases.reference import Reference

MOST_EXTENSIONS = 2
URGENT = frozenset({"urgent_hour", "urgent_day"})


def apply(step: Step) -> None:
    """What the step does to the clock, by the table's word for it."""
    effect = step.transition.clock_effect if step.transition else "none"
    if effect != "none":
        EFFECTS[effect](step)


def stage_due(stage: StageDef, at: datetime, known: Reference) -> datetime | None:
    """When a stage that begins now should be over; None where it has no limit of its own."""
    if not stage.limit_value:
        return None
    return clock.add(stage.limit_value, stage.limit_unit, at, known.calendar, known.hours)


def _start(step: Step) -> None:
    """The binding deadline: the standard's limit from now."""
    case = step.case
    case.clock_started_at, case.clock_stopped_at, case.paused_at = step.at, None, None
    if case.limit_value:
        case.due_at = clock.add(
            case.limit_value, case.limit_unit, step.at, step.known.calendar, step.known.hours
        )
    case.calendar_version = step.known.calendar.version
    _enter(step, ClockEntry.Kind.START)


def _stop(step: Step) -> None:
    """The work is reported done, or the case ended without it."""
    case = step.case
    if case.clock_stopped_at is None and case.clock_started_at is not None:
        case.clock_stopped_at = step.at
        _enter(step, ClockEntry.Kind.STOP)
    case.paused_at = None


def _pause(step: Step) -> None:
    case = step.case
    if case.paused_at is None:
        case.paused_at = step.at
        _enter(step, ClockEntry.Kind.PAUSE)


def _resume(step: Step) -> None:
    """What was left when the clock stood still is left again from now; overdue stays overdue."""
    case = step.case
    if case.paused_at is None:
        return
    if case.due_at is not None and case.limit_unit and case.due_at > case.paused_at:
        known = step.known
        left = clock.elapsed(case.paused_at, case.due_at, case.limit_unit, known.calendar, known.hours)
        case.due_at = clock.add_time(left, case.limit_unit, step.at, known.calendar, known.hours)
        case.calendar_version = known.calendar.version
    case.paused_at = None
    _enter(step, ClockEntry.Kind.RESUME)


def _extend(step: Step) -> None:
    """At most twice, before it is overdue, each by at most the original limit."""
    case, known = step.case, step.known
    if case.due_at is None or not case.limit_value:
        raise errors.bad_field("days", _("This case has no limit to extend."))
    if step.at >= case.due_at:
        raise errors.bad_field("days", _("An overdue case cannot be extended."))
    if case.extensions >= MOST_EXTENSIONS:
        raise errors.bad_field("days", _("A case can be extended twice at most."))
    unit = "urgent_day" if case.limit_unit in URGENT else "work_day"
    extended = clock.add(step.data["days"], unit, case.due_at, known.calendar, known.hours)
    longest = clock.add(case.limit_value, case.limit_unit, case.due_at, known.calendar, known.hours)
    case.due_at = min(extended, longest)
    case.extensions += 1
    case.calendar_version = known.calendar.version
    step.data["due_at"] = case.due_at.isoformat()
    _enter(step, ClockEntry.Kind.EXTEND)


EFFECTS = {
    "start_handle": _start,
    "restart_handle": _start,
    "stop_handle": _stop,
    "stop": _stop,
    "pause": _pause,
    "resume": _resume,
    "extend": _extend,
}


def _enter(step: Step, kind: ClockEntry.Kind) -> None:
    case: Case = step.case
    ClockEntry.objects.create(
        case=case,
        seq=case.clock_entries.count() + 1,
        kind=kind,
        at=step.at,
        limit_value=case.limit_value,
        limit_unit=case.limit_unit,
        due_at=case.due_at,
        calendar_version=case.calendar_version,
    )
