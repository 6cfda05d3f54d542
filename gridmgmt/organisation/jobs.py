"""Periodic work of the organisation."""

from __future__ import annotations

from datetime import datetime

from gridmgmt.organisation import shifts


def expire_shifts(now: datetime) -> None:
    """Every five minutes: forgotten shifts end, positions that are no longer needed go."""
    shifts.expire(now=now)
