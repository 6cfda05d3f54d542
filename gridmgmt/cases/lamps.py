"""The lamp of a case: one rule for list, map, card and print, as an expression over rows."""

from __future__ import annotations

from datetime import datetime

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


def lamp_expression(now: datetime) -> Case:
    """green, yellow (80 % of the limit used), red (over), grey (paused) or done. Annotates rows of Case.

    A clock that was stopped in time stays green.
    """
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
