"""Rows of the outbox: written with their cause, woken after the commit, pruned when old."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from gridmgmt.events import outbox
from gridmgmt.events.listening import listen
from gridmgmt.events.models import OutboxEvent


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
def test_the_relay_is_woken_after_the_commit_and_not_before() -> None:
    with listen(outbox.CHANNEL) as wait:
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
