"""PUT device/queue: what still waits on a phone is known here before it arrives."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from gridmgmt.organisation.models import Device
from tests.mobile_api.conftest import Phone

OLDEST = datetime(2026, 11, 26, 1, 40, tzinfo=UTC)
QUEUE: dict[str, Any] = {
    "last_seq": 41, "waiting": 12, "photos": 5, "refused": 2, "oldest_at": OLDEST.isoformat(), "app": "1.4.0",
    "free_bytes": 90_000_000_000,
}  # fmt: skip


def tell(phone: Phone, **changes: Any) -> Any:
    return phone.put_bytes("device/queue", json.dumps(QUEUE | changes).encode())


def test_the_queue_is_kept_on_the_device_that_told_it(world, phone):
    other = Phone(world, "worker")
    answer = tell(phone)
    assert (answer.status_code, answer.content) == (204, b"")
    row = Device.objects.get(pk=phone.device.pk)
    assert (row.queue_seq, row.waiting, row.waiting_photos, row.refused) == (41, 12, 5, 2)
    assert (row.oldest_at, row.app, row.free_bytes) == (OLDEST, "1.4.0", 90_000_000_000)
    assert row.told_at == row.last_seen_at
    assert Device.objects.get(pk=other.device.pk).told_at is None


def test_each_replaces_the_one_before(world, phone):
    tell(phone)
    assert tell(phone, waiting=0, photos=0, refused=0, oldest_at=None, free_bytes=None).status_code == 204
    row = Device.objects.get(pk=phone.device.pk)
    assert (row.waiting, row.refused, row.oldest_at, row.free_bytes) == (0, 0, None, None)


@pytest.mark.parametrize(
    "changes",
    [
        {"waiting": -1},
        {"waiting": 1.5},
        {"photos": "5"},
        {"oldest_at": "yesterday"},
        {"app": "x" * 41},
        {"colour": 1},
    ],
)
def test_what_no_queue_can_be_is_refused(world, phone, changes):
    assert tell(phone, **changes).status_code == 422
    assert Device.objects.get(pk=phone.device.pk).told_at is None


def test_without_a_token_nobody_tells(world, phone):
    phone.headers = {"accept-language": "en"}
    assert tell(phone).json()["code"] == "token_missing"
