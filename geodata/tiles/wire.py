"""Redis for tiles: one connection a thread, without the client's layers, which cost more than the answer."""

from __future__ import annotations

import threading
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

# Short patience and no second try: a tile is faster computed than waited for.
PATIENCE_S = 0.3


class Wire(threading.local):
    """A thread's connection, opened when first needed and after every loss."""

    def __init__(self) -> None:
        self.url = ""
        self.link: Any = None
        self.unread = 0

    def ask(self, *command: Any) -> Any:
        """The answer to a command; redis.ResponseError when it was refused, other RedisError when Redis is away."""
        link = self._open()
        try:
            link.send_command(*command)
            while self.unread:
                self.unread -= 1
                self._pass_over(link)
            return link.read_response()
        except redis.ResponseError:
            raise
        except (redis.RedisError, OSError):
            self.close()
            raise

    def tell(self, *command: Any) -> None:
        """A command whose answer nobody waits for; it is passed over before the next one is read."""
        link = self._open()
        try:
            link.send_command(*command)
        except (redis.RedisError, OSError):
            self.close()
            raise
        self.unread += 1

    def close(self) -> None:
        """Drop the connection."""
        if self.link is not None:
            self.link.disconnect()
        self.link, self.unread = None, 0

    def _open(self) -> Any:
        if self.link is None or self.url != settings.REDIS_URL:
            self.close()
            self.url = settings.REDIS_URL
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
