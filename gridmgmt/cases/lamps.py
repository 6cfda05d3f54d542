"""The lamp of a case: one rule for list, map, card and print; for one row in Python, for sets as an expression."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.db.models import (
    Case,
    CharField,
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    Q,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.db.models.lookups import LessThanOrEqual

NEAR = 0.8  # share of the limit after which the lamp turns yellow (domain rule, UM system)
GREEN, YELLOW, RED, GREY, DONE = "green", "yellow", "red", "grey", "done"


@dataclass(frozen=True, slots=True)
class Timing:
    """The instants of a case that the lamp looks at."""

    started_at: datetime
    due_at: datetime | None
    stopped_at: datetime | None = None
    paused_at: datetime | None = None
    closed_at: datetime | None = None


def lamp(timing: Timing, now: datetime) -> str:
    """green, yellow (80 % of the limit used), red (over), grey (paused) or done."""
    if timing.closed_at is not None:
        return DONE
    if timing.paused_at is not None:
        return GREY
    if timing.due_at is None:
        return GREEN
    if (timing.stopped_at or now) >= timing.due_at:
        return RED
    if timing.stopped_at is not None:
        return GREEN
    used = (now - timing.started_at) / (timing.due_at - timing.started_at)
    return YELLOW if used >= NEAR else GREEN


def lamp_expression(now: datetime) -> Case:
    """The same rule as ``lamp`` over rows of Case; annotates "green", "yellow", "red", "grey" or "done"."""
    instant = Value(now, output_field=DateTimeField())
    begun = Coalesce(F("clock_started_at"), F("reported_at"))
    allowed = ExpressionWrapper((F("due_at") - begun) * NEAR, output_field=DurationField())
    near_at = ExpressionWrapper(begun + allowed, output_field=DateTimeField())
    return Case(
        When(closed_at__isnull=False, then=Value(DONE)),
        When(paused_at__isnull=False, then=Value(GREY)),
        When(due_at=None, then=Value(GREEN)),
        When(Q(due_at__lte=Coalesce(F("clock_stopped_at"), instant)), then=Value(RED)),
        When(clock_stopped_at__isnull=False, then=Value(GREEN)),
        When(LessThanOrEqual(near_at, instant), then=Value(YELLOW)),
        default=Value(GREEN),
        output_field=CharField(),
    )


class HasTiming(Protocol):
    """A row with the five instants, as ``cases.models.Case``."""

    reported_at: datetime
    clock_started_at: datetime | None
    due_at: datetime | None
    clock_stopped_at: datetime | None
    paused_at: datetime | None
    closed_at: datetime | None


def timing_of(case: HasTiming) -> Timing:
    """The instants of a Case row."""
    return Timing(
        started_at=case.clock_started_at or case.reported_at,
        due_at=case.due_at,
        stopped_at=case.clock_stopped_at,
        paused_at=case.paused_at,
        closed_at=case.closed_at,
    )
