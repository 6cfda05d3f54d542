"""Guessing passwords is slow: failed sign-ins count per name and address and per address, whatever door they use."""

from __future__ import annotations

import hashlib
import time
from typing import Final

from django.core.cache import cache

WINDOW_S: Final = 300
MOST_FOR_NAME: Final = 10
# A whole office may sit behind one address; this ends the trying of many names and what it costs in hashing.
MOST_FOR_ADDRESS: Final = 100


class FailedSignIns:
    """Failures of the last five minutes for one name from one address. Asked before the hash, told after it.

    ``address`` is the connection's (the proxy overwrites the header it comes from), "" when there is none. Each
    server process counts for itself.
    """

    def __init__(self, username: str, address: str) -> None:
        self.limits = (
            (_key("name", username.casefold(), address), MOST_FOR_NAME),
            (_key("address", address), MOST_FOR_ADDRESS),
        )

    def wait_s(self) -> float | None:
        """Seconds to wait before the next attempt, None when it may be made now."""
        now = time.time()
        waits = [
            times[-1] + WINDOW_S - now for key, most in self.limits if len(times := _recent(key, now)) >= most
        ]
        return max(waits, default=None)

    def note(self) -> None:
        """Remember a failure."""
        now = time.time()
        for key, most in self.limits:
            cache.set(key, [now, *_recent(key, now)][:most], WINDOW_S)


def _recent(key: str, now: float) -> list[float]:
    """Instants of the failures that still count, newest first."""
    return [at for at in cache.get(key, []) if at > now - WINDOW_S]


def _key(*parts: str) -> str:
    """No name and no address stands in the cache as it is."""
    return "grid-signin-" + hashlib.sha256("|".join(parts).encode()).hexdigest()
