"""The hub: resume is exact or refused, a lost Redis is told, a withdrawn right is noticed."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Collection

import pytest
import redis

from gridmgmt.events import feed, hub, listener, stream
from gridmgmt.events.hub import Hub
from gridmgmt.events.listener import Listener
from gridmgmt.organisation.models import Role
from gridmgmt.organisation.scope import Held, Scope
from tests.redis_server import RedisServer

NAME = "test:feed"
CELL = "009901001001007"
WORKER = Scope(None, (Held(Role.WORKER, "009901001"),))
NEIGHBOUR = Scope(None, (Held(Role.WORKER, "009901002"),))


def add(client: redis.Redis, number: int, cell_code: str = CELL, maxlen: int = 5000) -> str:
    entry = stream.fields(
        event_id=str(number),
        topic="case.reported",
        cell_code=cell_code,
        department_path="",
        payload=json.dumps({"n": number}),
    )
    return client.xadd(NAME, entry, maxlen=maxlen, approximate=False).decode()  # type: ignore[union-attr,return-value]


class Ear:
    """Reads one stream like a browser: topics, numbers and the last id."""

    def __init__(self, of: Hub, scope: Scope = WORKER, after: str = "") -> None:
        self.text = ""
        self.messages = feed.messages(of, Listener(session_key="s", audience=scope, tell=self._hear), after)
        self.task = asyncio.create_task(self._read())

    async def _hear(self, message: bytes) -> None:
        self.text += message.decode()

    async def _read(self) -> None:
        async for message in self.messages:
            self.text += message.decode()

    async def until(self, what: str, seconds: float = 5) -> None:
        deadline = asyncio.get_running_loop().time() + seconds
        while what not in self.text:
            assert asyncio.get_running_loop().time() < deadline, f"{what!r} not in {self.text!r}"
            await asyncio.sleep(0.01)

    @property
    def numbers(self) -> list[int]:
        return [int(n) for n in re.findall(r'"n":(\d+)', self.text)]

    @property
    def topics(self) -> list[str]:
        return re.findall(r"event: (\S+)", self.text)

    @property
    def last_id(self) -> str:
        return re.findall(r"id: (\S+)", self.text)[-1]

    async def leave(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        await self.messages.aclose()


def with_hub(
    play: Callable[[Hub], Awaitable[None]],
    audience_of: Callable[[Collection[str]], dict[str, Scope]] = lambda keys: dict.fromkeys(keys, WORKER),
) -> None:
    async def run() -> None:
        one = Hub(name=NAME, audience_of=audience_of)
        one.start()
        while not one.last_id:
            await asyncio.sleep(0.01)
        try:
            await play(one)
        finally:
            await one.stop()

    asyncio.run(run())


def test_new_events_arrive_in_order_and_only_in_scope(fresh_redis: redis.Redis) -> None:
    async def play(one: Hub) -> None:
        ear, neighbour = Ear(one), Ear(one, NEIGHBOUR)
        await ear.until("hello")
        for number in range(5):
            add(fresh_redis, number)
        add(fresh_redis, 5, "009901002001001")
        await neighbour.until('"n":5')
        await ear.until('"n":4')
        assert ear.numbers == [0, 1, 2, 3, 4]
        assert neighbour.numbers == [5]

    with_hub(play)


def test_a_listener_resumes_after_the_last_event_it_saw_even_the_greeting(fresh_redis: redis.Redis) -> None:
    async def play(one: Hub) -> None:
        first = Ear(one)
        await first.until("hello")
        await first.leave()
        ids = [add(fresh_redis, number) for number in range(1200)]
        await asyncio.sleep(0.2)
        again, later = Ear(one, after=first.last_id), Ear(one, after=ids[600])
        await again.until('"n":1199}')
        await later.until('"n":1199}')
        assert again.numbers == list(range(1200))
        assert later.numbers == list(range(601, 1200))
        assert "reset" not in again.text + later.text

    with_hub(play)


def test_events_during_a_resume_are_neither_lost_nor_doubled(fresh_redis: redis.Redis) -> None:
    async def play(one: Hub) -> None:
        begin = add(fresh_redis, 0)
        ears = []
        for number in range(1, 200):
            add(fresh_redis, number)
            if number % 20 == 0:
                ears.append(Ear(one, after=begin))
            await asyncio.sleep(0)
        for ear in ears:
            await ear.until('"n":199}')
            assert ear.numbers == list(range(1, 200))

    with_hub(play)


@pytest.mark.parametrize("after", ["1-1", "nonsense", "99999999999999-0", "0-0"])
def test_an_id_the_stream_does_not_hold_gives_a_reset_and_then_the_present(
    fresh_redis: redis.Redis, after: str
) -> None:
    async def play(one: Hub) -> None:
        ear = Ear(one, after=after)
        await ear.until("reset")
        add(fresh_redis, 7)
        await ear.until('"n":7')
        assert ear.topics == ["reset", "case.reported"]

    with_hub(play)


def test_an_id_that_was_trimmed_away_gives_a_reset(fresh_redis: redis.Redis) -> None:
    async def play(one: Hub) -> None:
        old = add(fresh_redis, 0)
        for number in range(1, 30):
            add(fresh_redis, number, maxlen=10)
        await asyncio.sleep(0.1)
        ear = Ear(one, after=old)
        await ear.until("reset")
        assert ear.numbers == []

    with_hub(play)


def test_a_hub_that_fell_behind_the_trimmed_stream_says_so(
    fresh_redis: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "BATCH", 20)

    async def play(one: Hub) -> None:
        ear = Ear(one)
        await ear.until("hello")
        add(fresh_redis, 0)
        await ear.until('"n":0')
        # One blocking stretch of the loop: the hub sees none of this until all of it is there.
        pipe = fresh_redis.pipeline(transaction=True)
        for number in range(1, 100):
            pipe.xadd(
                NAME,
                {"event_id": "e", "topic": "t", "payload": f'{{"n":{number}}}'},
                maxlen=30,
                approximate=False,
            )
        pipe.execute()
        await ear.until("reset")

    with_hub(play)


def test_redis_losing_everything_is_told_and_the_feed_goes_on(fresh_redis: redis.Redis) -> None:
    async def play(one: Hub) -> None:
        ear = Ear(one)
        await ear.until("hello")
        add(fresh_redis, 1)
        await ear.until('"n":1')
        fresh_redis.flushall()
        # The blocked read does not notice; the dropped connection stands for the restart.
        fresh_redis.client_kill_filter(_type="normal", skipme=True)
        await ear.until("reset")
        add(fresh_redis, 2)
        await ear.until('"n":2')

    with_hub(play)


@pytest.mark.faults
def test_a_killed_redis_gives_a_reset_after_its_restart(
    fresh_redis: redis.Redis, redis_server: RedisServer
) -> None:
    async def play(one: Hub) -> None:
        ear = Ear(one)
        await ear.until("hello")
        redis_server.kill()
        await asyncio.sleep(0.5)
        during = Ear(one, after=ear.last_id)
        await during.until("reset")
        redis_server.start()
        await ear.until("reset")
        add(fresh_redis, 3)
        await ear.until('"n":3')
        await during.until('"n":3')

    with_hub(play)


def test_an_unreadable_entry_does_not_stop_the_rest(fresh_redis: redis.Redis) -> None:
    async def play(one: Hub) -> None:
        ear = Ear(one)
        await ear.until("hello")
        fresh_redis.xadd(NAME, {"topic": "case.reported", "payload": "{"})
        add(fresh_redis, 1)
        await ear.until('"n":1')

    with_hub(play)


def test_a_withdrawn_session_ends_its_stream_and_a_new_grant_widens_it(
    fresh_redis: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "REVIEW_S", 0.05)
    present = {"s": WORKER}

    async def play(one: Hub) -> None:
        ear = Ear(one)
        await ear.until("hello")
        present["s"] = NEIGHBOUR
        await asyncio.sleep(0.2)
        add(fresh_redis, 1)
        add(fresh_redis, 2, "009901002001001")
        await ear.until('"n":2')
        assert ear.numbers == [2]
        del present["s"]
        await ear.until("event: closed")
        assert not one.listeners

    with_hub(play, lambda keys: {key: present[key] for key in keys if key in present})


def test_a_silent_line_is_kept_open(fresh_redis: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "HEARTBEAT_S", 0.05)

    async def play(one: Hub) -> None:
        ear = Ear(one)
        await ear.until(listener.HEARTBEAT.decode())

    with_hub(play)


def test_leaving_forgets_the_listener(fresh_redis: redis.Redis) -> None:
    async def play(one: Hub) -> None:
        ear = Ear(one)
        await ear.until("hello")
        assert len(one.listeners) == 1
        await ear.leave()
        assert not one.listeners

    with_hub(play)
