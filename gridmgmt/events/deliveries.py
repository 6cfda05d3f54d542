"""What is owed to the consumers of events: noted when an event is published, worked off by whoever is woken.

A delivery is taken by one worker at a time (an advisory lock that ends with its connection), the try is counted before
the consumer is called – so that what kills its worker is parked like what fails – and the next try waits longer each
time. Consumers know an event by its id and must bear to be called again.
"""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils.module_loading import import_string

from geodata.errors import DomainError
from gridmgmt.events.link import AWAY

logger = logging.getLogger("gridmgmt.events")

TRIES = 5
# First pause after a failed try by queue, in seconds; each further one is four times as long, give or take a half.
FIRST_PAUSE_S = {"webhooks": 30.0, "messages": 15.0}
USUAL_PAUSE_S = 2.0
GROWTH = 4
WEBHOOK = "gridmgmt.events.webhooks.post"
INTERRUPTED = "interrupted"
LOCK_CLASS = 0x67726964

# Caller: Relay, in the transaction that marks the events as published. %s: event ids, then topics, consumers, queues.
OWE = """
INSERT INTO events_delivery (event_id, consumer, queue)
SELECT e.id, c.consumer, c.queue FROM events_outboxevent e
JOIN unnest(%s::text[], %s::text[], %s::text[]) AS c (topic, consumer, queue) ON c.topic = e.topic
WHERE e.id = ANY(%s) ORDER BY e.id
ON CONFLICT DO NOTHING RETURNING queue
"""
# The same for subscriptions of other systems.
OWE_SUBSCRIBERS = """
INSERT INTO events_delivery (event_id, consumer, target, queue)
SELECT e.id, %s, s.id::text, 'webhooks' FROM events_outboxevent e
JOIN events_subscription s ON s.active AND e.topic = ANY(s.topics) AND starts_with(e.cell_code, s.code_prefix)
WHERE e.id = ANY(%s) ORDER BY e.id
ON CONFLICT DO NOTHING RETURNING queue
"""
# Oldest deliveries of a queue that may be tried now. One with a target waits for those before it: subscribers hear in
# order. Caller: take. Indexes: delivery_open, delivery_target.
DUE = """
SELECT d.id FROM events_delivery d
WHERE d.queue = %s AND d.done_at IS NULL AND d.parked_at IS NULL AND d.next_at <= clock_timestamp()
  AND (d.target = '' OR NOT EXISTS (SELECT FROM events_delivery p WHERE p.target = d.target AND p.id < d.id
       AND p.done_at IS NULL AND p.parked_at IS NULL))
ORDER BY d.id LIMIT %s
"""
COUNT_TRY = """
UPDATE events_delivery d SET attempts = d.attempts + 1, error = %s, next_at = clock_timestamp() + %s * interval '1 second'
FROM events_outboxevent e
WHERE d.id = %s AND d.done_at IS NULL AND d.parked_at IS NULL AND d.next_at <= clock_timestamp() AND e.id = d.event_id
RETURNING d.id, e.event_id::text, e.topic, e.cell_code, e.created_at, e.payload::text, d.consumer, d.target, d.queue, d.attempts
"""
DONE = "UPDATE events_delivery SET done_at = clock_timestamp(), error = '', result = %s WHERE id = %s AND parked_at IS NULL"
FAILED = """
UPDATE events_delivery SET error = %s, result = coalesce(%s, result),
  parked_at = CASE WHEN attempts >= %s THEN clock_timestamp() END
WHERE id = %s AND done_at IS NULL
"""
GIVE_BACK = "UPDATE events_delivery SET attempts = attempts - 1, next_at = clock_timestamp() + interval '2 seconds' WHERE id = %s"
ATTEMPTS = "SELECT attempts FROM events_delivery WHERE id = %s"
WAITING_QUEUES = """
SELECT DISTINCT queue FROM events_delivery WHERE done_at IS NULL AND parked_at IS NULL AND next_at <= clock_timestamp()
"""


class Undelivered(Exception):  # noqa: N818 - says what happened
    """A consumer's own words for a failed try: ``str()`` is shown to administrators and holds nothing private."""

    def __init__(self, what: str, result: dict[str, Any] | None = None) -> None:
        super().__init__(what)
        self.result = result


@dataclass(frozen=True, slots=True)
class Owed:
    """A delivery that was taken, with its event."""

    id: int
    event_id: str
    topic: str
    cell_code: str
    created_at: datetime
    payload: dict[str, Any]
    consumer: str
    target: str
    queue: str
    attempts: int


