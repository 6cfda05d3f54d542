"""One open stream: a bounded queue of frames, resets instead of gaps, and a pace a browser can follow."""

from __future__ import annotations

import asyncio
import time
from collections import deque

from gridmgmt.events.stream import Audience, EntryId, entry_key, frame

QUEUE_LIMIT = 1000
HEARTBEAT_S = 15.0
HEARTBEAT = b": still here\n\n"
# So many messages may go out at once; after that five a second, each holding everything that came meanwhile.
BURST = 20
PER_SECOND = 5.0


class Listener:
    """What one browser is owed. ``after``: events up to this id are known to it already."""

    def __init__(self, *, session_key: str, audience: Audience) -> None:
        self.session_key = session_key
        self.audience = audience
        self.after: EntryId = (0, 0)
        self.frames: deque[bytes] = deque()
        self.closed = False
        self._wake = asyncio.Event()
        self._allowance = float(BURST)
        self._seen_at = time.monotonic()

    def push(self, one: bytes) -> None:
        """Queue a frame; a listener that cannot keep up loses the queue and is told so."""
        if len(self.frames) >= QUEUE_LIMIT:
            self.frames.clear()
            self.frames.append(frame("reset", {"reason": "slow"}))
        self.frames.append(one)
        self._wake.set()

    def reset(self, tip: str) -> None:
        """Forget the queue and tell that events may be missing before ``tip``."""
        self.frames.clear()
        self.after = entry_key(tip)
        self.frames.append(frame("reset", {"reason": "gap"}, entry_id=tip))
        self._wake.set()

    def comfort(self) -> None:
        """Queue a comment when nothing else waits, so that nobody on the way takes the line for dead.

        The hub calls it for all: a timer for every wait of every listener costs more than the event itself.
        """
        if not self.frames:
            self.frames.append(HEARTBEAT)
            self._wake.set()

    def close(self) -> None:
        """End the stream after what is queued."""
        self.closed = True
        self._wake.set()

    async def next_message(self) -> bytes:
        """Everything that waits, in order, as one message; b"" at the end."""
        await self._pace()
        if not self.frames and not self.closed:
            self._wake.clear()
            await self._wake.wait()
        if self.closed:
            return b""
        message = b"".join(self.frames)
        self.frames.clear()
        return message

    async def _pace(self) -> None:
        """Spend one message of the allowance, waiting for it when there have been many."""
        now = time.monotonic()
        self._allowance = min(float(BURST), self._allowance + (now - self._seen_at) * PER_SECOND)
        self._seen_at = now
        if self._allowance < 1:
            await asyncio.sleep((1 - self._allowance) / PER_SECOND)
            self._allowance, self._seen_at = 1.0, time.monotonic()
        self._allowance -= 1
