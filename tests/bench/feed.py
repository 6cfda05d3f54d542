"""`feed`: from an accepted report to its event at 200 signed-in streams, against a bare ASGI + Redis fan-out."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit
from uuid import uuid4

import django
import redis

from tests.bench.rows import Row
from tests.bench.servers import background, free_port, granian, running, uvicorn
from tests.redis_server import RedisServer

STREAMS, MANY = 200, 500
PER_SECOND = 4.0
EVENTS = {"street": 30, "district": 60, "city": 60}
ROUNDS = {"street": 1, "district": 3, "city": 3}
STORM, STORM_PER_SECOND = 250, 50.0
MARK = re.compile(rb'"mark":"([0-9a-f-]+)"|"case":"([0-9a-f-]+)"')


# Makes something happen; answers its mark and the moment from which the wait counts.
Send = Callable[[], tuple[str, float]]


@dataclass
class Ears:
    """Many open streams in one loop; remembers when each mark arrived at each of them."""

    address: str
    cookies: list[str]
    heard: dict[str, list[float]] = field(default_factory=dict)
    opened: int = 0
    resets: int = 0
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    async def listen(self, cookie: str) -> None:
        """One stream, read until the end."""
        parts = urlsplit(self.address)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=2**20)
        writer.write(
            f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nCookie: {cookie}\r\n\r\n".encode()
        )
        tail = b""
        while chunk := await reader.read(65536):
            now, data = time.perf_counter(), tail + chunk
            self.opened += data.count(b"event: hello")
            self.resets += data.count(b"event: reset")
            end = 0
            for found in MARK.finditer(data):
                self.heard.setdefault((found[1] or found[2]).decode(), []).append(now)
                end = found.end()
            tail = (
                data[max(end, len(data) - 60) :].replace(b"event: hello", b"").replace(b"event: reset", b"")
            )

    async def all(self) -> None:
        await asyncio.gather(*(self.listen(cookie) for cookie in self.cookies), return_exceptions=True)

    def run(self) -> None:
        asyncio.set_event_loop(self.loop)
        with suppress(RuntimeError):  # stopped before the streams ended: that is how a round ends
            self.loop.run_until_complete(self.all())


@contextmanager
def ears(address: str, cookies: list[str]) -> Iterator[Ears]:
    """Streams, open and greeted."""
    listening = Ears(address, cookies)
    thread = Thread(target=listening.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while listening.opened < len(cookies):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{listening.opened} of {len(cookies)} streams opened")
        time.sleep(0.05)
    try:
        yield listening
    finally:
        listening.loop.call_soon_threadsafe(listening.loop.stop)
        thread.join(timeout=5)


@dataclass(frozen=True)
class Heard:
    """What a round measured."""

    p50_ms: float
    p95_ms: float
    delivered: float
    resets: int


def play(listening: Ears, send: Send, count: int, per_second: float) -> Heard:
    """Send marks at a steady pace; ``send`` answers the mark and when it counted as accepted. Waits until all is heard,
    ten seconds at most."""
    sent: dict[str, float] = {}
    begin = time.perf_counter()
    for number in range(count):
        time.sleep(max(0.0, begin + number / per_second - time.perf_counter()))
        mark, at = send()
        sent[mark] = at
    expected = count * len(listening.cookies)
    deadline = time.monotonic() + 10
    while sum(len(listening.heard.get(m, ())) for m in sent) < expected and time.monotonic() < deadline:
        time.sleep(0.05)
    waits = sorted((t - at) * 1000 for mark, at in sent.items() for t in listening.heard.get(mark, ()))
    if not waits:
        raise RuntimeError("nothing was heard")
    return Heard(
        statistics.median(waits), waits[int(len(waits) * 0.95)], len(waits) / expected, listening.resets
    )


def run(scale: str) -> list[Row]:
    """Rows of the bench."""
    with ExitStack() as stack:
        server = RedisServer(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        server.start()
        stack.callback(server.kill)
        os.environ["REDIS_URL"] = server.url
        django.setup()
        from django.conf import settings

        settings.REDIS_URL = server.url
        cookies = [f"{settings.SESSION_COOKIE_NAME}={key}" for key in sessions(MANY)]
        feed, bare, web = free_port(), free_port(), free_port()
        command = uvicorn("gridmgmt.asgi:application", feed, workers=1, lifespan="on")
        stack.enter_context(running(command, feed, GRID_PROCESS="feed", GRID_LOG_LEVEL="ERROR"))
        stack.enter_context(running(uvicorn("tests.bench.feed_peer:app", bare, workers=1), bare))
        command = granian("gridmgmt.wsgi:application", web)
        stack.enter_context(running(command, web, GRID_PROCESS="web", GRID_LOG_LEVEL="ERROR"))
        stack.enter_context(
            background([sys.executable, "-m", "django", "scheduler"], GRID_PROCESS="scheduler")
        )
        ours, theirs = f"http://127.0.0.1:{feed}/feed/events", f"http://127.0.0.1:{bare}/"
        until_relayed(server.client())
        return [
            *fan_out_rows(ours, theirs, cookies, server.client(), scale),
            *report_rows(ours, cookies, web, scale),
            *many_rows(ours, cookies),
        ]


def until_relayed(client: redis.Redis) -> None:
    """Waits for the relay's first work, so that no round pays for its start."""
    outbox_mark()
    deadline = time.monotonic() + 60
    while client.xlen("grid:feed") < 2 and time.monotonic() < deadline:
        time.sleep(0.1)


