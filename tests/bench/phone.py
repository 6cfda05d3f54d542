"""`phone`: 2,000 phones that come back within a minute (F25), one after a week (F12), the program on a slow line.

Through a whole platform of its own as `./grid up` starts it: nginx, web, feed, workers, PostgreSQL, Redis. The phones are the
phone's own modules (queue, API, items) under Node, one connection each, and keep its rules: pauses doubled, scattered, not
before Retry-After. `--short` is for trying: 200 phones, fewer reports.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.bench.phones import opening
from tests.bench.phones.judging import Answers, lost_and_doubled, p95, wrong_clocks
from tests.bench.phones.picture import photo
from tests.bench.phones.platform import Platform, platform
from tests.bench.rows import Row

BUSY = 2.0  # load average before the start above which figures are hints
STORM_LIMIT_S = 900
WEEK_LIMIT_S = 120
STORM_PHOTO, WEEK_PHOTO = 200_000, 500_000
WEEK_CLOCKS = (-3, 2, 0, -3, 2)  # days beside the true time, one after the other
PAGE_PATIENCE_MS = 3000
USABLE_MS, TAKEN_BYTES, OFFLINE_MS = 3000, 400_000, 500


@dataclass(frozen=True)
class Size:
    """How much of it."""

    phones: int
    within_s: float
    week_reports: int


FULL, SHORT = Size(2000, 60, 100), Size(200, 6, 20)


def run(_scale: str, *, short: bool = False) -> list[Row]:
    """Rows of the three parts."""
    size = SHORT if short else FULL
    loaded = busy()
    with platform(size.phones + 1) as place:
        rows = storm(place, size) + week(place, size) + first_load(place)
    return [noted(row, loaded) for row in rows]


def busy() -> str:
    """What to say of figures when others are at work; "" on a quiet machine."""
    load = os.getloadavg()[0]
    return f"measured on a loaded machine (load {load:.0f})" if load > BUSY else ""


def noted(row: Row, loaded: str) -> Row:
    """The row with that mark."""
    note = "; ".join(part for part in (row.note, loaded) if part)
    return Row(row.bench, row.case, row.value, row.unit, row.limit, row.ratio, note)


def storm(place: Platform, size: Size) -> list[Row]:
    """Everybody's network is back: two reports with a photo each on every phone."""
    picture = place.folder / "storm.jpg"
    picture.write_bytes(photo(STORM_PHOTO))
    devices = place.made["devices"][: size.phones]
    told = place.play(
        {"devices": devices, "reports": 2, "photos": 1, "picture": str(picture), "within_s": size.within_s,
         "most_s": STORM_LIMIT_S, "page": "/m/"}
    )  # fmt: skip
    answers = Answers(told["answers"])
    wrong = lost_and_doubled(told["reports"], *place.holds(devices))
    wrong += [f"report {one['id']} still {one['state']}" for one in told["left"]]
    case = f"storm of {size.phones} phones"
    return [
        timed(f"{case}: all in", told["seconds"], STORM_LIMIT_S, sums(told, answers)),
        none(f"{case}: lost, doubled, other bytes", len(wrong), "; ".join(wrong[:3])),
        none(f"{case}: 5xx but 503 with Retry-After", answers.faults, answers.words()),
        none(
            f"{case}: 503 with Retry-After", answers.count(503) - answers.told_nothing, scatter(answers, 503)
        ),
        none(f"{case}: 429 or 503 without Retry-After", answers.told_nothing, scatter(answers, 429)),
        none(f"{case}: requests without an answer", answers.count(0)),
        meanwhile(f"{case}: a page meanwhile, p95", told["page"]),
    ]


