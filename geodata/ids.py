"""Time-ordered identifiers (UUIDv7, RFC 9562 §5.7) that any process can make without asking anybody."""

from __future__ import annotations

import os
import threading
import time
from uuid import UUID

_VERSION = 0x7 << 76
_VARIANT = 0x2 << 62
_COUNTER_BITS = 74
_COUNTER_LIMIT = 1 << _COUNTER_BITS
_LOW_MASK = (1 << 62) - 1
_MAX_MS = (1 << 48) - 1


class _Sequence:
    """Monotonic state of one process: within a millisecond the 74 random bits are counted up (RFC 9562 §6.2)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last_ms = -1
        self._tail = 0
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        """A forked child must not go on with the parent's counter, or both would make the same identifiers."""
        self._lock = threading.Lock()
        self._last_ms = -1

    def next(self, now_ms: int) -> tuple[int, int]:
        with self._lock:
            if now_ms > self._last_ms:
                self._last_ms, self._tail = now_ms, _random_tail()
            else:
                self._tail += 1 + int.from_bytes(os.urandom(4), "big")
                if self._tail >= _COUNTER_LIMIT:
                    self._last_ms, self._tail = self._last_ms + 1, _random_tail()
            return self._last_ms, self._tail


def _random_tail() -> int:
    """74 random bits whose first is zero, so that counting up does not overflow at once."""
    return int.from_bytes(os.urandom(10), "big") >> 7


_sequence = _Sequence()


def uuid7(at_ms: int | None = None) -> UUID:
    """A UUIDv7. Without `at_ms` strictly increasing within the process, even if the system clock steps back.

    `at_ms` (milliseconds since 1970, UTC) makes one for a given instant; such values are not ordered among themselves.
    """
    if at_ms is None:
        ms, tail = _sequence.next(time.time_ns() // 1_000_000)
    elif 0 <= at_ms <= _MAX_MS:
        ms, tail = at_ms, int.from_bytes(os.urandom(10), "big") >> 6
    else:
        raise ValueError("at_ms must fit in 48 bits")
    value = ms << 80 | _VERSION | (tail >> 62) << 64 | _VARIANT | (tail & _LOW_MASK)
    return UUID(int=value)


def uuid7_time_ms(value: UUID) -> int:
    """Milliseconds since 1970 (UTC) inside a UUIDv7; ValueError for any other version."""
    if value.version != 7:
        raise ValueError("not a version 7 UUID")
    return value.int >> 80