def sessions(count: int) -> list[str]:
    """Session keys of so many different people who may hear the whole county."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from geodata.models import Area
    from gridmgmt.organisation.models import Grant, Role, User

    county = Area.objects.order_by("level", "code")[0].code
    keys = []
    for number in range(count):
        user, new = User.objects.get_or_create(username=f"bench-feed-{number}", defaults={"name": "bench"})
        if new:
            Grant.objects.create(user=user, role=Role.LEADER, scope_code=county)
        store = SessionStore()
        store[SESSION_KEY] = str(user.pk)
        store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        store[HASH_SESSION_KEY] = user.get_session_auth_hash()
        store.create()
        keys.append(str(store.session_key))
    return keys


def outbox_mark() -> tuple[str, float]:
    """An event through the outbox, accepted when its transaction is on disk."""
    from django.db import transaction

    from gridmgmt.events import outbox

    mark, accepted = str(uuid4()), []
    with transaction.atomic():
        transaction.on_commit(lambda: accepted.append(time.perf_counter()))
        outbox.append(
            topic="case.stepped", cell_code=some_cell(), payload={"mark": mark, "stage": "handling"}
        )
    return mark, accepted[0]


@cache
def some_cell() -> str:
    """A cell's code."""
    from geodata.models import Cell

    return str(Cell.objects.filter(active=True).values_list("code", flat=True)[0])


def fan_out_rows(ours: str, theirs: str, cookies: list[str], client: redis.Redis, scale: str) -> list[Row]:
    """The same pace through the outbox and through bare pub/sub, in turn; the ratio is taken inside each round."""

    def publish() -> tuple[str, float]:
        mark, at = str(uuid4()), time.perf_counter()
        client.publish("bench", json.dumps({"mark": mark, "stage": "handling"}, separators=(",", ":")))
        return mark, at

    def one(address: str, send: Send) -> Heard:
        with ears(address, cookies[:STREAMS]) as listening:
            return play(listening, send, EVENTS[scale], PER_SECOND)

    rounds = [(one(ours, outbox_mark), one(theirs, publish)) for _ in range(ROUNDS[scale])]
    value = statistics.median(a.p95_ms for a, _ in rounds)
    limit = statistics.median(b.p95_ms for _, b in rounds)
    ratio = statistics.median(b.p95_ms / a.p95_ms for a, b in rounds)
    delivered = min(a.delivered for a, _ in rounds) * 100
    with ears(ours, cookies[:STREAMS]) as listening:
        storm = play(listening, outbox_mark, STORM, STORM_PER_SECOND)
    p50 = statistics.median(a.p50_ms for a, _ in rounds)
    pace = f"{STREAMS} streams, {PER_SECOND:g} events/s, from the commit, p50 {p50:.0f} ms"
    return [
        Row("feed", "outbox to stream p95", value, "ms", limit, ratio, f"goal: ratio >= 0.67 (1.5 x bare); {pace}"),
        Row("feed", "delivered", delivered, "%", 100, delivered / 100, f"goal: all; {pace}"),
        Row(
            "feed", "delivered in a storm", storm.delivered * 100, "%", 100, storm.delivered,
            f"{STORM_PER_SECOND:g} events/s, p95 {storm.p95_ms:.0f} ms (at most 5 messages/s each), {storm.resets} resets",
        ),
    ]  # fmt: skip


def report_rows(ours: str, cookies: list[str], web: int, scale: str) -> list[Row]:
    """A phone's report over HTTP until everybody has heard of it."""
    from tests.bench.report import points_file, tokens

    token, _ = tokens()
    file = points_file()
    points = file.read_text().splitlines()
    file.unlink()
    link = http.client.HTTPConnection("127.0.0.1", web, timeout=10)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    turn = iter(range(10**6))

    def report() -> tuple[str, float]:
        body = (
            '{"category":"E0110","source":"worker","captured_at":"2026-11-20T10:00:00+08:00","text":"bench",'
            f'"point":{{{points[next(turn) % len(points)]},"datum":"wgs84","accuracy_m":8.0}},"photos":[]}}'
        )
        at = time.perf_counter()
        link.request("PUT", f"/api/v1/reports/{uuid7()}", body, headers)
        answer = link.getresponse()
        told = json.loads(answer.read())
        if answer.status not in {200, 201}:
            raise RuntimeError(f"report refused: {answer.status} {told.get('code')}")
        return str(told["case"]), at

    from geodata.ids import uuid7

    report()
    with ears(ours, cookies[:STREAMS]) as listening:
        heard = play(listening, report, EVENTS[scale], PER_SECOND)
    note = (
        f"goal: <= 1,000 ms from sending the PUT; p50 {heard.p50_ms:.0f} ms, {heard.delivered:.0%} delivered"
    )
    return [Row("feed", "report to event p95", heard.p95_ms, "ms", 1000, 1000 / heard.p95_ms, note)]


def many_rows(ours: str, cookies: list[str]) -> list[Row]:
    """More streams than connections: all of them hear everything, and the database sees none of them."""
    from django.db import connection

    with ears(ours, cookies) as listening:
        heard = play(listening, outbox_mark, 10, PER_SECOND)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'gridmgmt-feed'")
            links = cursor.fetchone()[0]
    return [
        Row("feed", f"{MANY} streams p95", heard.p95_ms, "ms", 1000, 1000 / heard.p95_ms, f"{heard.delivered:.0%} delivered"),
        Row("feed", f"database connections at {MANY} streams", links, "", 5, None, "goal: the pool's (4 + 1), not one a stream"),
    ]  # fmt: skip
