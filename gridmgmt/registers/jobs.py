"""Work on whole registers that takes longer than anybody waits: asked for through the outbox, done by the worker for it.

Each may be done twice. The clock only asks (a task of the scheduler must not keep it from its other tasks).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from geodata.models import Area, AreaLevel
from gridmgmt.events import outbox
from gridmgmt.organisation.queries import under
from gridmgmt.organisation.scope import Scope
from gridmgmt.registers import doubles, life_events, limits, taking
from gridmgmt.registers.errors import refusal

DOUBLES_WANTED = "registers.doubles_wanted"
LIVES_WANTED = "registers.lives_wanted"


def want_doubles(counties: Iterable[str]) -> None:
    """Asks for the doubles of some counties, each by itself."""
    with transaction.atomic():
        outbox.append_many([(DOUBLES_WANTED, county, "", {"county": county}) for county in counties])


@transaction.atomic
def ask_for_doubles(*, by: Scope, at: datetime) -> None:
    """A keeper asks for the doubles of the counties whose registers they keep. Errors: register_not_permitted 403 for whoever
    keeps none (running the installation is no such role), look_limit 429."""
    kept = {held.prefix[:6] for held in taking.keeping(by).held}
    if not kept:
        raise refusal("register_not_permitted")
    counties = list(_counties().filter(under("code", kept)).values_list("code", flat=True))
    limits.pay_look(counties, at)
    want_doubles(counties)


def want_all_doubles(_now: datetime) -> None:
    """Nightly: asks for every county."""
    want_doubles(_counties().values_list("code", flat=True))


def _counties() -> QuerySet[Area]:
    return Area.objects.filter(level=AreaLevel.COUNTY).order_by("code")


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
