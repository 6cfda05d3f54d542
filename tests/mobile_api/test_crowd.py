"""Who stood in line too long is asked to come again, each at another time, and nothing is written."""

from __future__ import annotations

import json
import time

import pytest
from django.test import RequestFactory

from gridmgmt.cases.models import Report
from gridmgmt.middleware import unavailable
from mobile_api import crowd
from tests.mobile_api.conftest import body

KNOWN = "0199c0de-0000-7000-8000-000000000001"
NOW = 1_790_000_000.5


@pytest.mark.parametrize(
    ("method", "path", "waited", "refused"),
    [
        ("put", f"/api/v1/reports/{KNOWN}", 2.5, True),
        ("put", f"/api/v1/reports/{KNOWN}", 1.5, False),
        ("put", f"/api/v1/photos/{KNOWN}", 7.0, False),
        ("patch", f"/api/v1/photos/{KNOWN}", 9.0, True),
        ("put", "/api/v1/device/queue", 9.0, True),
        ("post", f"/api/v1/cases/{KNOWN}/steps", 9.0, True),
        ("put", f"/api/v1/amendments/{KNOWN}", 9.0, True),
        ("get", f"/api/v1/photos/{KNOWN}/upload", 9.0, False),
        ("post", "/api/v1/login", 60.0, False),
        ("get", "/api/v1/tasks", 60.0, False),
        ("post", "/cases/1/step", 60.0, False),
    ],
)
def test_what_comes_again_by_itself_waits_some_seconds_at_most(method, path, waited, refused):
    request = getattr(RequestFactory(), method)(path, HTTP_X_QUEUED_AT=f"{NOW - waited:.3f}")
    assert crowd.too_late(request, NOW) is refused


@pytest.mark.parametrize("header", [{}, {"HTTP_X_QUEUED_AT": ""}, {"HTTP_X_QUEUED_AT": "yesterday"}])
def test_without_a_proxys_word_nobody_is_refused(header):
    assert crowd.too_late(RequestFactory().put(f"/api/v1/reports/{KNOWN}", **header), NOW) is False


@pytest.fixture
def late() -> dict[str, str]:
    return {"x-queued-at": f"{time.time() - 60:.3f}"}


def test_the_phone_is_told_when_to_come_again_and_each_another_time(world, phone, late):
    raw = json.dumps(body(world)).encode()
    answers = [phone.put_bytes(f"reports/{KNOWN}", raw, **late) for _ in range(60)]
    assert {answer.status_code for answer in answers} == {429}
    assert answers[0].json()["code"] == "crowded"
    assert answers[0]["Content-Language"] == "en"
    waits = [int(answer["Retry-After"]) for answer in answers]
    assert min(waits) >= crowd.COME_AGAIN_S[0]
    assert len(set(waits)) > 8
    assert max(waits.count(one) for one in waits) < len(waits) / 3
    assert not Report.objects.exists()
    assert phone.put_bytes(f"reports/{KNOWN}", raw).status_code == 201


def test_a_photo_is_read_to_its_end_so_that_the_phone_hears_the_answer(phone, late, monkeypatch):
    read = []
    monkeypatch.setattr("mobile_api.crowd.drain", read.append)
    assert phone.photo(KNOWN, b"x" * 1000, **late).status_code == 429
    assert len(read) == 1


def test_nor_do_they_come_back_together_when_the_database_was_away():
    waits = {unavailable()["Retry-After"] for _ in range(100)}
    assert len(waits) > 5
    assert min(map(int, waits)) > 3
