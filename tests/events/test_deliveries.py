"""What is owed to consumers: once each, retried later and later, parked after five tries, whoever dies meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import redis
from django.db import connection, transaction
from django.utils import timezone
from rq import Queue

from geodata.errors import DomainError
from geodata.ids import uuid7
from gridmgmt.events import deliveries, jobs, outbox, parked
from gridmgmt.events.models import Delivery, OutboxEvent
from gridmgmt.events.relay import Relay
from gridmgmt.health import outbox_figures

pytestmark = pytest.mark.django_db
SEEN: list[tuple[str, dict[str, Any]]] = []
NAME = "tests.events.test_deliveries"
STREET = "009901001"


def note(event_id: str, payload: dict[str, Any]) -> None:
    SEEN.append((event_id, payload))


def poison(_event_id: str, payload: dict[str, Any]) -> None:
    if payload["n"] == 0:
        raise ValueError("王小明 13800000000")
    SEEN.append((_event_id, payload))


def redis_gone(_event_id: str, _payload: dict[str, Any]) -> None:
    raise redis.ConnectionError


@pytest.fixture(autouse=True)
def _consumer(settings) -> None:
    SEEN.clear()
    settings.EVENT_JOBS = {"x": [f"{NAME}.note"], "bad": [f"photos:{NAME}.poison"]}


def tell(topic: str, count: int = 1) -> None:
    with transaction.atomic():
        for number in range(count):
            outbox.append(topic=topic, cell_code=f"{STREET}001001", payload={"n": number})


def all_due_now() -> None:
    Delivery.objects.update(next_at=timezone.now() - timedelta(seconds=1))


def test_documents_give_way_to_files_that_somebody_waits_for(fresh_redis: redis.Redis, settings: Any) -> None:
    settings.EVENT_JOBS = {"paper": [f"documents:{NAME}.note"], "file": [f"exports:{NAME}.note"]}
    tell("paper", 3)
    Relay(fresh_redis).drain()
    assert jobs.work_off("documents") == 3
    tell("paper", 3)
    tell("file")
    Relay(fresh_redis).drain()
    Queue("documents", connection=fresh_redis).empty()
    assert jobs.work_off("documents") == 1
    assert Queue("documents", connection=fresh_redis).count == 1  # it goes on when the file is made
    assert jobs.work_off("exports") == 1
    assert jobs.work_off("documents") == 2


def test_publishing_notes_what_is_owed_and_wakes_one_worker_for_many(fresh_redis: redis.Redis) -> None:
    tell("x", 50)
    tell("nobody")
    Relay(fresh_redis).drain()
    assert Delivery.objects.count() == 50
    assert Queue("default", connection=fresh_redis).count == 1
    assert jobs.work_off("default") == 50
    assert [payload["n"] for _, payload in SEEN] == list(range(50))
    assert jobs.work_off("default") == 0


def test_an_event_published_twice_is_owed_once(fresh_redis: redis.Redis) -> None:
    tell("x")
    for _ in range(2):
        OutboxEvent.objects.update(published_at=None)
        Relay(fresh_redis).drain()
    assert Delivery.objects.count() == 1


def test_what_redis_forgot_is_woken_again(fresh_redis: redis.Redis) -> None:
    tell("x", 3)
    Relay(fresh_redis).drain()
    fresh_redis.flushall()
    assert jobs.sweep(fresh_redis) == 1
    for _ in range(5):
        jobs.sweep(fresh_redis)
    assert Queue("default", connection=fresh_redis).count == jobs.MOST_WAITING


def test_poison_is_parked_after_five_tries_and_the_rest_flows(fresh_redis: redis.Redis) -> None:
    tell("bad", 4)
    Relay(fresh_redis).drain()
    assert jobs.work_off("photos") == 4
    assert len(SEEN) == 3, "the rest flows at once"
    for _ in range(8):
        all_due_now()
        jobs.work_off("photos")
    bad = Delivery.objects.get(done_at=None)
    assert (bad.attempts, bad.error) == (5, "ValueError")
    assert bad.parked_at is not None
    assert "13800000000" not in str(Delivery.objects.values())


def test_a_failed_try_waits_longer_each_time_with_jitter() -> None:
    middle = [deliveries.pause_s("default", n, lambda: 0.5) for n in range(1, 5)]
    assert middle == [2, 8, 32, 128]
    assert deliveries.pause_s("default", 1, lambda: 0.0) == 1
    assert deliveries.pause_s("default", 1, lambda: 1.0) == 3
    assert deliveries.pause_s("webhooks", 1, lambda: 0.5) == 30


def test_what_kills_its_worker_every_time_is_parked_too(fresh_redis: redis.Redis) -> None:
    tell("x")
    Relay(fresh_redis).drain()
    for _ in range(5):
        taken = deliveries.take("default")
        assert taken is not None
        deliveries.release(taken.id)  # the worker died: its lock went with it, nothing was written
        all_due_now()
    assert deliveries.take("default") is None
    assert Delivery.objects.get().error == deliveries.INTERRUPTED
    assert Delivery.objects.get().parked_at is not None


def test_while_a_server_of_ours_is_away_no_try_is_counted(fresh_redis: redis.Redis, settings) -> None:
    settings.EVENT_JOBS = {"x": [f"{NAME}.redis_gone"]}
    tell("x")
    Relay(fresh_redis).drain()
    with pytest.raises(redis.ConnectionError):
        jobs.work_off("default")
    assert (Delivery.objects.get().attempts, Delivery.objects.get().parked_at) == (0, None)


def park(count: int = 2) -> list[int]:
    tell("x", count)
    now = timezone.now()
    OutboxEvent.objects.update(published_at=now)
    return [
        Delivery.objects.create(
            event=event, consumer=f"{NAME}.note", queue="default", attempts=5, parked_at=now, error="X"
        ).pk
        for event in OutboxEvent.objects.all()
    ]


def test_parked_things_are_seen_tried_again_and_discarded_only_with_a_reason(fresh_redis) -> None:
    first, second = park()
    assert [one.id for one in parked.parked([STREET])] == [second, first]
    assert parked.parked(["009901002"]) == []
    assert parked.retry(kind=parked.DELIVERY, ids=[first], prefixes=["009901002"]) == 0
    assert parked.retry(kind=parked.DELIVERY, ids=[first], prefixes=[STREET]) == 1
    assert jobs.work_off("default") == 1
    with pytest.raises(DomainError, match="discard_needs_reason"):
        parked.discard(
            kind=parked.DELIVERY, ids=[second], prefixes=[""], by=uuid7(), at=timezone.now(), reason=" "
        )
    parked.discard(
        kind=parked.DELIVERY, ids=[second], prefixes=[""], by=uuid7(), at=timezone.now(), reason="系统已停用"
    )
    assert parked.parked([""]) == []
    assert [one.reason for one in parked.parked([""], discarded=True)] == ["系统已停用"]
    assert parked.retry(kind=parked.DELIVERY, ids=[second], prefixes=[""]) == 0, "discarded is for good"


def test_a_parked_event_is_published_after_all(fresh_redis: redis.Redis) -> None:
    tell("x")
    OutboxEvent.objects.update(attempts=5, parked_at=timezone.now(), error="DataError")
    assert Relay(fresh_redis).drain() == 0
    key = OutboxEvent.objects.get().pk
    assert parked.retry(kind=parked.EVENT, ids=[key], prefixes=[""]) == 1
    assert Relay(fresh_redis).drain() == 1


def test_pruning_keeps_what_is_owed_parked_or_discarded(fresh_redis: redis.Redis) -> None:
    kept, done = park()
    old = timezone.now() - timedelta(days=8)
    OutboxEvent.objects.update(created_at=old, published_at=old)
    Delivery.objects.filter(pk=done).update(parked_at=None, done_at=old)
    assert outbox.prune(timezone.now()) == 1
    assert list(Delivery.objects.values_list("pk", flat=True)) == [kept]


def test_health_tells_how_long_the_oldest_has_waited(fresh_redis: redis.Redis) -> None:
    assert outbox_figures() == {"oldest_s": 0.0, "parked": 0}
    tell("x")
    OutboxEvent.objects.update(created_at=timezone.now() - timedelta(seconds=90))
    assert 89 < float(str(outbox_figures()["oldest_s"])) < 95


def test_two_workers_never_hold_the_same_delivery(fresh_redis: redis.Redis) -> None:
    tell("x")
    Relay(fresh_redis).drain()
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_lock(%s, %s)", [deliveries.LOCK_CLASS, Delivery.objects.get().pk]
            )
        assert deliveries.take("default") is None
    finally:
        other.close()
    assert deliveries.take("default") is not None
