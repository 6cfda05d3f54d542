"""Over real connections: identical reports at once, photos at once, connections that break."""

from __future__ import annotations

import http.client
import json
import os
import socket
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from geodata.ids import uuid7
from gridmgmt.cases.models import Case, CaseHistory, Photo, Report
from gridmgmt.events.models import OutboxEvent
from tests.mobile_api.conftest import Phone, body, picture
from tests.mobile_api.test_photos import sha

TIMES = 20 if os.environ.get("GRID_BATTERY") == "1" else 5


def send(server, phone: Phone, path: str, data: bytes, kind: str = "application/json") -> tuple[int, dict]:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
    try:
        connection.request("PUT", f"/api/v1/{path}", data, phone.headers | {"content-type": kind})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


@pytest.fixture
def sender(committed_world) -> Phone:
    return Phone(committed_world, "worker")


def test_twenty_identical_reports_at_once_make_one_case_each_time(committed_world, sender, live_server):
    with ThreadPoolExecutor(20) as crowd:
        for _ in range(TIMES):
            raw, path = json.dumps(body(committed_world)).encode(), f"reports/{uuid7()}"
            answers = list(
                crowd.map(lambda _n, raw=raw, path=path: send(live_server, sender, path, raw), range(20))
            )
            assert sorted(status for status, _told in answers) == [200] * 19 + [201]
            assert len({json.dumps(told, sort_keys=True) for _status, told in answers}) == 1
    assert Report.objects.count() == Case.objects.count() == CaseHistory.objects.count() == TIMES
    assert OutboxEvent.objects.filter(topic="case.reported").count() == TIMES


def test_last_photos_at_once_complete_the_case_once(committed_world, sender, live_server):
    pictures = [picture(colour) for colour in ("red", "green", "blue", "white")]
    for _ in range(3):
        ids = sender.announce(committed_world, *pictures)
        with ThreadPoolExecutor(8) as crowd:
            jobs = [(i, data) for i, data in zip(ids, pictures, strict=True) for _twice in range(2)]
            answers = list(
                crowd.map(
                    lambda job: send(live_server, sender, f"photos/{job[0]}", job[1], "image/jpeg"), jobs
                )
            )
        assert {status for status, _told in answers} == {200}
        assert {told["sha256"] for _status, told in answers} == {sha(data) for data in pictures}
    assert not Case.objects.filter(complete=False).exists()
    events = OutboxEvent.objects.filter(topic="photo.stored")
    assert events.count() == 12
    assert sum(event.payload["complete"] for event in events) == 3


def test_photo_number_of_another_report_is_refused_and_nothing_is_written(committed_world, sender):
    photo = {"id": str(uuid7()), "sha256": "ab" * 32}
    sender.report(body(committed_world, photos=[photo]))
    answer = sender.report(body(committed_world, photos=[photo], text="another"))
    assert (answer.status_code, answer.json()["code"]) == (409, "photo_id_taken")
    assert Report.objects.count() == Case.objects.count() == Photo.objects.count() == 1


def test_phone_that_hangs_up_in_the_middle_leaves_nothing_and_sends_again(
    committed_world, sender, live_server, settings
):
    data = picture(size=(600, 400))
    (photo_id,) = sender.announce(committed_world, data)
    address = urlsplit(live_server.url)
    head = (
        f"PUT /api/v1/photos/{photo_id} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: image/jpeg\r\n"
        f"Authorization: {sender.headers['authorization']}\r\nContent-Length: {len(data)}\r\n"
        "Connection: close\r\n\r\n"
    )
    with socket.create_connection((address.hostname, address.port)) as line:
        line.sendall(head.encode() + data[: len(data) // 2])
        line.shutdown(socket.SHUT_WR)
        assert b"photo_truncated" in b"".join(iter(lambda: line.recv(65536), b""))
    assert not list((settings.MEDIA_ROOT / "incoming").iterdir())
    assert send(live_server, sender, f"photos/{photo_id}", data, "image/jpeg")[1]["complete"] is True


@pytest.mark.parametrize(
    ("token", "code"), [("0" * 64, "token_unknown"), ("", "photo_unknown"), (None, "token_missing")]
)
def test_phone_that_sends_much_hears_why_it_is_refused(committed_world, sender, live_server, token, code):
    """Answering before the body is read breaks the connection, and the phone would send for ever."""
    headers = {"content-type": "image/jpeg"}
    if token is not None:
        headers["authorization"] = f"Bearer {token}" if token else sender.headers["authorization"]
    connection = http.client.HTTPConnection(urlsplit(live_server.url).netloc, timeout=60)
    connection.request("PUT", f"/api/v1/photos/{uuid7()}", b"x" * 20_000_000, headers)
    assert json.loads(connection.getresponse().read())["code"] == code
    connection.close()


@pytest.mark.parametrize("path", ["photos", "reports"])
def test_body_without_announced_length_is_refused(committed_world, sender, path):
    headers = sender.headers | {"transfer-encoding": "chunked"}
    answer = sender.client.generic(
        "PUT", f"/api/v1/{path}/{uuid7()}", b"", "application/json", headers=headers, CONTENT_LENGTH=""
    )
    assert (answer.status_code, answer.json()["code"]) == (411, "length_required")
