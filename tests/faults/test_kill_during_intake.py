"""P1, P5, P6 (F03, F06): whatever is killed or frozen while reports come in, every acknowledged report is there, once,
with its bytes.

Short here; `GRID_BATTERY=1 ./grid test -n0 -s tests/faults/test_kill_during_intake.py` runs the full numbers.
"""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import os
import random
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from PIL import Image

from geodata.ids import uuid7
from gridmgmt.ops.layout import ROOT, Layout
from tests.stack import Stack, wait_for
from tests.world import AT, ORIGIN, PASSWORD, STEP

LONG = os.environ.get("GRID_BATTERY") == "1"
pytestmark = [pytest.mark.faults, pytest.mark.timeout(1800 if LONG else 400)]
PHONES = 4
REPORTS_EACH = 40
KILLS = ("web", "redis", "postgres", "worker", "scheduler", "postgres", "web")
POSTGRES_KILLS = 20 if LONG else 2
BACK_WITHIN_S = 10
FROZEN_S = 60 if LONG else 5
ANSWERED_WITHIN_S = 1.0
BUILD_WORLD = "from tests.world import build; build()"


class Watched(Stack):
    """A stack that remembers everything that was sent to it."""

    def __init__(self, place: Layout) -> None:
        super().__init__(place)
        self.phones: list[Phone] = []

    def phone(self, token: str, reports: int) -> Phone:
        self.phones.append(Phone(len(self.phones), self.port, token, reports))
        return self.phones[-1]


@pytest.fixture(scope="module")
def stack() -> Iterator[Watched]:
    with pytest.MonkeyPatch.context() as patched:
        for name in ("DATABASE_URL", "REDIS_URL", "GRID_VAR", "GRID_SECRETS"):
            patched.delenv(name, raising=False)
        folder = Path(tempfile.mkdtemp(prefix="grid-faults-", dir="/var/tmp"))
        folder.chmod(0o755)
        found = Watched(Layout(ROOT, folder))
        started = found.up("--detach")
        assert started.returncode == 0, started.stdout
        built = found.grid("manage", "shell", "-v0", "-c", BUILD_WORLD)
        assert built.returncode == 0, built.stdout
        yield found
        found.grid("down")
        shutil.rmtree(folder)


