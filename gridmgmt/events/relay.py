"""Outbox → Redis stream and deliveries, at least once and in order; what five tries cannot publish is parked."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import redis
from django.conf import settings
from django.db import connection, transaction

from gridmgmt.events import deliveries, jobs, outbox, stream
from gridmgmt.events.link import AWAY, woken

logger = logging.getLogger("gridmgmt.events")

BATCH = 200
SWEEP_S = 2.0
TRIES = 5

# Index outbox_waiting answers it: only rows that still wait are in there.
CLAIM = """
SELECT id, event_id, topic, cell_code, department_path, payload::text, attempts
FROM events_outboxevent
WHERE published_at IS NULL AND parked_at IS NULL AND id <> ALL(%s)
ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
"""
PUBLISHED = "UPDATE events_outboxevent SET published_at = now() WHERE id = ANY(%s)"
FAILED = """
UPDATE events_outboxevent
SET attempts = attempts + 1, error = %s, parked_at = CASE WHEN attempts + 1 >= %s THEN now() END
WHERE id = %s
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A claimed outbox row."""

    id: int
    event_id: UUID
    topic: str
    cell_code: str
    department_path: str
    payload: str
    attempts: int

    def fields(self) -> dict[Any, Any]:
        """Its stream entry."""
        return dict(
            stream.fields(
                event_id=str(self.event_id),
                topic=self.topic,
                cell_code=self.cell_code,
                department_path=self.department_path,
                payload=self.payload,
            )
        )


@dataclass(slots=True)
class Relay:
    """Publishes what waits. Several may run: each row is claimed by one. ``later`` holds rows that failed a moment ago."""

    client: redis.Redis
    later: dict[int, float] = field(default_factory=dict)

    def drain(self) -> int:
        """Publish one batch in id order; returns how many rows were looked at.

        The rows are marked, and what is owed to their consumers is noted, in the transaction that claimed them, after
        Redis has answered: a crash in between publishes them again, never loses them. While Redis is away the error
        goes to the caller and no try is counted.
        """
        now = time.monotonic()
        self.later = {row: due for row, due in self.later.items() if due > now}
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(CLAIM, [list(self.later), BATCH])
            rows = [Waiting(*row) for row in cursor.fetchall()]
            failures = self.publish(rows)
            published = [row.id for row in rows if row.id not in failures]
            cursor.execute(PUBLISHED, [published])
            queues = deliveries.owe(published) if published else set()
            for row in rows:
                if row.id in failures:
                    cursor.execute(FAILED, [failures[row.id], TRIES, row.id])
                    self.postpone(row, failures[row.id])
        jobs.wake(self.client, queues)
        return len(rows)

    def publish(self, rows: list[Waiting]) -> dict[int, str]:
        """Append the rows to the stream; returns {row id: what kind of failure} of those that Redis refused."""
        pipe = self.client.pipeline(transaction=False)
        for row in rows:
            pipe.xadd(settings.FEED_STREAM, row.fields(), maxlen=settings.FEED_LENGTH, approximate=True)
        failures: dict[int, str] = {}
        for row, answer in zip(rows, pipe.execute(raise_on_error=False), strict=True):
            if isinstance(answer, AWAY):
                raise answer
            if isinstance(answer, Exception):
                failures[row.id] = type(answer).__name__
        return failures

    def postpone(self, row: Waiting, why: str) -> None:
        """Leave a failed row alone for 1, 2, 4, 8 s; say so when it was the last try."""
        self.later[row.id] = time.monotonic() + 2**row.attempts
        if row.attempts + 1 >= TRIES:
            logger.error(
                "outbox event parked", extra={"event_id": row.event_id, "topic": row.topic, "why": why}
            )

    def run(self, stop: threading.Event, tick: Callable[[], None]) -> None:
        """Publish until told to stop: at once when woken, and every two seconds whatever was missed."""
        with woken(self.client, outbox.CHANNEL) as wait:
            while not stop.is_set():
                while self.drain() >= BATCH:
                    tick()
                tick()
                wait(SWEEP_S)
