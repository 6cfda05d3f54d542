"""Writing to the outbox inside the transaction that causes an event, waking the relay after it, pruning old rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from geodata.ids import uuid7
from geodata.wire import AWAY, wire

CHANNEL = "grid:outbox"
KEEP_DAYS = 7

Event = tuple[str, str, str, dict[str, Any]]
"""Topic, cell code, department path, payload."""

# Any number of events as one JSON array, in its order. Callers: append, append_many.
INSERT = """
INSERT INTO events_outboxevent (event_id, topic, cell_code, department_path, payload)
SELECT (e.v ->> 0)::uuid, e.v ->> 1, e.v ->> 2, e.v ->> 3, e.v -> 4 FROM jsonb_array_elements(%s::jsonb) AS e (v)
"""
# What is still owed to somebody, parked or discarded (a record) keeps its event. Index: delivery_once (event_id).
PRUNE = """
DELETE FROM events_outboxevent WHERE id IN (
  SELECT id FROM events_outboxevent e WHERE created_at < %s AND published_at IS NOT NULL
    AND NOT EXISTS (SELECT FROM events_delivery d WHERE d.event_id = e.id AND d.done_at IS NULL)
  ORDER BY created_at LIMIT %s)
"""
PRUNE_DONE = """
DELETE FROM events_delivery d USING events_outboxevent e
WHERE e.id = d.event_id AND d.done_at IS NOT NULL AND e.created_at < %s
"""


def append(*, topic: str, cell_code: str, payload: dict[str, Any], department_path: str = "") -> UUID:
    """Note an event in the caller's transaction and wake the relay once that is committed; returns ``event_id``.

    ``payload`` must be free of personal data: everybody whose scope covers the code hears it.
    """
    return append_many([(topic, cell_code, department_path, payload)])[0]


def append_many(events: Sequence[Event]) -> list[UUID]:
    """As ``append`` for many at once, by one statement."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            "an outbox row belongs to the transaction that causes it"
        )
    if not events:
        return []
    ids = [uuid7() for _ in events]
    rows = [(key, *event) for key, event in zip(ids, events, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [json.dumps(rows, cls=DjangoJSONEncoder, ensure_ascii=False)])
    wake_after_commit()
    return ids


def wake_after_commit() -> None:
    """The relay hears of the caller's transaction once that is committed."""
    transaction.on_commit(wake, robust=True)


def wake() -> None:
    """Tell the relay that something waits. Call it after the commit, never inside the transaction.

    Redis carries it and nobody waits for the answer: without Redis the relay could not publish anyway, and a NOTIFY is a
    transaction of its own that waits for the disk (docs/adr/0001). A lost wake-up costs the seconds until the next sweep.
    """
    with suppress(*AWAY):
        wire.tell("PUBLISH", CHANNEL, "")


def prune(now: datetime, *, batch: int = 10_000) -> int:
    """Delete what was published and delivered and is older than a week; returns how many events went."""
    before = now - timedelta(days=KEEP_DAYS)
    total = 0
    with connection.cursor() as cursor:
        cursor.execute(PRUNE_DONE, [before])
    while True:
        with connection.cursor() as cursor:
            cursor.execute(PRUNE, [before, batch])
            gone = int(cursor.rowcount)
        total += gone
        if gone < batch:
            return total
