"""One open stream: order is kept, a slow one is told, a busy one gets at most five messages a second."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable

import pytest

from gridmgmt.events import listener as module
from gridmgmt.events.listener import Listener
from gridmgmt.organisation.scope import NOBODY


class Line:
    """A listener and what went down its line; ``open`` holds back the line while it is not set."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.open = asyncio.Event()
        self.open.set()
        self.listener = Listener(session_key="s", audience=NOBODY, tell=self.tell)

    async def tell(self, message: bytes) -> None:
        if not self.open.is_set():
            await self.open.wait()
        self.messages.append(message)


def play(scene: Callable[[Line], Awaitable[None]], *, before: tuple[bytes, ...] = ()) -> list[bytes]:
    """The messages of a stream that is served during the scene."""

    async def run() -> list[bytes]:
        line = Line()
        for part in before:
            line.listener.push(part)
        serving = asyncio.create_task(line.listener.serve())
        await asyncio.sleep(0.01)
        try:
            await scene(line)
            await asyncio.sleep(0.01)
        finally:
            serving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await serving
        return line.messages

    return asyncio.run(run())


async def nothing(_line: Line) -> None:
    return


def test_what_waits_goes_out_as_one_message_in_order() -> None:
    assert play(nothing, before=(b"1", b"2", b"3")) == [b"123"]


def test_an_idle_listener_is_served_within_the_push() -> None:
    async def scene(line: Line) -> None:
        line.listener.push(b"1")
        assert line.messages == [b"1"]
        line.listener.push(b"2")

    assert play(scene) == [b"1", b"2"]


def test_a_full_line_holds_nobody_up_and_keeps_the_order() -> None:
    async def scene(line: Line) -> None:
        line.open.clear()
        for part in (b"1", b"2", b"3"):
            line.listener.push(part)
            await asyncio.sleep(0.01)
        assert line.messages == []
        line.open.set()

    assert play(scene) == [b"1", b"23"]


def test_the_error_of_a_line_ends_its_own_stream_only() -> None:
    class BrokenError(Exception):
        pass

    async def scene(line: Line) -> None:
        async def tell(_message: bytes) -> None:
            raise BrokenError

        line.listener.tell = tell
        line.listener.push(b"1")

    with pytest.raises(BrokenError):
        play(scene)


def test_a_listener_that_cannot_keep_up_is_told_to_start_anew() -> None:
    [message] = play(nothing, before=(b"x",) * (module.QUEUE_LIMIT + 1))
    assert message.startswith(b"event: reset\n")
    assert message.endswith(b"\n\nx")


def test_after_a_burst_five_messages_a_second_carry_everything() -> None:
    async def scene(line: Line) -> None:
        for number in range(120):
            line.listener.push(bytes([number]))
            await asyncio.sleep(0.01)
        while sum(map(len, line.messages)) < 120:
            await asyncio.sleep(0.01)

    begin = time.monotonic()
    messages = play(scene)
    seconds = time.monotonic() - begin
    assert b"".join(messages) == bytes(range(120))
    assert len(messages) <= module.BURST + module.PER_SECOND * seconds + 1


def test_a_comment_breaks_silence_and_never_delays_an_event() -> None:
    async def silent(line: Line) -> None:
        line.listener.comfort()

    async def busy(line: Line) -> None:
        line.open.clear()
        line.listener.push(b"1")
        line.listener.push(b"2")
        line.listener.comfort()
        line.open.set()

    assert play(silent) == [module.HEARTBEAT]
    assert play(busy) == [b"1", b"2"]


def test_closing_ends_the_stream() -> None:
    async def run() -> None:
        line = Line()
        serving = asyncio.create_task(line.listener.serve())
        await asyncio.sleep(0)
        line.listener.close()
        await asyncio.wait_for(serving, 1)
        assert line.messages == []

    asyncio.run(run())
