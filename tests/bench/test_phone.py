"""The bench of phones finds what it must find, and its phones keep the rules of the phone's queue."""

from __future__ import annotations

import hashlib
import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from gridmgmt.ops.frontend import find_node
from gridmgmt.ops.layout import ROOT, Layout
from gridmgmt.ops.shell import capture
from tests.bench import phone
from tests.bench.phones import judging
from tests.bench.phones.held import file_sum
from tests.bench.phones.judging import Answers, Kept, Row
from tests.bench.phones.picture import photo
from tests.bench.phones.platform import PLAYER
from tests.bench.phones.relay import relayed

AT = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
SENT = [{"id": "r1", "device": "d1", "photos": [{"id": "p1", "sha256": "aa"}]}]


def row(**changes: Any) -> Row:
    values = {
        "id": "r1", "case": "c1", "device": "d1", "captured_at": AT, "received_at": AT, "flags": frozenset(),
        "begins": (AT, None),
    }  # fmt: skip
    return Row(**(values | changes))


def kept(**changes: Any) -> Kept:
    return Kept(
        **({"id": "p1", "report": "r1", "sha256": "aa", "state": "stored", "file_sha256": "aa"} | changes)
    )


def test_what_arrived_as_it_was_sent_is_no_finding() -> None:
    assert judging.lost_and_doubled(SENT, [row()], [kept()]) == []


@pytest.mark.parametrize(
    ("rows", "photos", "finding"),
    [
        ([], [kept()], "report r1 lost"),
        ([row(), row(id="r2", case="c2")], [kept()], "report r2 was never sent"),
        ([row(), row(id="r2")], [kept()], "case c1 of 2 reports"),
        ([row(device="d2")], [kept()], "report r1 by another phone"),
        ([row()], [], "photo p1 lost"),
        ([row()], [kept(), kept(id="p2")], "photo p2 was never sent"),
        ([row()], [kept(state="expected")], "photo p1 is expected"),
        ([row()], [kept(file_sha256="bb")], "photo p1 is another"),
        ([row()], [kept(file_sha256="")], "photo p1 is another"),
        ([row()], [kept(sha256="bb")], "photo p1 is another"),
        ([row()], [kept(report="r2")], "photo p1 is another"),
    ],
)
def test_every_loss_and_every_double_is_found(rows: list[Row], photos: list[Kept], finding: str) -> None:
    assert finding in judging.lost_and_doubled(SENT, rows, photos)


@pytest.mark.parametrize(
    ("changes", "right"),
    [
        ({}, True),
        ({"begins": (AT - timedelta(milliseconds=1),)}, False),
        ({"captured_at": AT + timedelta(days=2)}, False),
        ({"captured_at": AT + timedelta(days=2), "flags": frozenset({"clock_ahead", "outside_cells"})}, True),
        ({"captured_at": AT - timedelta(days=7)}, False),
        ({"captured_at": AT - timedelta(days=7), "flags": frozenset({"late"})}, True),
        ({"flags": frozenset({"late"})}, False),
    ],
)
def test_clocks_and_flags_are_held_against_what_the_phone_said(changes: dict[str, Any], right: bool) -> None:
    assert (judging.wrong_clocks([row(**changes)]) == []) is right


def answers(*seen: tuple[int, str | None]) -> Answers:
    return Answers([{"status": status, "retry": retry, "code": "x"} for status, retry in seen])


def test_a_fault_is_a_5xx_that_does_not_say_when_to_come_again() -> None:
    found = answers((200, None), (503, "5"), (503, None), (500, None), (429, "3"), (429, None), (0, None))
    assert (found.faults, found.told_nothing, found.count(0), found.count(429)) == (2, 2, 1, 2)
    assert found.words().startswith("2 × 503 x, 2 × 429 x")


def test_scatter_is_judged_by_the_commonest_wait() -> None:
    assert answers(*[(429, "5")] * 19).commonest(429) is None
    assert answers(*[(429, "5")] * 30, *[(429, "6")] * 10).commonest(429) == 0.75


def test_the_week_is_told_by_a_clock_that_is_wrong_and_jumps() -> None:
    told = [datetime.fromisoformat(one) for one in phone.captured(AT, 100, 20)]
    assert told[0] == AT - timedelta(days=10)
    assert told[20] - told[19] > timedelta(days=5)
    assert any(one > AT + timedelta(days=1) for one in told)
    assert min(told[60:80]) < max(told[20:40])


