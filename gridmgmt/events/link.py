"""Connections to Redis with bounded waiting; the stream, the queue and the heartbeat share them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


PATIENCE_S = 5


@cache
def client() -> redis.Redis:
    """The process's own client; a lost connection is an error at once, the caller decides when to try again."""
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=PATIENCE_S, retry=Retry(NoBackoff(), 0)
    )


@contextmanager
def woken(client: redis.Redis, channel: str) -> Iterator[Callable[[float], bool]]:
    """Yield ``wait(seconds)``: True as soon as somebody publishes on the channel, False when the time is over.

    What was published since the last wait counts once; one of AWAY when Redis goes.
    """
    with client.pubsub(ignore_subscribe_messages=True) as ears:  # type: ignore[no-untyped-call]
        ears.subscribe(channel)
        ears.get_message(timeout=PATIENCE_S)  # the confirmation: from here on nothing is missed

        def wait(seconds: float) -> bool:
            heard = ears.get_message(timeout=seconds) is not None
            while ears.get_message(timeout=0) is not None:
                continue
            return heard

        yield wait


def async_client(*, patience_s: float) -> Any:
    """A client for an event loop; ``patience_s`` bounds every answer and must exceed a blocking read."""
    return redis.asyncio.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=patience_s, decode_responses=True
    )
