"""Rows of the outbox: written with their cause, woken after the commit, pruned when old."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
import redis
from django.db import transaction
from django.utils import timezone

from geodata.wire import MOST_UNREAD, forgive, wire
from gridmgmt.events import outbox
from gridmgmt.events.link import woken
from gridmgmt.events.models import OutboxEvent
from tests.redis_server import free_port


def append(**changes: object) -> None:
    values = {"topic": "case.reported", "cell_code": "009901001001001", "payload": {"n": 1}, **changes}
    outbox.append(**values)  # type: ignore[arg-type]


@pytest.mark.django_db(transaction=True)
def test_a_row_outside_a_transaction_is_refused() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        append()


@pytest.mark.django_db(transaction=True)
def test_a_row_vanishes_with_the_transaction_that_caused_it() -> None:
    with transaction.atomic():
        append()
        transaction.set_rollback(True)
    assert not OutboxEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_relay_is_woken_after_the_commit_and_not_before(fresh_redis: redis.Redis) -> None:
    with woken(fresh_redis, outbox.CHANNEL) as wait:
        with transaction.atomic():
            append()
            assert not wait(0.2)
        assert wait(2)


@pytest.mark.django_db
def test_pruning_takes_old_published_rows_only() -> None:
    now = timezone.now()
    old, young = now - timedelta(days=8), now - timedelta(days=6)
    for name, created, published in (
        ("gone", old, old),
        ("waiting", old, None),
        ("young", young, young),
    ):
        OutboxEvent.objects.create(topic=name, created_at=created, published_at=published)
    assert outbox.prune(now, batch=1) == 1
    assert set(OutboxEvent.objects.values_list("topic", flat=True)) == {"waiting", "young"}


@pytest.mark.django_db(transaction=True)
def test_without_redis_the_row_is_written_and_nobody_waits(settings) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    begin = time.monotonic()
    for _ in range(50):
        with transaction.atomic():
            append()
    assert OutboxEvent.objects.count() == 50
    assert time.monotonic() - begin < 5
    forgive()


def test_a_thread_that_only_wakes_leaves_few_answers_unread(fresh_redis: redis.Redis) -> None:
    for _ in range(100):
        outbox.wake()
    assert wire.unread <= MOST_UNREAD
