"""What five tries could not do: look at it, try it again, or discard it with a reason that is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from geodata.errors import DomainError
from geodata.errors import mark as _
from gridmgmt.events import outbox
from gridmgmt.events.models import Delivery, OutboxEvent

EVENT, DELIVERY = "event", "delivery"
PUBLISH = "publish"
MOST_ROWS = 500
_TABLES: tuple[tuple[Any, str], ...] = ((OutboxEvent, ""), (Delivery, "event__"))

# Index outbox_waiting; then delivery_open. A try that waits for its time is not late.
OLDEST = """
SELECT least(
  (SELECT created_at FROM events_outboxevent WHERE published_at IS NULL AND parked_at IS NULL ORDER BY id LIMIT 1),
  (SELECT min(next_at) FROM events_delivery WHERE done_at IS NULL AND parked_at IS NULL AND next_at <= clock_timestamp()))
"""


@dataclass(frozen=True, slots=True)
class Parked:
    """One thing that waits for a person; ``what`` is the consumer, or "publish" for an event that Redis refused."""

    kind: str
    id: int
    what: str
    target: str
    event_id: UUID
    topic: str
    cell_code: str
    payload: dict[str, Any]
    happened_at: datetime
    parked_at: datetime
    error: str
    attempts: int
    discarded_at: datetime | None
    discarded_by: UUID | None
    reason: str


@dataclass(frozen=True, slots=True)
class Backlog:
    """How the outbox stands: how long its oldest event or due delivery has waited, and how much is parked."""

    oldest_s: float
    parked: int


def backlog(now: datetime) -> Backlog:
    """The health figure; ``oldest_s`` is 0 when nothing waits."""
    with connection.cursor() as cursor:
        cursor.execute(OLDEST)
        oldest: datetime | None = cursor.fetchone()[0]
    waited = now - oldest if oldest else timedelta()
    return Backlog(max(0.0, waited.total_seconds()), count([""]))


def parked(prefixes: Sequence[str], *, discarded: bool = False, text: str = "") -> list[Parked]:
    """What is parked (or was discarded) of these code prefixes, newest first; ("",) means everywhere."""
    events = [_event_row(row) for row in _chosen(OutboxEvent.objects.all(), "", prefixes, discarded, text)]
    rows = _chosen(Delivery.objects.select_related("event"), "event__", prefixes, discarded, text)
    return sorted(
        events + [_delivery_row(row) for row in rows], key=lambda one: (one.parked_at, one.id), reverse=True
    )


def count(prefixes: Sequence[str]) -> int:
    """How many are parked under these prefixes."""
    return sum(
        model.objects.filter(_within(event, prefixes), parked_at__isnull=False, discarded_at=None).count()
        for model, event in _TABLES
    )


def _chosen(
    rows: QuerySet[Any],
    event: str,
    prefixes: Sequence[str],
    discarded: bool,  # noqa: FBT001 - handed through
    text: str,
) -> QuerySet[Any]:
    """The newest parked rows of a table whose events lie under the prefixes."""
    found = rows.filter(_within(event, prefixes), parked_at__isnull=False, discarded_at__isnull=not discarded)
    if text:
        words = Q(**{f"{event}topic__icontains": text}) | Q(error__icontains=text)
        found = found.filter(words | (Q(consumer__icontains=text) if event else Q()))
    return found.order_by("-parked_at", "-id")[:MOST_ROWS]


def _event_row(row: OutboxEvent) -> Parked:
    return _row(EVENT, row, row, PUBLISH, "")


def _delivery_row(row: Delivery) -> Parked:
    return _row(DELIVERY, row, row.event, row.consumer, row.target)


def _row(kind: str, row: Any, event: OutboxEvent, what: str, target: str) -> Parked:
    return Parked(
        kind, row.pk, what, target, event.event_id, event.topic, event.cell_code, event.payload, event.created_at,
        row.parked_at, row.error, row.attempts, row.discarded_at, row.discarded_by, row.discard_reason,
    )  # fmt: skip


def retry(*, kind: str, ids: Sequence[int], prefixes: Sequence[str]) -> int:
    """Give parked things five new tries, now; returns how many. What lies outside the prefixes is left alone."""
    chosen = _mine(kind, ids, prefixes)
    fresh: dict[str, Any] = {"parked_at": None, "attempts": 0, "error": ""}
    if kind == DELIVERY:
        fresh["next_at"] = Now()
    tried = chosen.update(**fresh)
    outbox.wake()
    return tried


@transaction.atomic
def discard(
    *, kind: str, ids: Sequence[int], prefixes: Sequence[str], by: UUID, at: datetime, reason: str
) -> int:
    """Give parked things up; they stay as a record. Error: discard_needs_reason 422."""
    if not reason.strip():
        raise DomainError(
            code="discard_needs_reason",
            status=422,
            message=_("Say why it is discarded: this is kept as a record."),
        )
    return _mine(kind, ids, prefixes).update(
        discarded_at=at, discarded_by=by, discard_reason=reason.strip()[:200]
    )


def _mine(kind: str, ids: Sequence[int], prefixes: Sequence[str]) -> QuerySet[Any]:
    """The parked, not yet discarded rows among these that lie under the prefixes."""
    model: Any = Delivery if kind == DELIVERY else OutboxEvent
    event = "event__" if kind == DELIVERY else ""
    keys = model.objects.filter(
        _within(event, prefixes), pk__in=ids, parked_at__isnull=False, discarded_at=None
    ).values("pk")
    found: QuerySet[Any] = model.objects.filter(pk__in=keys)
    return found


def _within(event: str, prefixes: Sequence[str]) -> Q:
    """Rows whose event lies under one of the prefixes."""
    found = Q(pk__in=[])
    for prefix in prefixes:
        found |= Q(**{f"{event}cell_code__startswith": prefix}) if prefix else ~Q(pk__in=[])
    return found