def week(place: Platform, size: Size) -> list[Row]:
    """One phone comes back after seven days, its clock three days behind, two ahead, and jumping."""
    picture = place.folder / "week.jpg"
    picture.write_bytes(photo(WEEK_PHOTO))
    device = place.made["devices"][-1]
    every = max(1, size.week_reports // len(WEEK_CLOCKS))
    told = place.play(
        {"devices": [device], "reports": size.week_reports, "photos": 2, "picture": str(picture), "within_s": 0,
         "most_s": STORM_LIMIT_S, "captured": captured(datetime.now(UTC), size.week_reports, every),
         "clock_days": WEEK_CLOCKS, "clock_every": every}
    )  # fmt: skip
    rows, photos = place.holds([device])
    wrong = lost_and_doubled(told["reports"], rows, photos)
    wrong += [f"report {one['id']} still {one['state']}" for one in told["left"]]
    case = f"week of {size.week_reports} reports, {2 * size.week_reports} photos"
    limit = WEEK_LIMIT_S * size.week_reports / FULL.week_reports
    ahead = sum("clock_ahead" in row.flags for row in rows)
    late = sum("late" in row.flags for row in rows)
    return [
        timed(f"{case}: all in", told["seconds"], limit, Answers(told["answers"]).words()),
        none(f"{case}: lost, doubled, other bytes", len(wrong), "; ".join(wrong[:3])),
        none(f"{case}: wrong clocks and flags", len(wrong_clocks(rows)), f"{ahead} ahead, {late} late"),
    ]


def first_load(place: Platform) -> list[Row]:
    """The program in Chromium: first opening on a slow line, second one without a line."""
    made = place.made
    worker = opening.Worker(made["username"], made["password"], tuple(made["points"][0]))
    found = opening.openings(place.stack.port, worker)
    own = f"its main thread worked {found.worked_ms:.0f} ms of it before slowing down"
    line = "slow 4G (1.6 Mbit/s, 150 ms), processor / 4"
    return [
        within("first load: usable", found.usable_ms, "ms", USABLE_MS, f"{line}, {found.files} files"),
        within(
            "first load: taken before the map",
            found.taken,
            "bytes",
            TAKEN_BYTES,
            "service worker and headers too",
        ),
        within(
            "second opening offline: report form", found.offline_ms, "ms", OFFLINE_MS, f"processor / 4, {own}"
        ),
    ]


def meanwhile(case: str, seen: list[dict[str, Any]]) -> Row:
    """How long somebody at a screen waited while phones sent."""
    pages = [one["ms"] for one in seen if one["status"] == 200]
    note = f"longest {max(pages) / 1000:.1f} s, {len(seen) - len(pages)} of {len(seen)} failed"
    return within(case, p95(pages), "ms", PAGE_PATIENCE_MS, note)


def within(case: str, value: float, unit: str, limit: float, note: str) -> Row:
    """Something that must not be more than a limit; the ratio is above 1 when the promise is kept."""
    return Row(
        "phone", case, round(value), unit, limit, limit / max(value, 1), f"goal: <= {limit:,} {unit}; {note}"
    )


def captured(now: datetime, reports: int, every: int) -> list[str]:
    """When each report was taken by the phone's clock: spread over the week, the clock wrong as WEEK_CLOCKS says."""
    told = []
    for number in range(reports):
        true = now - timedelta(days=7) * (1 - number / reports)
        off = WEEK_CLOCKS[number // every % len(WEEK_CLOCKS)]
        told.append((true + timedelta(days=off)).isoformat())
    return told


def timed(case: str, seconds: float, limit: float, note: str) -> Row:
    """A time against its limit; the ratio is above 1 when the promise is kept."""
    return Row(
        "phone",
        case,
        round(seconds, 1),
        "s",
        limit,
        limit / max(seconds, 0.1),
        f"goal: <= {limit:.0f} s; {note}",
    )


def none(case: str, found: int, note: str = "") -> Row:
    """Something there must be none of."""
    return Row("phone", case, found, "", 0, None, "; ".join(part for part in ("goal: 0", note) if part))


def sums(told: dict[str, Any], answers: Answers) -> str:
    """What it took, in a few words."""
    return f"{len(answers.all)} requests, {answers.count(429)} × 429, phones' own processor time {told['cpu_s']:.0f} s"


def scatter(answers: Answers, status: int) -> str:
    """How much the waits asked for differ."""
    share = answers.commonest(status)
    return (
        "" if share is None else f"{status}: the commonest Retry-After is {share:.0%} of them (goal: <= 35 %)"
    )
