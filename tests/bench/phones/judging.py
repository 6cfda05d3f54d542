"""What phones saw and what the database holds, as findings. No server here."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

AHEAD, LATE = timedelta(minutes=10), timedelta(hours=24)  # gridmgmt.cases.intake, said once more on purpose
FEW = 20  # fewer answers tell nothing about scatter
SET_BY_CLOCK = {"clock_ahead", "late"}


@dataclass(frozen=True)
class Answers:
    """The answers all phones got. Status 0: none came in time."""

    all: list[dict[str, Any]]

    def count(self, *statuses: int) -> int:
        """Answers of these statuses."""
        return sum(one["status"] in statuses for one in self.all)

    @property
    def faults(self) -> int:
        """5xx, but for a 503 that says when to come again."""
        return sum(one["status"] >= 500 and not (one["status"] == 503 and one["retry"]) for one in self.all)

    @property
    def told_nothing(self) -> int:
        """429 and 503 that do not say when to come again."""
        return sum(one["status"] in {429, 503} and not one["retry"] for one in self.all)

    def commonest(self, status: int) -> float | None:
        """Share of the most frequent Retry-After among answers of a status; None when there are too few."""
        waits = [one["retry"] for one in self.all if one["status"] == status]
        if len(waits) < FEW:
            return None
        return Counter(waits).most_common(1)[0][1] / len(waits)

    def words(self) -> str:
        """Status and code of everything that was no success, with its number."""
        kinds = Counter(f"{one['status']} {one['code']}".strip() for one in self.all if one["status"] >= 300)
        kinds["no answer"] = self.count(0)
        return ", ".join(f"{number} × {kind}" for kind, number in kinds.most_common() if number)


@dataclass(frozen=True)
class Row:
    """A report as the database holds it."""

    id: str
    case: str
    device: str
    captured_at: datetime
    received_at: datetime
    flags: frozenset[str]
    begins: tuple[datetime | None, ...]
    """Every instant from which a clock of the case counts."""


@dataclass(frozen=True)
class Kept:
    """A photo as database and disk hold it; ``file_sha256`` is of the bytes on the disk, "" without a file."""

    id: str
    report: str
    sha256: str
    state: str
    file_sha256: str


def lost_and_doubled(sent: Iterable[dict[str, Any]], rows: list[Row], photos: list[Kept]) -> list[str]:
    """What is not there exactly as it was sent, in words."""
    wanted = {one["id"]: one for one in sent}
    found = Counter(row.id for row in rows)
    told = [f"report {one} lost" for one in wanted if not found[one]]
    told += [f"report {one} was never sent" for one in found if one not in wanted]
    told += [f"case {case} of {n} reports" for case, n in Counter(row.case for row in rows).items() if n > 1]
    told += [
        f"report {row.id} by another phone"
        for row in rows
        if row.id in wanted and wanted[row.id]["device"] != row.device
    ]
    return told + _photos(wanted, photos)


def _photos(wanted: dict[str, dict[str, Any]], photos: list[Kept]) -> list[str]:
    sums = {photo["id"]: (one["id"], photo["sha256"]) for one in wanted.values() for photo in one["photos"]}
    found = Counter(photo.id for photo in photos)
    told = [f"photo {one} lost" for one in sums if not found[one]]
    told += [f"photo {one} was never sent" for one in found if one not in sums]
    for photo in photos:
        if photo.state != "stored":
            told.append(f"photo {photo.id} is {photo.state}")
        elif photo.id in sums and {(photo.report, photo.sha256), (photo.report, photo.file_sha256)} != {
            sums[photo.id]
        }:
            told.append(f"photo {photo.id} is another")
    return told


def wrong_clocks(rows: list[Row]) -> list[str]:
    """Clocks that began before the server had the report, and flags that do not say what the phone's clock did."""
    told = []
    for row in rows:
        if any(moment and moment < row.received_at for moment in row.begins):
            told.append(f"a clock of {row.id} began before receipt")
        due = set()
        if row.captured_at > row.received_at + AHEAD:
            due.add("clock_ahead")
        if row.captured_at < row.received_at - LATE:
            due.add("late")
        if row.flags & SET_BY_CLOCK != due:
            told.append(f"report {row.id} is flagged {sorted(row.flags)}, not {sorted(due)}")
    return told


def p95(values: list[float]) -> float:
    """The 95th percentile; of one value that one."""
    return statistics.quantiles(values, n=20, method="inclusive")[18] if len(values) > 1 else values[0]