def owe(event_ids: Sequence[int]) -> set[str]:
    """Note who must hear of these events; answers the queues that have got work. Inside the relay's transaction."""
    consumers = [
        (topic, name.rpartition(":")[2], name.rpartition(":")[0] or "default")
        for topic, names in settings.EVENT_JOBS.items()
        for name in names
    ]
    topics, names, queues = (list(column) for column in zip(("", "", ""), *consumers, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(OWE, [topics, names, queues, list(event_ids)])
        woken = {row[0] for row in cursor.fetchall()}
        cursor.execute(OWE_SUBSCRIBERS, [WEBHOOK, list(event_ids)])
        return woken | {row[0] for row in cursor.fetchall()}


def pause_s(queue: str, attempts: int, chance: Callable[[], float] = random.random) -> float:
    """Seconds before the next try after ``attempts`` tries: growing, with jitter so that retries spread."""
    base: float = FIRST_PAUSE_S.get(queue, USUAL_PAUSE_S) * GROWTH ** (attempts - 1)
    return base * (0.5 + chance())


def waiting_queues() -> list[str]:
    """Queues that hold something to be tried now."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING_QUEUES)
        return [row[0] for row in cursor.fetchall()]


def take(queue: str) -> Owed | None:
    """The oldest delivery that may be tried now and that nobody else holds; its try is counted already.

    What was interrupted at its last try is parked instead of being taken once more.
    """
    with connection.cursor() as cursor:
        cursor.execute(DUE, [queue, 50])
        for (row_id,) in cursor.fetchall():
            if not hold(row_id):
                continue
            owed = _count_try(row_id, queue)
            if owed is not None:
                return owed
            release(row_id)
    return None


def hold(row_id: int) -> bool:
    """Lock a delivery for this connection, until ``release`` or the connection's end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_CLASS, row_id % 2**31])
        return bool(cursor.fetchone()[0])


def release(row_id: int) -> None:
    """Let others take it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_CLASS, row_id % 2**31])


@transaction.atomic
def _count_try(row_id: int, queue: str) -> Owed | None:
    with connection.cursor() as cursor:
        cursor.execute(ATTEMPTS, [row_id])
        found = cursor.fetchone()
        if found is None:
            return None
        if found[0] >= TRIES:
            cursor.execute(FAILED, [INTERRUPTED, None, TRIES, row_id])
            return None
        cursor.execute(COUNT_TRY, [INTERRUPTED, pause_s(queue, found[0] + 1), row_id])
        row = cursor.fetchone()
    if row is None:
        return None
    values = dict(zip(Owed.__slots__, row, strict=True))
    return Owed(**{**values, "payload": json.loads(values["payload"])})


def attempt(owed: Owed) -> bool:
    """Call the consumer of a delivery that was taken and note how it went; True when it is done.

    While a server of ours is away no try is counted and the error goes to the caller.
    """
    consumer: Callable[..., dict[str, Any] | None] = import_string(owed.consumer)
    try:
        result = consumer(owed) if owed.target else consumer(owed.event_id, owed.payload)
    except Exception as error:
        if _server_away(error):
            _write(GIVE_BACK, [owed.id])
            raise
        _fail(owed, error)  # one poisoned delivery must not stop the others
        return False
    _write(DONE, [json.dumps(result) if result else None, owed.id])
    return True


def _server_away(error: Exception) -> bool:
    """True when Redis or PostgreSQL went; a statement that PostgreSQL broke off is the consumer's own failure."""
    if isinstance(error, OperationalError | InterfaceError):
        if connection.connection is not None and connection.is_usable():
            return False
        connection.close()
        return True
    return isinstance(error, AWAY)


def _fail(owed: Owed, error: Exception) -> None:
    """Keep what kind of failure it was; say so in the log when it was the last try."""
    kind = words_of(error)
    _write(
        FAILED, [kind, json.dumps(error.result) if isinstance(error, Undelivered) else None, TRIES, owed.id]
    )
    if owed.attempts >= TRIES:
        told = {"event_id": owed.event_id, "topic": owed.topic, "consumer": owed.consumer, "why": kind}
        logger.error("delivery parked", extra=told)


def words_of(error: Exception) -> str:
    """A failure in words that hold nothing private: our own words and codes, else the class of the error."""
    if isinstance(error, Undelivered):
        return str(error)[:200]
    return error.code if isinstance(error, DomainError) else type(error).__name__


def _write(sql: str, values: Sequence[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
