"""Connections to Redis with bounded waiting; the stream, the queue and the heartbeat share them."""

from __future__ import annotations

from functools import cache
from typing import Any

import redis
import redis.asyncio
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

# What says "Redis cannot serve now" in contrast to "this command was wrong".
AWAY = (
    redis.ConnectionError,
    redis.TimeoutError,
    redis.exceptions.BusyLoadingError,
    redis.exceptions.ReadOnlyError,
    redis.exceptions.OutOfMemoryError,
    OSError,
)


@cache
def client() -> redis.Redis:
    """The process's own client; a lost connection is an error at once, the caller decides when to try again."""
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=5, retry=Retry(NoBackoff(), 0)
    )


def async_client(*, patience_s: float) -> Any:
    """A client for an event loop; ``patience_s`` bounds every answer and must exceed a blocking read."""
    return redis.asyncio.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=patience_s, decode_responses=True
    )
