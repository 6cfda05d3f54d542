"""Boston's 311 requests of 2015, moved onto the streets of Yuexiu and sent through the HTTP API as reports.

    python -m tests.replay.boston --base-url http://127.0.0.1:8000 --token … [--limit N] [--k 0.3] [--parallel 8]

Every request has a number of its own (uuid5) and always the same bytes, so a second run changes nothing.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import http.client
import itertools
import json
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

NAMESPACE = UUID("6f1c3b52-7a0e-5c55-9d3b-0b6f2a8f3110")
BOSTON = ZoneInfo("America/New_York")
# The middle of Boston and where it is put down; k shrinks the city (its README: at 0.3, 95 % fall into the streets).
CENTRE, TARGET = (-71.0849, 42.3318), (113.27598, 23.13552)
CATEGORIES = {
    "Abandoned Vehicles": "E0134",
    "Empty Litter Basket": "E0192",
    "Missing Sign": "C0297",
    "Pothole Repair (Internal)": "E0113",
    "Rodent Activity": "E0189",
    "Street Light Outages": "C0137",
    "Traffic Signal Repair": "C0298",
    "Tree Emergencies": "E0599",
}
SOURCES = {"Constituent Call": "hotline", "Citizens Connect App": "app", "Self Service": "portal"}


@dataclass
class Tally:
    """What the server answered."""

    sent: int = 0
    created: int = 0
    known: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    flags: Counter[str] = field(default_factory=Counter)
    retries: int = 0
    latencies: list[float] = field(default_factory=list)

    def note(self, status: int, told: dict[str, object], seconds: float) -> None:
        """One answer."""
        self.sent += 1
        self.latencies.append(seconds)
        self.created += status == 201
        self.known += status == 200
        if status >= 400:
            self.refused[str(told.get("code"))] += 1
        self.flags.update(told.get("flags", ()))  # type: ignore[arg-type]

    def summary(self) -> dict[str, object]:
        """Numbers for people and for tests; latencies in milliseconds."""
        ordered = sorted(self.latencies) or [0.0]
        return {
            "sent": self.sent,
            "created": self.created,
            "known": self.known,
            "refused": dict(self.refused),
            "flags": dict(self.flags),
            "retries": self.retries,
            "p50_ms": round(ordered[len(ordered) // 2] * 1000, 1),
            "p99_ms": round(ordered[int(len(ordered) * 0.99)] * 1000, 1),
        }


def incidents(folder: Path, *, k: float = 0.3) -> Iterator[tuple[UUID, bytes]]:
    """Number and body of every incident, the eight kinds in turn so that any beginning is a mixture."""
    readers = [rows_of(file, k) for file in sorted(folder.glob("*.csv.gz"))]
    seen: set[UUID] = set()
    for turn in itertools.zip_longest(*readers):
        for entry in turn:
            if entry is not None and entry[0] not in seen:
                seen.add(entry[0])
                yield entry


def rows_of(file: Path, k: float) -> Iterator[tuple[UUID, bytes]]:
    """The incidents of one file."""
    with gzip.open(file, "rt", encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            yield uuid5(NAMESPACE, row["CASE_ENQUIRY_ID"]), json.dumps(body_of(row, k)).encode()


def body_of(row: dict[str, str], k: float) -> dict[str, object]:
    """A report as a phone would send it; free text, addresses and photo links of the source are left out."""
    opened = datetime.strptime(row["OPEN_DT"], "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=BOSTON)
    return {
        "category": CATEGORIES[row["TYPE"]],
        "source": SOURCES.get(row["Source"], "worker"),
        "captured_at": opened.isoformat(),
        "point": {
            "x": round(TARGET[0] + (float(row["LONGITUDE"]) - CENTRE[0]) * k, 7),
            "y": round(TARGET[1] + (float(row["LATITUDE"]) - CENTRE[1]) * k, 7),
            "datum": "wgs84",
        },
        "text": f"{row['TYPE']} ({row['REASON']})",
        "app": "replay boston311",
    }


class Sender:
    """One connection per thread, kept open; an unclear outcome (lost answer, 503) is simply sent again."""

    def __init__(self, base_url: str, token: str, *, pause_s: float, patience_s: float) -> None:
        self.address = urlsplit(base_url)
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.pause_s, self.patience_s = pause_s, patience_s
        self.tally = Tally()
        self._lock = threading.Lock()
        self._local = threading.local()

    def send(self, entry: tuple[UUID, bytes]) -> None:
        """Send until there is an answer that lasts, or patience ends."""
        number, body = entry
        begun = time.perf_counter()
        while True:
            answer = self._once(number, body)
            waited = time.perf_counter() - begun
            if (answer is not None and answer[0] < 500 and answer[0] != 429) or waited > self.patience_s:
                break
            with self._lock:
                self.tally.retries += 1
            time.sleep(min(self.pause_s, self.patience_s))
        status, told = answer or (599, {"code": "no_answer"})
        with self._lock:
            self.tally.note(status, told, waited)

    def _once(self, number: UUID, body: bytes) -> tuple[int, dict[str, object]] | None:
        connection = getattr(self._local, "connection", None) or http.client.HTTPConnection(
            self.address.netloc, timeout=30
        )
        self._local.connection = connection
        try:
            connection.request("PUT", f"{self.address.path}/api/v1/reports/{number}", body, self.headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError):
            connection.close()
            self._local.connection = None
            return None


def replay(
    entries: Iterable[tuple[UUID, bytes]],
    *,
    base_url: str,
    token: str,
    parallel: int = 8,
    pause_s: float = 0.5,
    patience_s: float = 60.0,
) -> Tally:
    """Send all entries over so many connections; returns what was answered."""
    sender = Sender(base_url, token, pause_s=pause_s, patience_s=patience_s)
    with ThreadPoolExecutor(parallel) as crowd:
        for _ in crowd.map(sender.send, entries):
            pass
    return sender.tally


def main() -> int:
    """Command line; exit status 1 when something was neither stored nor already known."""
    default = Path(os.environ.get("GRID_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared"))
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--base-url", required=True)
    options.add_argument("--token", default=os.environ.get("GRID_TOKEN"))
    options.add_argument("--limit", type=int)
    options.add_argument("--k", type=float, default=0.3)
    options.add_argument("--parallel", type=int, default=8)
    options.add_argument("--data", type=Path, default=default / "data" / "incidents-boston311")
    chosen = options.parse_args()
    begun = time.perf_counter()
    entries = itertools.islice(incidents(chosen.data, k=chosen.k), chosen.limit)
    tally = replay(entries, base_url=chosen.base_url, token=chosen.token, parallel=chosen.parallel)
    seconds = time.perf_counter() - begun
    print(
        json.dumps(
            tally.summary() | {"seconds": round(seconds, 1), "per_s": round(tally.sent / seconds, 1)},
            indent=1,
        )
    )
    return 0 if tally.sent == tally.created + tally.known else 1


if __name__ == "__main__":
    sys.exit(main())
