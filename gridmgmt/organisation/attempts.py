"""Guessing passwords is slow: failed sign-ins count per name and address and per address, whatever door they use."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from gridmgmt.organisation.models import FailedSignIn

WINDOW: Final = timedelta(minutes=5)
MOST_FOR_NAME: Final = 10
# A whole office may sit behind one address; this ends the trying of many names and what it costs in hashing.
MOST_FOR_ADDRESS: Final = 100


class FailedSignIns:
    """Failures of the last five minutes for one name from one address. Asked before the hash, told after it.

    ``address`` is the connection's (the proxy overwrites the header it comes from), "" when there is none. Counted in
    PostgreSQL: one count for all processes and hosts, which outlives them and needs no Redis. Beside a hash of 50 ms its
    two look-ups cost nothing.
    """

    def __init__(self, username: str, address: str) -> None:
        self.limits = (
            (_key("name", username.casefold(), address), MOST_FOR_NAME),
            (_key("address", address), MOST_FOR_ADDRESS),
        )

    def wait_s(self) -> float | None:
        """Seconds to wait before the next attempt, None when it may be made now."""
        now = timezone.now()
        ends = [end for key, most in self.limits if (end := _blocked_until(key, most, now))]
        return max((end - now).total_seconds() for end in ends) if ends else None

    def note(self) -> None:
        """Remember a failure."""
        now = timezone.now()
        FailedSignIn.objects.bulk_create(FailedSignIn(key=key, at=now) for key, _most in self.limits)


def forget(now: datetime) -> None:
    """Delete failures that no longer count."""
    FailedSignIn.objects.filter(at__lt=now - WINDOW).delete()


def _blocked_until(key: str, most: int, now: datetime) -> datetime | None:
    """When the failure that fills the limit stops counting; None while the limit is not full."""
    recent = FailedSignIn.objects.filter(key=key, at__gt=now - WINDOW).order_by("-at")
    filling = recent.values_list("at", flat=True)[most - 1 : most].first()
    return filling + WINDOW if filling else None


def _key(*parts: str) -> str:
    """No name and no address stands in the table as it is."""
    return hashlib.sha256("|".join(parts).encode()).hexdigest()
