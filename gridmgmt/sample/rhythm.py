"""When reports come: by hour of the day and day of the week, over the past month."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

DAYS = 30
# Share of a day's reports by local hour: workers walk from seven, a noon pause, a second peak before four.
_HOURS = (1, 0.5, 0.4, 0.3, 0.4, 1, 4, 10, 16, 17, 15, 10, 5, 7, 12, 14, 12, 9, 7, 6, 5, 4, 3, 2)
_WEEKDAYS = (1.15, 1.05, 1.0, 1.0, 1.05, 0.75, 0.6)


def report_times(count: int, *, now: datetime, zone: ZoneInfo, rng: np.random.Generator) -> list[datetime]:
    """`count` instants in UTC of the thirty days before `now`, in order, whole seconds."""
    today = now.astimezone(zone).date()
    days = [today - timedelta(days=k) for k in range(DAYS + 1)]
    by_day = np.array([_WEEKDAYS[day.weekday()] for day in days])
    by_hour = np.array(_HOURS) / sum(_HOURS)
    found: list[datetime] = []
    while len(found) < count:
        day = days[int(rng.choice(len(days), p=by_day / by_day.sum()))]
        second = int(rng.choice(24, p=by_hour)) * 3600 + int(rng.integers(3600))
        at = (datetime.combine(day, time(), tzinfo=zone) + timedelta(seconds=second)).astimezone(UTC)
        if now - timedelta(days=DAYS) < at < now - timedelta(minutes=3):
            found.append(at)
    return sorted(found)
