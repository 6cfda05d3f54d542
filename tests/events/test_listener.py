"""One open stream: order is kept, a slow one is told, a busy one gets at most five messages a second."""

from __future__ import annotations

import asyncio
import time

from gridmgmt.events import listener as module
from gridmgmt.events.listener import Listener
from gridmgmt.organisation.scope import NOBODY


def listener() -> Listener:
    return Listener(session_key="s", audience=NOBODY)


def test_what_waits_goes_out_as_one_message_in_order() -> None:
    async def play() -> bytes:
        one = listener()
        for part in (b"1", b"2", b"3"):
            one.push(part)
        return await one.next_message()

    assert asyncio.run(play()) == b"123"


def test_a_listener_that_cannot_keep_up_is_told_to_start_anew() -> None:
    async def play() -> bytes:
        one = listener()
        for _ in range(module.QUEUE_LIMIT + 1):
            one.push(b"x")
        return await one.next_message()

    message = asyncio.run(play())
    assert message.startswith(b"event: reset\n")
    assert message.endswith(b"\n\nx")


def test_after_a_burst_five_messages_a_second_carry_everything() -> None:
    async def play() -> list[bytes]:
        one, messages = listener(), []

        async def read() -> None:
            while sum(map(len, messages)) < 120:
                messages.append(await one.next_message())

        reading = asyncio.create_task(read())
        for number in range(120):
            one.push(bytes([number]))
            await asyncio.sleep(0.01)
        await reading
        return messages

    begin = time.monotonic()
    messages = asyncio.run(play())
    seconds = time.monotonic() - begin
    assert b"".join(messages) == bytes(range(120))
    assert len(messages) <= module.BURST + module.PER_SECOND * seconds + 1


def test_a_comment_breaks_silence_and_never_delays_an_event() -> None:
    async def play() -> tuple[bytes, bytes]:
        silent, busy = listener(), listener()
        busy.push(b"1")
        for one in (silent, busy):
            one.comfort()
        return await silent.next_message(), await busy.next_message()

    assert asyncio.run(play()) == (module.HEARTBEAT, b"1")


def test_closing_ends_the_stream() -> None:
    async def play() -> bytes:
        one = listener()
        waiting = asyncio.create_task(one.next_message())
        await asyncio.sleep(0)
        one.close()
        return await waiting

    assert asyncio.run(play()) == b""
