"""The lamp of a case: one rule for list, map, card and print, as an expression over rows."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Case, CharField, DateTimeField, F, Q, Value, When

GREEN, YELLOW, RED, GREY, DONE = "green", "yellow", "red", "grey", "done"


def lamp_expression(now: datetime) -> Case:
    """green, yellow (the last fifth of the limit), red (over), grey (paused) or done. Annotates rows of Case.

    ``near_at`` was computed with ``due_at`` by the case's own clock, hence in working time where the limit is: a
    weekend turns no lamp yellow. A clock that was stopped in time, at the last instant too, stays green; a wait
    with a cap counts again after it.
    """
    instant = Value(now, output_field=DateTimeField())
    waiting = Q(paused_at__isnull=False) & (Q(wait_ends_at=None) | Q(wait_ends_at__gt=instant))
    return Case(
        When(closed_at__isnull=False, then=Value(DONE)),
        When(waiting, then=Value(GREY)),
        When(due_at=None, then=Value(GREEN)),
        When(clock_stopped_at__gt=F("due_at"), then=Value(RED)),
        When(clock_stopped_at__isnull=False, then=Value(GREEN)),
        When(due_at__lte=instant, then=Value(RED)),
        When(near_at__lte=instant, then=Value(YELLOW)),
        default=Value(GREEN),
        output_field=CharField(),
    )
