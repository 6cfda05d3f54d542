"""A phone's reports at an even pace, from a process of its own, while something else is going on."""

from __future__ import annotations

import http.client
import json
import multiprocessing
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

PER_SECOND = 10


@dataclass
class Paced:
    """Milliseconds of every answer, known when the block is left."""

    times: list[float] = field(default_factory=list)
    failed: int = 0

    @property
    def p95(self) -> float:
        """The 95th percentile."""
        return statistics.quantiles(self.times, n=20)[18]


@contextmanager
def reporting(port: int, token: str, points: Path) -> Iterator[Paced]:
    """Sends reports until the block is left."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_send, args=(there, port, token, points.read_text().splitlines()), daemon=True
    )
    process.start()
    found = Paced()
    try:
        yield found
    finally:
        here.send("stop")
        if here.poll(30):
            found.times, found.failed = here.recv()
        process.join(10)
        if process.is_alive():
            process.terminate()


def _send(pipe: Connection, port: int, token: str, points: list[str]) -> None:
    from geodata.ids import uuid7

    times: list[float] = []
    failed = number = 0
    begin = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    while not pipe.poll():
        wait = begin + number / PER_SECOND - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
        place = json.loads("{" + points[number % len(points)] + "}")
        said = {"category": "E0110", "source": "worker", "text": "bench", "photos": []}
        place |= {"datum": "wgs84", "accuracy_m": 8.0}
        body = json.dumps({**said, "captured_at": datetime.now(UTC).isoformat(), "point": place})
        since = time.perf_counter()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request("PUT", f"/api/v1/reports/{uuid7()}", body, headers)
        answer = connection.getresponse()
        answer.read()
        times.append((time.perf_counter() - since) * 1000)
        failed += answer.status >= 300
        number += 1
    pipe.send((times, failed))
