"""What runs by the clock: facts follow history, month-ends are kept. Each may run twice without harm."""

from __future__ import annotations

from datetime import datetime

from gridmgmt.statistics import refresh, snapshots

MOST_AT_ONCE = 40_000


def refresh_facts(now: datetime) -> None:
    """Derive what moved since the last time; a large backlog (an upgrade) is worked off over several runs."""
    refresh.refresh(at=now, most=MOST_AT_ONCE)


def keep_months(now: datetime) -> None:
    """Month-end figures of the months that are over."""
    if not refresh.stale(1):
        snapshots.take_missing(at=now)
