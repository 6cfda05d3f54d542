"""The real processes – feed under uvicorn, scheduler – killed at will: nothing is lost, what may be missing is told."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection, transaction

from gridmgmt.events import outbox
from gridmgmt.events.models import OutboxEvent
from gridmgmt.organisation.models import Grant
from tests.redis_server import RedisServer, free_port
from tests.world import OTHER, STREET, World

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]


def until(true: Callable[[], Any], what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


class Processes:
    """Feed and scheduler on the test database, each in a group of its own."""

    def __init__(self, redis_url: str) -> None:
        at = connection.settings_dict
        secret = f":{at['PASSWORD']}" if at["PASSWORD"] else ""
        address = f"postgresql://{at['USER']}{secret}@{at['HOST']}:{at['PORT']}/{at['NAME']}"
        self.env = {**os.environ, "DATABASE_URL": address, "REDIS_URL": redis_url}
        self.port = free_port()
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.commands = {
            "feed": [
                "uvicorn",
                "--port",
                str(self.port),
                "--log-level",
                "error",
                "gridmgmt.asgi:application",
            ],
            "scheduler": ["django", "scheduler"],
        }

    def start(self, name: str) -> None:
        self.running[name] = subprocess.Popen(
            [sys.executable, "-m", *self.commands[name]],
            env={**self.env, "GRID_PROCESS": name},
            start_new_session=True,
        )

    def kill(self, name: str) -> None:
        child = self.running.pop(name)
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


class Browser:
    """An EventSource: reconnects by itself with the last id it saw, keeps every event."""

    def __init__(self, port: int, session_key: str) -> None:
        self.port, self.session_key = port, session_key
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.last_id = ""
        self.status = 0
        self.done = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while not self.done.is_set():
            try:
                self._read()
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)

    def _read(self) -> None:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Cookie": f"sessionid={self.session_key}"}
        if self.last_id:
            headers["Last-Event-ID"] = self.last_id
        link.request("GET", "/feed/events", headers=headers)
        answer = link.getresponse()
        self.status = answer.status
        if answer.status != 200:
            self.done.set()
            return
        topic = ""
        while raw := answer.readline():
            topic = self._take(raw.decode().rstrip("\n"), topic)

    def _take(self, line: str, topic: str) -> str:
        name, _, value = line.partition(": ")
        if name == "id":
            self.last_id = value
        elif name == "event":
            return value
        elif name == "data":
            self.events.append((topic, json.loads(value)))
        return topic

    def numbers(self) -> list[int]:
        return [data["n"] for topic, data in self.events if topic == "case.stepped"]

    def topics(self) -> set[str]:
        return {topic for topic, _ in self.events}


def signed_in(user: Any) -> str:
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return str(store.session_key)


def happen(numbers: range, pause: float = 0.0) -> None:
    for number in numbers:
        with transaction.atomic():
            outbox.append(topic="case.stepped", cell_code=STREET + "001001", payload={"n": number})
        time.sleep(pause)


@pytest.fixture
def processes(
    committed_world: World, fresh_redis: redis.Redis, redis_server: RedisServer
) -> Iterator[Processes]:
    stack = Processes(redis_server.url)
    for name in stack.commands:
        stack.start(name)
    until(
        lambda: fresh_redis.exists("grid:alive:feed", "grid:alive:scheduler") == 2,
        "feed and scheduler never live",
    )
    yield stack
    for name in list(stack.running):
        stack.kill(name)


def test_what_happened_is_heard_whoever_is_killed(
    committed_world: World, processes: Processes, redis_server: RedisServer
) -> None:
    people = committed_world.people
    leader = Browser(processes.port, signed_in(people["leader"]))
    neighbour = Browser(processes.port, signed_in(people["neighbour_leader"]))
    until(lambda: leader.events and neighbour.events, "no greeting")

    for number in range(3):  # the scheduler dies in the middle of things, three times
        happen(range(number * 20, number * 20 + 20), 0.002)
        processes.kill("scheduler")
        processes.start("scheduler")
    until(lambda: set(leader.numbers()) == set(range(60)), "events lost with the scheduler")

    processes.kill("feed")  # the browser comes back with the last id it saw
    happen(range(60, 80))
    processes.start("feed")
    until(lambda: set(leader.numbers()) == set(range(80)), "events lost with the feed")
    assert "reset" not in leader.topics()

    redis_server.kill()  # with everything in it
    happen(range(80, 100))
    redis_server.start()
    until(lambda: "reset" in leader.topics(), "the loss was not told")
    until(lambda: "reset" in neighbour.topics(), "the loss was not told to the neighbour")
    # What was published before the reset is part of the state a browser reads after it; what comes later is heard.
    until(lambda: not OutboxEvent.objects.filter(published_at=None).exists(), "outbox not emptied")
    happen(range(100, 120))
    until(lambda: set(leader.numbers()) >= set(range(100, 120)), "events after the reset lost")

    assert neighbour.numbers() == []
    with transaction.atomic():
        outbox.append(topic="case.stepped", cell_code=OTHER + "001001", payload={"n": 1000})
    until(lambda: neighbour.numbers() == [1000], "the neighbour's own event did not come")
    assert 1000 not in leader.numbers()

    Session.objects.filter(session_key=leader.session_key).delete()
    until(
        lambda: "closed" in leader.topics() and leader.done.is_set(), "a withdrawn session still listens", 15
    )
    assert leader.status == 401


def test_who_may_not_listen_is_told_why(committed_world: World, processes: Processes) -> None:
    def answer(cookie: str) -> tuple[int, str]:
        link = http.client.HTTPConnection("127.0.0.1", processes.port, timeout=30)
        link.request("GET", "/feed/events", headers={"Cookie": cookie})
        got = link.getresponse()
        return got.status, json.loads(got.read())["code"]

    worker = committed_world.people["worker"]
    key = signed_in(worker)
    Grant.objects.filter(user=worker).delete()
    assert answer("") == (401, "not_signed_in")
    assert answer("sessionid=madeup") == (401, "not_signed_in")
    assert answer(f"sessionid={key}") == (403, "nothing_granted")


def test_an_edit_reaches_the_browsers_of_its_street(committed_world: World, processes: Processes) -> None:
    leader = Browser(processes.port, signed_in(committed_world.people["leader"]))
    neighbour = Browser(processes.port, signed_in(committed_world.people["neighbour_leader"]))
    until(lambda: leader.events and neighbour.events, "no greeting")
    begin = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE geodata_cell SET name = 'x' WHERE id = %s", [committed_world.cells["A"].pk])
    until(lambda: "tiles.changed" in leader.topics(), "the edit was not told")
    assert time.monotonic() - begin < 5
    data = next(data for topic, data in leader.events if topic == "tiles.changed")
    assert data["layers"] == ["cells"]
    west, south, east, north = data["bounds"]
    x, y = committed_world.point("A")
    assert west < x < east
    assert south < y < north
    assert "tiles.changed" not in neighbour.topics()
