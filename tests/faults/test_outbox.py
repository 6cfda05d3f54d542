"""F05, F07, F08, F30: whatever dies between an event and its effect, the effect happens, once; poison stops nobody.

Short here; `GRID_BATTERY=1 ./grid test -n0 -s tests/faults/test_outbox.py` runs the full numbers and prints the figures.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import redis
from django.db import connection, transaction
from django.utils import timezone

from gridmgmt.events import jobs, link, outbox, parked
from gridmgmt.events.hub import Hub
from gridmgmt.events.models import Delivery, OutboxEvent
from gridmgmt.events.relay import Relay, Waiting
from gridmgmt.ops.layout import ROOT
from tests.events.test_hub import NAME as FEED
from tests.events.test_hub import Ear, with_hub
from tests.faults.effects import TABLES, run
from tests.redis_server import RedisServer, _forget_clients

LONG = os.environ.get("GRID_BATTERY") == "1"
KILL_POINTS = 30 if LONG else 5
CRASHES = 50 if LONG else 10
JOBS = 500
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
pytestmark = [
    pytest.mark.faults,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(2400 if LONG else 600),
]


class Worker:
    """An RQ worker of the platform, started again like the supervisor does."""

    def __init__(self, redis_url: str) -> None:
        parts = urlsplit(os.environ["DATABASE_URL"])
        database = urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}"))
        self.env = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.faults.outbox_settings", "DATABASE_URL": database,
            "REDIS_URL": redis_url, "GRID_PROCESS": "worker",
        }  # fmt: skip
        self.child: subprocess.Popen[bytes] | None = None

    def command(self, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", *words], env=self.env, cwd=ROOT, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def keep(self) -> None:
        if self.child is None or self.child.poll() is not None:
            self.child = self.command("django", "rqworker", "default")

    def kill(self) -> None:
        if self.child is not None and self.child.poll() is None:
            os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()


@pytest.fixture
def worker(fresh_redis: redis.Redis, redis_server: RedisServer, settings) -> Iterator[Worker]:
    settings.EVENT_JOBS = {"fault": ["tests.faults.effects.count"]}
    run(TABLES)
    found = Worker(redis_server.url)
    yield found
    found.kill()
    # Horses of killed workers are groups of their own.
    for (pid,) in run("SELECT DISTINCT pid FROM fault_start"):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    run("DROP TABLE fault_start, fault_effect")


def tell(*payloads: dict[str, Any]) -> None:
    with transaction.atomic():
        for payload in payloads:
            outbox.append(topic="fault", cell_code="009901001001001", payload=payload)


def effects() -> int:
    return int(run("SELECT count(*) FROM fault_effect")[0][0])


def platform(worker: Worker) -> None:
    """One look of everything that a running platform does by itself."""
    worker.keep()
    try:
        Relay(link.client()).drain()
        jobs.sweep(link.client())
    except link.AWAY:
        _forget_clients()


def until(condition: Callable[[], bool], worker: Worker, patience_s: float) -> float:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < patience_s
        platform(worker)
        time.sleep(0.1)
    return time.monotonic() - began


def test_f05_redis_killed_with_500_jobs_and_its_data(worker: Worker, redis_server: RedisServer) -> None:
    tell(*({"n": n, "pause": 0.002} for n in range(JOBS)))
    until(lambda: effects() > 20, worker, 60)
    redis_server.kill()
    before = effects()
    time.sleep(1)
    redis_server.start()  # without persistence: empty
    took = until(lambda: Delivery.objects.filter(done_at__isnull=False).count() == JOBS, worker, 120)
    assert effects() == JOBS
    assert run("SELECT count(*) FROM fault_start")[0][0] == JOBS, "and none was even begun twice"
    print(
        f"\nF05: Redis killed after {before} of {JOBS} effects; all {JOBS} once, {took:.1f} s after it was back"
    )


def test_f07_worker_killed_in_a_job_at_many_points(worker: Worker) -> None:
    span = 0.45
    tell(*({"n": n, "pause": span / 3} for n in range(KILL_POINTS)))
    for point in range(KILL_POINTS):
        begun = "SELECT pid FROM fault_start WHERE n = %s ORDER BY at LIMIT 1"
        until(lambda begun=begun, point=point: bool(run(begun, [point])), worker, 90)
        time.sleep(span * point / KILL_POINTS)
        horse = run(begun, [point])[0][0]
        worker.kill()
        with suppress(ProcessLookupError):
            os.kill(horse, signal.SIGKILL)
    took = until(lambda: Delivery.objects.filter(done_at=None).count() == 0, worker, 60)
    starts = run("SELECT count(*) FROM fault_start")[0][0]
    assert run("SELECT n, count(*) FROM fault_effect GROUP BY n HAVING count(*) <> 1") == []
    assert effects() == KILL_POINTS
    print(f"\nF07: {KILL_POINTS} kills, {starts} starts, {effects()} effects; recovered in {took:.1f} s")


def test_f08_crash_between_commit_and_wake_up(worker: Worker) -> None:
    crashed = worker.command("tests.faults.crashes", str(CRASHES))
    assert crashed.wait(timeout=300) == 0
    assert OutboxEvent.objects.count() == CRASHES
    took = until(lambda: Delivery.objects.filter(done_at__isnull=False).count() == CRASHES, worker, 60)
    assert effects() == CRASHES
    assert parked.backlog(timezone.now()).oldest_s == 0
    print(f"\nF08: {CRASHES} crashes between commit and wake-up, lost 0, outbox empty {took:.1f} s later")


def test_f30_poison_is_parked_after_five_tries_and_the_rest_flows(worker: Worker) -> None:
    tell({"n": 0, "poison": "raise"}, {"n": 1, "poison": "die"}, *({"n": n} for n in range(2, 22)))

    def hurry() -> bool:
        Delivery.objects.filter(done_at=None, parked_at=None, attempts__gt=0).update(next_at=LONG_AGO)
        return parked.count([""]) == 2

    took = until(lambda: effects() == 20, worker, 60)
    until(hurry, worker, 120)
    rows = {(row.payload["n"], row.error, row.attempts) for row in parked.parked([""])}
    assert rows == {(0, "ValueError", 5), (1, "interrupted", 5)}
    assert run("SELECT n, count(*) FROM fault_start WHERE n < 2 GROUP BY n ORDER BY n") == [(0, 5), (1, 5)]
    print(f"\nF30: 2 poisoned of 22 parked after 5 tries each; the other 20 delivered in {took:.1f} s")


def listening(name: str, done: threading.Event, heard: list[str]) -> threading.Thread:
    """A hub with one listener in a loop of its own; what it heard is in ``heard`` when it ends."""

    async def play(hub: Hub) -> None:
        ear = Ear(hub)
        await ear.until("hello", 20)
        heard.append("hello")
        while not done.is_set():
            await asyncio.sleep(0.05)
        heard[0] = ear.text

    thread = threading.Thread(target=with_hub, args=(play,), daemon=True)
    thread.start()
    return thread


def test_f30_poison_in_a_job_the_outbox_and_the_stream_at_once(
    worker: Worker, fresh_redis: redis.Redis, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The long form waits for the real pauses between tries; the short one hurries them."""
    settings.FEED_STREAM = FEED
    whole = Relay.publish

    def refusing(self: Relay, rows: list[Waiting]) -> dict[int, str]:
        refused = {row.id: "DataError" for row in rows if '"refuse"' in row.payload}
        return whole(self, [row for row in rows if row.id not in refused]) | refused

    monkeypatch.setattr(Relay, "publish", refusing)
    done, heard = threading.Event(), []
    ear = listening(FEED, done, heard)
    until(lambda: bool(heard), worker, 30)
    relay = Relay(link.client())
    tell(
        {"n": 0, "poison": "raise"},
        {"n": 1, "poison": "die"},
        {"n": 2, "refuse": 1},
        *({"n": n} for n in range(3, 23)),
    )
    began, sent = time.monotonic(), 23
    while parked.count([""]) < 3:
        assert (
            time.monotonic() - began < 1500
        )  # what kills its worker is parked after a fifth pause of 4 to 13 minutes
        for entry in (
            {"topic": "fault", "payload": "{"},
            {"payload": "{}"},
            {"topic": "fault", "payload": "[]"},
        ):
            fresh_redis.xadd(FEED, entry)
        tell({"n": sent})
        sent += 1
        if not LONG:
            relay.later.clear()
            Delivery.objects.filter(done_at=None, parked_at=None, attempts__gt=0).update(next_at=LONG_AGO)
        worker.keep()
        relay.drain()
        jobs.sweep(link.client())
        time.sleep(1 if LONG else 0.2)
    took = time.monotonic() - began
    until(lambda: effects() == sent - 3, worker, 60)
    done.set()
    ear.join(20)
    numbers = [int(n) for n in re.findall(r'"n": ?(\d+)', heard[0])]
    assert sorted(numbers) == [n for n in range(sent) if n != 2], (
        "each readable event once, in spite of the others"
    )
    found = {(row.payload["n"], row.error, row.attempts) for row in parked.parked([""])}
    assert found == {(0, "ValueError", 5), (1, "interrupted", 5), (2, "DataError", 5)}
    rest = f"the other {sent - 3} delivered"
    print(f"\nF30: poison in job, outbox and stream: 3 parked after 5 tries each in {took:.0f} s; {rest}")
