"""Guessing is slow at every door: tries count over a window, in PostgreSQL – one count for all processes and hosts.

A try is paid before anything is compared and paid back when it was right: guesses sent at once cannot slip through
together, and nobody is slowed by others' successes. Doors: sign-in (backends), receipt codes (contact.receipts).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from geodata.personal import search_key
from gridmgmt.organisation.models import TryBudget

# A window begins with the first try and ends by itself, however many follow: those over the limit write nothing and get no
# row. Caller: spend.
SPEND = """
INSERT INTO organisation_trybudget AS kept (key, ends_at, count) VALUES (%(key)s, %(ends)s, 1)
ON CONFLICT (key) DO UPDATE SET
  count = CASE WHEN kept.ends_at <= %(at)s THEN 1 ELSE kept.count + 1 END,
  ends_at = CASE WHEN kept.ends_at <= %(at)s THEN %(ends)s ELSE kept.ends_at END
WHERE kept.ends_at <= %(at)s OR kept.count < %(most)s
RETURNING count
"""
PAY_BACK = "UPDATE organisation_trybudget SET count = greatest(count - 1, 0) WHERE key = ANY(%s)"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many tries in a window for one key; keys are keyed hashes of what they stand for."""

    key: bytes
    most: int


def limit(column: str, value: str, most: int) -> Limit:
    """The limit of a value ("leader|198.51.100.7") among those of a column ("sign_in.name")."""
    return Limit(search_key(value, column=column), most)


def spend(limits: Sequence[Limit], *, window: timedelta, at: datetime) -> bool:
    """Pay for one try; False when one of the limits is used up, and what comes after that one is not charged.

    Give limits always in the same order: two tries then never wait for each other in a circle.
    """
    for one in limits:
        with connection.cursor() as cursor:
            cursor.execute(SPEND, {"key": one.key, "at": at, "ends": at + window, "most": one.most})
            if cursor.fetchone() is None:
                return False
    return True


def pay_back(limits: Sequence[Limit]) -> None:
    """It was right: the try does not count."""
    with connection.cursor() as cursor:
        cursor.execute(PAY_BACK, [[one.key for one in limits]])


def blocked_until(limits: Sequence[Limit], *, at: datetime) -> datetime | None:
    """When the next try may be made; None when that is now."""
    kept = TryBudget.objects.filter(key__in=[one.key for one in limits], ends_at__gt=at)
    counts = {
        bytes(key): (count, ends_at) for key, count, ends_at in kept.values_list("key", "count", "ends_at")
    }
    ends = [counts[one.key][1] for one in limits if one.key in counts and counts[one.key][0] >= one.most]
    return max(ends, default=None)


def forget(now: datetime) -> None:
    """Delete counts whose window is over."""
    TryBudget.objects.filter(ends_at__lte=now).delete()
