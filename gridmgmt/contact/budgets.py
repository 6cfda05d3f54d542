"""Guessing codes stands no chance: failed look-ups count per number, per address and all together, in the database.

Ten in ten minutes for a number, thirty for an address, a thousand for everybody: at most 10/2^40 per number and window.
The look-up is paid before the code is compared and paid back when it was right; whoever owns a code is never slowed by
others' successes. A stranger may use up a number's ten tries; its owner waits ten minutes at most.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

from geodata.errors import DomainError
from geodata.errors import mark as _
from geodata.personal import search_key
from gridmgmt.contact.models import GuessBudget

WINDOW = timedelta(minutes=10)
MOST_FOR_NUMBER, MOST_FOR_ADDRESS, MOST_FOR_ALL = 10, 30, 1000

SPEND = """
INSERT INTO contact_guessbudget (key, since, count) VALUES (%(key)s, %(at)s, 1)
ON CONFLICT (key) DO UPDATE SET
  count = CASE WHEN contact_guessbudget.since <= %(begin)s THEN 1 ELSE contact_guessbudget.count + 1 END,
  since = CASE WHEN contact_guessbudget.since <= %(begin)s THEN %(at)s ELSE contact_guessbudget.since END
RETURNING count
"""
PAY_BACK = "UPDATE contact_guessbudget SET count = greatest(count - 1, 0) WHERE key = ANY(%s)"


def _limits(number: str, address: str) -> list[tuple[bytes, int]]:
    """Keys and limits, always in the same order so that two look-ups never wait for each other in a circle."""
    return [
        (search_key(number, column="track.number"), MOST_FOR_NUMBER),
        (search_key(address, column="track.address"), MOST_FOR_ADDRESS),
        (search_key("", column="track.all"), MOST_FOR_ALL),
    ]


def spend(*, number: str, address: str, at: datetime) -> None:
    """Pay for one look-up. Error: too_many_tries 429, the same for numbers that exist and that do not."""
    over = False
    for key, most in _limits(number, address):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(SPEND, {"key": key, "at": at, "begin": at - WINDOW})
            over = cursor.fetchone()[0] > most
        if over:
            break
    if over:
        raise DomainError(
            code="too_many_tries",
            status=429,
            message=_("Too many tries. Wait ten minutes, then try again."),
        )


def pay_back(*, number: str, address: str) -> None:
    """The code was right: the look-up does not count."""
    with connection.cursor() as cursor:
        cursor.execute(PAY_BACK, [[key for key, _most in _limits(number, address)]])


def forget(now: datetime) -> None:
    """Daily: budgets whose window is over."""
    GuessBudget.objects.filter(since__lt=now - WINDOW).delete()
