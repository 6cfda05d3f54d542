"""One open stream: a bounded queue of frames, resets instead of gaps, and a pace a browser can follow."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Generator
from typing import Any

from gridmgmt.events.stream import Audience, EntryId, entry_key, frame

QUEUE_LIMIT = 1000
HEARTBEAT_S = 15.0
HEARTBEAT = b": still here\n\n"
# So many messages may go out at once; after that five a second, each holding everything that came meanwhile.
BURST = 20
PER_SECOND = 5.0

Tell = Callable[[bytes], Awaitable[None]]


class Begun:
    """Something awaitable, begun at once in the caller's own step; whoever awaits it goes on where it had to wait, or
    gets its error."""

    def __init__(self, work: Awaitable[None]) -> None:
        self._rest = work.__await__()
        self._waits_for: Any = None
        self._error: Exception | None = None
        self.done = False
        try:
            self._waits_for = next(self._rest)
        except StopIteration:
            self.done = True
        except Exception as error:  # noqa: BLE001 - it belongs to whoever awaits, not to the caller
            self._error = error

    def __await__(self) -> Generator[Any, Any, None]:
        if self._error is not None:
            raise self._error
        if not self.done:
            yield self._waits_for
            yield from self._rest


class Listener:
    """What one browser is owed. ``after``: events up to this id are known to it already.

    ``tell`` sends down the line. A frame for a listener that is idle is sent within ``push``: waking a task for each of
    hundreds of listeners costs more than the sending.
    """

    def __init__(self, *, session_key: str, audience: Audience, tell: Tell) -> None:
        self.session_key = session_key
        self.tell = tell
        self.audience = audience
        self.after: EntryId = (0, 0)
        self.frames: deque[bytes] = deque()
        self.closed = False
        self._wake = asyncio.Event()
        self._idle = False
        self._begun: Begun | None = None
        self._allowance = float(BURST)
        self._seen_at = time.monotonic()

    def push(self, one: bytes) -> None:
        """Send a frame or queue it; a listener that cannot keep up loses the queue and is told so."""
        if self._idle and self._may_spend():
            self._begun = Begun(self.tell(one))
            if not self._begun.done:  # the line is full: its own task waits for it
                self._idle = False
                self._wake.set()
            return
        self._idle = False
        if len(self.frames) >= QUEUE_LIMIT:
            self.frames.clear()
            self.frames.append(frame("reset", {"reason": "slow"}))
        self.frames.append(one)
        self._wake.set()

    def reset(self, tip: str) -> None:
        """Forget the queue and tell that events may be missing before ``tip``."""
        self._idle = False
        self.frames.clear()
        self.after = entry_key(tip)
        self.frames.append(frame("reset", {"reason": "gap"}, entry_id=tip))
        self._wake.set()

    def comfort(self) -> None:
        """Queue a comment when nothing else waits, so that nobody on the way takes the line for dead.

        The hub calls it for all: a timer for every wait of every listener costs more than the event itself.
        """
        if not self.frames:
            self._idle = False
            self.frames.append(HEARTBEAT)
            self._wake.set()

    def close(self) -> None:
        """End the stream after what is queued."""
        self.closed = True
        self._idle = False
        self._wake.set()

    async def serve(self) -> None:
        """Send what comes, everything that waits as one message and in order, until closed."""
        while True:
            if not self.frames and not self.closed:
                await self._rest()
            if self.closed:
                return
            if self.frames:
                await self._pace()
                message = b"".join(self.frames)
                self.frames.clear()
                await self.tell(message)

    async def _rest(self) -> None:
        """Let ``push`` send by itself until it cannot."""
        self._wake.clear()
        self._idle = True
        try:
            await self._wake.wait()
        finally:
            self._idle = False
        if self._begun is not None:
            begun, self._begun = self._begun, None
            await begun

    def _may_spend(self) -> bool:
        """Take one message from the allowance if there is one."""
        now = time.monotonic()
        self._allowance = min(float(BURST), self._allowance + (now - self._seen_at) * PER_SECOND)
        self._seen_at = now
        if self._allowance < 1:
            return False
        self._allowance -= 1
        return True

    async def _pace(self) -> None:
        """Spend one message of the allowance, waiting for it when there have been many."""
        while not self._may_spend():
            await asyncio.sleep((1 - self._allowance) / PER_SECOND)
