"""One reader of the Redis stream per process, fanned out to all listeners; losses are told, never hidden."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connections
from redis.exceptions import RedisError

from gridmgmt.events import heartbeat, link, listener, stream
from gridmgmt.events.listener import Listener
from gridmgmt.events.stream import Audience, Entry, entry_key

logger = logging.getLogger("gridmgmt.events")

BLOCK_S = 5
BATCH = 500
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 2.0
BEAT_S = 5.0
# A withdrawn session or grant ends or narrows its streams within this time.
REVIEW_S = 3.0

AudienceReader = Callable[[Collection[str]], Mapping[str, Audience]]


class Hub:
    """The listeners of one process. ``audience_of`` maps session keys to what they may hear (missing: signed out)."""

    def __init__(self, *, name: str, audience_of: AudienceReader) -> None:
        self.name = name
        self.audience_of = audience_of
        self.listeners: set[Listener] = set()
        self.last_id = ""
        self.redis: Any = link.async_client(patience_s=BLOCK_S + 5)
        self.tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start reading, signing and reviewing in the running loop."""
        work = (self.read_for_ever, self.beat_for_ever, self.comfort_for_ever, self.review_for_ever)
        self.tasks = [asyncio.create_task(one(), name=one.__name__) for one in work]

    async def stop(self) -> None:
        """End the tasks and close the listeners."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for one in self.listeners:
            one.close()
        await self.redis.aclose()

    async def read_for_ever(self) -> None:
        """Read the stream; after a loss of connection go on where it stopped, or tell everybody to start anew."""
        pause = FIRST_PAUSE_S
        while True:
            try:
                await self.attach()
                pause = FIRST_PAUSE_S
                while True:
                    await self.read_once()
            except (RedisError, OSError) as error:
                logger.warning("stream away", extra={"error": type(error).__name__})
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    async def attach(self) -> None:
        """Find the place in the stream; a place that is gone means that events may have been lost."""
        tip = await self.tip()
        if self.last_id and await self.holds(self.last_id):
            return
        self.last_id = tip
        self.reset_all()

    async def read_once(self) -> None:
        """Wait for the next events and hand them out."""
        before = self.last_id
        answer = await self.redis.xread({self.name: before}, block=BLOCK_S * 1000, count=BATCH)
        if not answer:
            return
        entries = answer[0][1]
        # A full batch may mean that we lag so far behind that entries were trimmed away unread.
        if len(entries) >= BATCH and not await self.holds(before):
            self.last_id = await self.tip()
            self.reset_all()
            return
        for entry_id, raw in entries:
            self.last_id = entry_id
            self.hand_out(understood(entry_id, raw))

    def hand_out(self, entry: Entry | None) -> None:
        """Give an event to everybody in whose scope it lies."""
        if entry is None:
            return
        for one in self.listeners:
            if entry.key > one.after and entry.heard_by(one.audience):
                one.push(entry.frame)

    def reset_all(self) -> None:
        """Tell every listener that there may be a gap before the present tip."""
        for one in self.listeners:
            one.reset(self.last_id)

    async def tip(self) -> str:
        """The newest id; a stream that does not exist is opened with a marker."""
        newest = await self.redis.xrevrange(self.name, count=1)
        if newest:
            return str(newest[0][0])
        return str(await self.redis.xadd(self.name, {"topic": stream.OPENED}))

    async def holds(self, entry_id: str) -> bool:
        """True while the stream still has this entry, and so everything after it."""
        return bool(await self.redis.xrange(self.name, entry_id, entry_id, count=1))

    async def must_hold(self, entry_id: str) -> None:
        """LookupError when the stream does not have this entry (any more)."""
        if not await self.holds(entry_id):
            raise LookupError(entry_id)

    async def missed(self, after: str, until: str) -> AsyncIterator[list[Entry]]:
        """Events after one id up to another, both of which must be in the stream; LookupError as soon as one is not.

        Each page begins with the last entry of the page before, so a trim in between cannot go unseen.
        """
        while entry_key(after) < entry_key(until):
            page = await self.redis.xrange(self.name, after, until, count=BATCH)
            if not page or page[0][0] != after:
                raise LookupError(after)
            read = (understood(entry_id, raw) for entry_id, raw in page[1:])
            yield [entry for entry in read if entry is not None]
            if len(page) < BATCH:
                return
            after = page[-1][0]

    async def beat_for_ever(self) -> None:
        """Sign the heartbeat of the feed."""
        while True:
            try:
                await self.redis.set(heartbeat.KEY.format(name="feed"), heartbeat.now(), ex=heartbeat.KEEP_S)
            except (RedisError, OSError) as error:
                logger.warning("no heartbeat", extra={"error": type(error).__name__})
            await asyncio.sleep(BEAT_S)

    async def comfort_for_ever(self) -> None:
        """Keep silent lines open."""
        while True:
            await asyncio.sleep(listener.HEARTBEAT_S)
            for one in self.listeners:
                one.comfort()

    async def review_for_ever(self) -> None:
        """Look again, with one query for all, whether the listeners may still hear what they hear."""
        while True:
            await asyncio.sleep(REVIEW_S)
            try:
                await self.review()
            except Exception as error:  # noqa: BLE001 - without the database nothing new happens either; look again soon
                logger.warning("sessions not reviewed", extra={"error": type(error).__name__})

    async def review(self) -> None:
        """Give every listener its present audience; close those that are signed out."""
        keys = {one.session_key for one in self.listeners}
        if not keys:
            return
        present = await self.read_audiences(keys)
        for one in self.listeners:
            if one.session_key not in keys:
                continue
            audience = present.get(one.session_key)
            if audience is None or not audience.place_prefixes:
                one.close()
            else:
                one.audience = audience

    async def read_audiences(self, keys: Collection[str]) -> Mapping[str, Audience]:
        """What sessions may hear; the database connection is given back before anything is streamed."""

        def read() -> Mapping[str, Audience]:
            try:
                return self.audience_of(keys)
            finally:
                connections.close_all()

        return await sync_to_async(read)()


def understood(entry_id: str, raw: Mapping[str, str]) -> Entry | None:
    """The event of an entry; what cannot be read is logged and passed over, so that it does not stop the rest."""
    try:
        return stream.read(entry_id, raw)
    except (ValueError, KeyError, TypeError) as error:
        logger.error("unreadable stream entry", extra={"entry": entry_id, "error": type(error).__name__})  # noqa: TRY400
        return None
