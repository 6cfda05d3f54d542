"""The relay: at least once, in order, one poisoned row stops nobody, Redis away counts as nobody's fault."""

from __future__ import annotations

import json
import threading

import pytest
import redis
from django.db import connections, transaction

from gridmgmt.events import outbox
from gridmgmt.events.link import AWAY
from gridmgmt.events.models import OutboxEvent
from gridmgmt.events.relay import Relay, Waiting
from tests.redis_server import free_port


def append(count: int = 1, topic: str = "case.reported") -> None:
    with transaction.atomic():
        for number in range(count):
            outbox.append(topic=topic, cell_code="009901001001001", payload={"n": number})


def numbers(client: redis.Redis, name: str) -> list[int]:
    return [json.loads(entry[b"payload"])["n"] for _, entry in client.xrange(name)]


@pytest.mark.django_db
def test_events_reach_the_stream_in_order_and_are_marked(fresh_redis: redis.Redis, settings) -> None:
    append(5)
    assert Relay(fresh_redis).drain() == 5
    assert numbers(fresh_redis, settings.FEED_STREAM) == [0, 1, 2, 3, 4]
    assert not OutboxEvent.objects.filter(published_at=None).exists()
    assert Relay(fresh_redis).drain() == 0


@pytest.mark.django_db
def test_redis_away_counts_no_try_and_loses_nothing(fresh_redis: redis.Redis, settings) -> None:
    append(2)
    gone = redis.Redis(port=free_port(), socket_connect_timeout=0.2)
    with pytest.raises(AWAY):
        Relay(gone).drain()
    assert set(OutboxEvent.objects.values_list("attempts", "published_at")) == {(0, None)}
    Relay(fresh_redis).drain()
    assert numbers(fresh_redis, settings.FEED_STREAM) == [0, 1]


@pytest.mark.django_db
def test_a_crash_before_marking_publishes_again_under_the_same_event_id(
    fresh_redis: redis.Redis, settings
) -> None:
    append()
    relay = Relay(fresh_redis)
    with transaction.atomic():
        relay.drain()
        transaction.set_rollback(True)
    relay.drain()
    first, second = (entry[b"event_id"] for _, entry in fresh_redis.xrange(settings.FEED_STREAM))
    assert first == second


@pytest.mark.django_db
def test_a_row_that_redis_refuses_is_parked_after_five_tries_while_the_others_flow(
    fresh_redis: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(topic="bad.row")
    append(1)
    relay, whole = Relay(fresh_redis), Relay.publish

    def publish(self: Relay, rows: list[Waiting]) -> dict[int, str]:
        whole(self, [row for row in rows if row.topic != "bad.row"])
        return {row.id: "DataError" for row in rows if row.topic == "bad.row"}

    monkeypatch.setattr(Relay, "publish", publish)
    assert relay.drain() == 2
    assert relay.drain() == 0, "a row that failed a moment ago is left alone"
    for _ in range(6):
        relay.later.clear()
        relay.drain()
    bad = OutboxEvent.objects.get(topic="bad.row")
    assert (bad.attempts, bad.parked_at is None, bad.error) == (5, False, "DataError")
    assert OutboxEvent.objects.get(topic="case.reported").published_at is not None


@pytest.mark.django_db(transaction=True)
def test_two_relays_never_publish_the_same_row(fresh_redis: redis.Redis, settings) -> None:
    append(600)

    def work() -> None:
        relay = Relay(fresh_redis)
        while relay.drain():
            pass
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers(fresh_redis, settings.FEED_STREAM)) == list(range(600))


@pytest.mark.django_db
def test_the_stream_keeps_its_length(fresh_redis: redis.Redis, settings) -> None:
    settings.FEED_LENGTH = 100
    append(900)
    relay = Relay(fresh_redis)
    while relay.drain():
        pass
    assert 100 <= fresh_redis.xlen(settings.FEED_STREAM) < 400
