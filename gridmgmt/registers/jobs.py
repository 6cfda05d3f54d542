"""Work on whole registers that takes longer than anybody waits: asked for through the outbox, done by the worker for it.

Each may be done twice. The clock only asks (a task of the scheduler must not keep it from its other tasks).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from geodata.models import Area
from gridmgmt.events import outbox
from gridmgmt.registers import doubles, life_events

DOUBLES_WANTED = "registers.doubles_wanted"
LIVES_WANTED = "registers.lives_wanted"


def want_doubles(counties: Iterable[str]) -> None:
    """Asks for the doubles of some counties, each by itself."""
    with transaction.atomic():
        outbox.append_many([(DOUBLES_WANTED, county, "", {"county": county}) for county in counties])


def want_all_doubles(_now: datetime) -> None:
    """Nightly: asks for every county."""
    want_doubles(Area.objects.filter(level=6).order_by("code").values_list("code", flat=True))


def find_doubles(_event_id: str, payload: dict[str, Any]) -> None:
    """Looks one county through."""
    doubles.find(county=payload["county"], at=timezone.now())


def want_lives(_now: datetime) -> None:
    """Daily: asks for the life events."""
    with transaction.atomic():
        outbox.append(topic=LIVES_WANTED, cell_code="", payload={})


def look_at_lives(_event_id: str, _payload: dict[str, Any]) -> None:
    """Makes the to-dos of what happened lately."""
    life_events.look(timezone.now())
