"""Redis without the client's layers, which cost more than the answer: one connection a thread, for tiles and wake-ups."""

from __future__ import annotations

import os
import threading
import time
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

# Short patience and no second try: a tile is faster computed than waited for.
PATIENCE_S = 0.3
# After Redis failed to answer, a process does without it for this long instead of waiting each time.
SULK_S = 1.0
# So many answers may lie unread; a thread that only tells must pass over them some time.
MOST_UNREAD = 32
AWAY = (redis.RedisError, OSError)


class Sulking(redis.RedisError):
    """Redis failed a moment ago and is not asked now."""


class _Mood:
    """Until when this process does without Redis."""

    away_until = 0.0


class Wire(threading.local):
    """A thread's connection, opened when first needed, after every loss and in a forked child."""

    def __init__(self) -> None:
        self.url = ""
        self.link: Any = None
        self.unread = 0
        self.owner = 0

    def ask(self, *command: Any) -> Any:
        """The answer to a command; redis.ResponseError when it was refused, another of AWAY when Redis is away."""
        return self._talk(command, answered=True)

    def tell(self, *command: Any) -> None:
        """A command whose answer nobody waits for; it is passed over before the next one is read."""
        self._talk(command, answered=False)

    def _talk(self, command: tuple[Any, ...], *, answered: bool) -> Any:
        if time.monotonic() < _Mood.away_until:
            raise Sulking
        try:
            link = self._open()
            link.send_command(*command)
            if answered or self.unread >= MOST_UNREAD:
                while self.unread:
                    self.unread -= 1
                    self._pass_over(link)
            if answered:
                return link.read_response()
            self.unread += 1
        except redis.ResponseError:
            raise
        except AWAY:
            _Mood.away_until = time.monotonic() + SULK_S
            self.close()
            raise

    def close(self) -> None:
        """Drop the connection."""
        if self.link is not None:
            self.link.disconnect()
        self.link, self.unread = None, 0

    def _open(self) -> Any:
        if self.link is None or self.url != settings.REDIS_URL or self.owner != os.getpid():
            self.close()
            self.url, self.owner = settings.REDIS_URL, os.getpid()
            self.link = redis.ConnectionPool.from_url(
                self.url,
                socket_connect_timeout=PATIENCE_S,
                socket_timeout=PATIENCE_S,
                retry=Retry(NoBackoff(), 0),
            ).make_connection()
        return self.link

    @staticmethod
    def _pass_over(link: Any) -> None:
        try:
            link.read_response()
        except redis.ResponseError:
            return  # Redis refused to keep a tile (out of memory): the next reader computes it


wire = Wire()


def forgive() -> None:
    """Ask Redis again at once."""
    _Mood.away_until = 0.0
