"""Signs of life of the background processes, kept in Redis for a minute."""

from __future__ import annotations

import time

import redis
from django.conf import settings

KEY = "grid:alive:{name}"
KEEP_S = 60
OF_QUEUE = {"worker": "default", "bulk": "imports"}
"""A queue by which the worker of a process is known (gridmgmt.ops.processes)."""


def _client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1)


def now() -> float:
    """The value of a sign of life: seconds since 1970."""
    return time.time()


def beat(name: str, client: redis.Redis | None = None) -> None:
    """Say that a process lives."""
    (client or _client()).set(KEY.format(name=name), now(), ex=KEEP_S)


def age_s(name: str) -> float | None:
    """Seconds since the last sign of life; None when there is none. Workers sign through RQ itself."""
    client = _client()
    if name in OF_QUEUE:
        return _worker_age(client, OF_QUEUE[name])
    value = client.get(KEY.format(name=name))
    return None if value is None else now() - float(value)


def _worker_age(client: redis.Redis, queue: str) -> float | None:
    from rq import Worker  # noqa: PLC0415 - rq is heavy and only this page needs it

    workers = [worker for worker in Worker.all(connection=client) if queue in worker.queue_names()]
    beats = [worker.last_heartbeat for worker in workers if worker.last_heartbeat]
    if not beats:
        return None
    # An idle RQ worker signs only every few minutes; its key expiring is what tells that it died.
    return min(20.0, time.time() - max(beats).timestamp())