def test_a_loaded_machine_is_named_in_every_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.getloadavg", lambda: (7.4, 1, 1))
    assert "loaded machine (load 7)" in phone.noted(phone.none("x", 0), phone.busy()).note
    monkeypatch.setattr("os.getloadavg", lambda: (1.9, 1, 1))
    assert phone.noted(phone.none("x", 0), phone.busy()).note == "goal: 0"


def test_the_photo_has_the_size_it_should_have() -> None:
    assert abs(len(photo(500_000)) - 500_000) <= 25_000


def test_a_relay_counts_what_comes_down(server: Server) -> None:
    with relayed(server.port) as relay:
        line = http.client.HTTPConnection("127.0.0.1", relay.port, timeout=10)
        line.request("GET", "/m/")
        body = line.getresponse().read()
        line.close()
        assert len(body) == PAGE_BYTES
        assert PAGE_BYTES < relay.taken < PAGE_BYTES + 400


def test_the_sum_of_a_file_that_is_not_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    assert file_sum(tmp_path, "a") == hashlib.sha256(b"x").hexdigest()
    assert file_sum(tmp_path, "b") == file_sum(tmp_path, "") == ""


PAGE_BYTES = 5000


class Server(ThreadingHTTPServer):
    """Takes reports and photos as the platform does; refuses each phone's first report with 429."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.port = self.server_address[1]
        self.seen: list[tuple[float, str, str]] = []
        self.bodies: dict[str, list[str]] = {}
        self.wanted: dict[str, str] = {}

    def answer(self, path: str, token: str, body: bytes) -> tuple[int, dict[str, Any], dict[str, str]]:
        self.seen.append((time.monotonic(), token, path))
        kind, name = path.split("/")[3:5]
        if kind == "device":
            return 204, {}, {}
        first = sum(held == token for _at, held, _path in self.seen) == 1
        if kind == "reports" and first:
            return 429, {"code": "crowded"}, {"Retry-After": "3"}
        self.bodies.setdefault(name, []).append(hashlib.sha256(body).hexdigest())
        if kind == "reports":
            photos = {one["id"]: one["sha256"] for one in json.loads(body)["photos"]}
            self.wanted |= photos
            return 201, {"report": name, "photos": dict.fromkeys(photos, "missing")}, {}
        return 200, {"photo": name, "missing": []}, {}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        self.say(200, b"x" * PAGE_BYTES, {})

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status, told, headers = self.server.answer(self.path, self.headers["Authorization"], body)
        self.say(status, b"" if status == 204 else json.dumps(told).encode(), headers)

    def say(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        about = (
            {} if status == 204 else {"Content-Type": "application/json", "Content-Length": str(len(body))}
        )
        for name, value in (about | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        """Nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server()
    thread = threading.Thread(target=found.serve_forever, daemon=True)
    thread.start()
    yield found
    found.shutdown()
    found.server_close()
    thread.join(10)


def test_its_phones_keep_the_rules_of_the_phone(server: Server, tmp_path: Path) -> None:
    picture, asked, told = (tmp_path / name for name in ("a.jpg", "plan.json", "told.json"))
    picture.write_bytes(photo(200_000))
    plan = {
        "origin": f"http://127.0.0.1:{server.port}", "points": [[114.0, 20.5]], "picture": str(picture), "within_s": 0.2,
        "most_s": 60, "page": "/m/", "reports": 2, "photos": 1,
        "devices": [{"device": f"d{n}", "token": f"t{n}"} for n in range(3)],
    }  # fmt: skip
    asked.write_text(json.dumps(plan))
    node = find_node(Layout(ROOT, ROOT / "var"))
    done = capture([*node, "--import", "./tests/phone/resolve.mjs", PLAYER, str(asked), str(told)], cwd=ROOT)
    assert done.returncode == 0, done.stdout
    found = json.loads(told.read_text())
    assert found["left"] == []
    assert {one["status"] for one in found["page"]} == {200}
    sums = [one["sha256"] for report in found["reports"] for one in report["photos"]]
    assert len(set(sums)) == len(sums) == 6
    assert {name: [value] for name, value in server.wanted.items()} == {
        name: server.bodies[name] for name in server.wanted
    }, "each photo came once, with the bytes announced"
    assert all(len(bodies) == 1 for bodies in server.bodies.values())
    assert Counter(one["status"] for one in found["answers"]) == {201: 6, 200: 6, 429: 3, 204: 3}
    assert {one["retry"] for one in found["answers"] if one["status"] == 429} == {"3"}
    for token in {held for _at, held, _path in server.seen}:
        times = [at for at, held, path in server.seen if held == token and "/device/" not in path]
        assert times[1] - times[0] >= 3, "not before Retry-After"
        assert len(times) == 5