def send(port: int, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    """One request on a connection of its own; status 0 when the line broke."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    try:
        line.request(method, path, body, headers)
        answer = line.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        line.close()


def sign_in(port: int) -> str:
    body = json.dumps({"username": "worker", "password": PASSWORD, "device_name": "test"}).encode()
    status, answer = send(port, "POST", "/api/v1/login", body, {"Content-Type": "application/json"})
    assert status in (200, 201), answer
    return json.loads(answer)["token"]


class Phone(threading.Thread):
    """Sends frozen reports with a photo each fifth time, again and again until each is acknowledged."""

    def __init__(self, number: int, port: int, token: str, reports: int) -> None:
        super().__init__(daemon=True)
        self.port, self.reports = port, reports
        self.enough = threading.Event()
        self.random = random.Random(number)
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.acknowledged: dict[UUID, str] = {}
        self.photos: dict[UUID, str] = {}
        self.tries = 0
        self.refused: list[tuple[int, bytes]] = []

    def run(self) -> None:
        for number in range(self.reports):
            if self.enough.is_set():
                return
            photo = picture(self.random) if number % 5 == 0 else None
            self.deliver(photo)

    def deliver(self, photo: bytes | None) -> None:
        report_id, photo_id = uuid7(), uuid7()
        declared = [{"id": str(photo_id), "sha256": hashlib.sha256(photo).hexdigest()}] if photo else []
        x = ORIGIN[0] + self.random.random() * 4 * STEP
        y = ORIGIN[1] - self.random.random() * 4 * STEP
        body = json.dumps(
            {
                "category": "E0110", "captured_at": AT.isoformat(), "text": f"{report_id}", "photos": declared,
                "point": {"x": x, "y": y, "datum": "wgs84", "accuracy_m": 5.0},
            }
        ).encode()  # fmt: skip
        if self.until_kept(f"/api/v1/reports/{report_id}", body, self.headers):
            self.acknowledged[report_id] = hashlib.sha256(body).hexdigest()
        if photo and self.until_kept(
            f"/api/v1/photos/{photo_id}", photo, {**self.headers, "Content-Type": "image/jpeg"}
        ):
            self.photos[photo_id] = hashlib.sha256(photo).hexdigest()

    def until_kept(self, path: str, body: bytes, headers: dict[str, str]) -> bool:
        end = time.monotonic() + 120
        while time.monotonic() < end:
            self.tries += 1
            status, answer = send(self.port, "PUT", path, body, headers)
            if status in (200, 201):
                return True
            if 400 <= status < 500 and status not in (408, 429):
                self.refused.append((status, answer[:200]))
                return False
            time.sleep(0.2 + self.random.random() * 0.3)
        self.refused.append((0, b"two minutes without an answer"))
        return False


def picture(chance: random.Random) -> bytes:
    image = Image.new(
        "RGB", (320, 240), (chance.randrange(256), chance.randrange(256), chance.randrange(256))
    )
    out = io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()


def rows(url: str, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(sql).fetchall()  # type: ignore[arg-type]


CHECKS = {
    "one case per report": "SELECT case_id FROM cases_report GROUP BY 1 HAVING count(*) > 1",
    "numbers once": "SELECT number FROM cases_case GROUP BY 1 HAVING count(*) > 1",
    "cases without report": "SELECT id FROM cases_case c WHERE NOT EXISTS (SELECT FROM cases_report r WHERE r.case_id = c.id)",
    "history gapless": "SELECT case_id FROM cases_casehistory GROUP BY 1 HAVING min(seq) <> 1 OR max(seq) <> count(*)",
    "history head is the stage": """SELECT c.id FROM cases_case c JOIN LATERAL (SELECT to_stage FROM cases_casehistory h
        WHERE h.case_id = c.id ORDER BY seq DESC LIMIT 1) x ON x.to_stage <> c.stage""",
    "one event per report": """SELECT payload->>'case' FROM events_outboxevent WHERE topic = 'case.reported'
        GROUP BY 1 HAVING count(*) > 1""",
    "complete exactly when all photos are stored": """SELECT c.id FROM cases_case c WHERE c.complete <> NOT EXISTS (
        SELECT FROM cases_photo p WHERE p.case_id = c.id AND p.state <> 'stored')""",
}


def test_nothing_acknowledged_is_lost_or_doubled_whatever_is_killed(stack: Watched) -> None:
    token = sign_in(stack.port)
    phones = [stack.phone(token, REPORTS_EACH) for _ in range(PHONES)]
    for phone in phones:
        phone.start()
    for name in KILLS:
        time.sleep(1.5)
        pid = stack.pid(name)
        if pid:
            os.kill(pid, signal.SIGKILL)
        wait_for(lambda name=name, pid=pid: stack.pid(name) not in {None, pid})
    finish(stack, phones)
    assert sum(len(phone.acknowledged) for phone in phones) == PHONES * REPORTS_EACH
    print(f"{len(KILLS)} kills; lost 0, doubled 0")


def test_f03_postgresql_killed_with_all_its_processes_again_and_again(stack: Watched) -> None:
    """The web processes live on and find it again by themselves."""
    token, web = sign_in(stack.port), stack.pid("web")
    phones = [stack.phone(token, 100_000) for _ in range(PHONES)]
    for phone in phones:
        phone.start()
    longest = 0.0
    for kill in range(POSTGRES_KILLS):
        time.sleep(0.5 + kill % 7 * 0.2)
        pid = stack.pid("postgres")
        assert pid is not None
        kill_tree(pid)
        wait_for(lambda: answers(stack.database_url()))
        before = [len(phone.acknowledged) for phone in phones]
        longest = max(
            longest,
            wait_for(
                lambda before=before: [len(phone.acknowledged) for phone in phones] != before, BACK_WITHIN_S
            ),
        )
    for phone in phones:
        phone.enough.set()
    finish(stack, phones)
    assert stack.pid("web") == web
    sent = sum(len(phone.acknowledged) for phone in phones)
    print(
        f"\nF03: PostgreSQL killed {POSTGRES_KILLS} times under {sent} reports; lost 0, doubled 0; "
        f"taken again {longest:.1f} s after it answered at the latest"
    )


def test_f06_reports_are_answered_at_once_while_redis_stands_still(stack: Watched) -> None:
    """No Redis on the way of an answer: neither of a report nor of a photo."""
    phone = stack.phone(sign_in(stack.port), 1)
    phone.deliver(None)
    redis_pid = stack.pid("redis")
    assert redis_pid is not None
    slowest, number, end = 0.0, 0, time.monotonic() + FROZEN_S
    os.kill(redis_pid, signal.SIGSTOP)
    try:
        while time.monotonic() < end:
            number += 1
            tries, begun = phone.tries, time.monotonic()
            phone.deliver(picture(phone.random) if number % 5 == 0 else None)
            assert phone.tries - tries == (2 if number % 5 == 0 else 1), "at the first try"
            slowest = max(slowest, (time.monotonic() - begun) / (phone.tries - tries))
            time.sleep(0.05)
    finally:
        os.kill(redis_pid, signal.SIGCONT)
    assert slowest <= ANSWERED_WITHIN_S
    finish(stack, [])
    print(
        f"\nF06: Redis frozen for {FROZEN_S} s under {number} reports, slowest answer {slowest * 1000:.0f} ms"
    )


def kill_tree(pid: int) -> None:
    """A process and its children, like a machine that loses power."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for one in (pid, *map(int, children)):
        with suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)


def answers(url: str) -> bool:
    """Whether PostgreSQL takes connections."""
    with suppress(psycopg.OperationalError):
        return rows(url, "SELECT 1") == [(1,)]
    return False


def finish(stack: Watched, phones: list[Phone]) -> None:
    """Everything is delivered in the end, nothing was refused, and what the platform holds is what was acknowledged."""
    for phone in phones:
        phone.join(timeout=240)
    assert not any(phone.is_alive() for phone in phones)
    assert [refusal for phone in stack.phones for refusal in phone.refused] == []
    wait_for(lambda: stack.health() == 200, 60)
    check(stack)


def check(stack: Watched) -> None:
    """Journal against database and disk, then the standing invariants, then the outbox."""
    url = stack.database_url()
    acknowledged = {key: value for phone in stack.phones for key, value in phone.acknowledged.items()}
    stored = dict(rows(url, "SELECT id, encode(payload_sha256, 'hex') FROM cases_report"))
    assert stored == acknowledged
    photos = {key: value for phone in stack.phones for key, value in phone.photos.items()}
    kept = rows(url, "SELECT id, encode(sha256, 'hex'), original FROM cases_photo WHERE state = 'stored'")
    assert {key: value for key, value, _path in kept} == photos
    for _key, sha256, original in kept:
        assert hashlib.sha256((stack.place.var / "media" / str(original)).read_bytes()).hexdigest() == sha256
    for name, sql in CHECKS.items():
        assert rows(url, sql) == [], name
    waiting = "SELECT id FROM events_outboxevent WHERE published_at IS NULL"
    wait_for(lambda: rows(url, waiting) == [], 60)
