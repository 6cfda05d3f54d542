"""`clock`: deadlines a second one by one and as columns, and elapsed working time over twenty years. Needs no database."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np

from gridmgmt.cases.calendar_seed import seed_days
from gridmgmt.cases.clock import Calendar, LimitUnit, OfficeHours, add, add_many, elapsed
from gridmgmt.cases.clock_book import Entry, Kind, Terms, fold
from tests.bench.rows import Row

SINGLE = 50_000
COLUMN = 1_000_000
SPANS = 2_000
LEDGERS = 5_000
ROUNDS = 5
GOAL = 200_000
GOAL_US = 50.0
BEGIN = datetime(2005, 1, 1, tzinfo=UTC)


def run(_scale: str) -> list[Row]:
    """Rows of the bench; the table of working time is laid out before, as in a running process."""
    calendar = Calendar.of([(day.date, day.kind) for day in seed_days()], version=1)
    terms = Terms(calendar, OfficeHours())
    add(1, "work_day", BEGIN, *terms)
    return [single(terms), column(terms), twenty_years(terms), ledgers(terms)]


def single(terms: Terms) -> Row:
    """One deadline after the other, all four units, no start twice."""
    dice = random.Random(3)
    asked = [
        (dice.randint(1, 40), unit, BEGIN + timedelta(seconds=dice.randint(0, 20 * 365 * 86_400)))
        for _ in range(SINGLE // 4)
        for unit in LimitUnit
    ]

    def work() -> None:
        for limit, unit, start in asked:
            add(limit, unit, start, *terms)

    return _rate("one by one", SINGLE / _seconds(work), "deadlines/s")


def column(terms: Terms) -> Row:
    """A million working deadlines at once."""
    dice = np.random.default_rng(3)
    starts = np.datetime64("2005-01-01", "us") + dice.integers(0, 20 * 365 * 86_400, COLUMN) * 1_000_000
    limits = dice.integers(1, 40, COLUMN)
    seconds = _seconds(lambda: add_many(limits, "work_day", starts, *terms))
    return _rate("columns of a million", COLUMN / seconds, "deadlines/s")


def twenty_years(terms: Terms) -> Row:
    """Working time between two instants twenty years apart."""
    dice = random.Random(5)
    spans = [BEGIN + timedelta(seconds=dice.randint(0, 365 * 86_400)) for _ in range(SPANS)]
    years = timedelta(days=20 * 365)

    def work() -> None:
        for start in spans:
            elapsed(start, start + years, "work_day", *terms)

    value = _seconds(work) / SPANS * 1e6
    return Row("clock", "elapsed over 20 years", value, "us", GOAL_US, GOAL_US / value, "goal: at most 50 us")


def ledgers(terms: Terms) -> Row:
    """Start, pause, resume, extension: the deadline of a case computed again from its ledger."""
    at = datetime(2026, 4, 20, 1, tzinfo=UTC)
    rows = [
        Entry(Kind.START, at, 5, "work_day"),
        Entry(Kind.PAUSE, at + timedelta(days=1), 5, "work_day"),
        Entry(Kind.RESUME, at + timedelta(days=3), 5, "work_day"),
        Entry(Kind.EXTEND, at + timedelta(days=4), 5, "work_day", amount=2, amount_unit="work_day"),
    ]

    def work() -> None:
        for _ in range(LEDGERS):
            fold(rows, lambda _version, _path: terms)

    note = "four entries with the instant of the yellow lamp; printed"
    return Row("clock", "ledgers folded", LEDGERS / _seconds(work), "ledgers/s", note=note)


def _rate(case: str, value: float, unit: str) -> Row:
    return Row("clock", case, value, unit, GOAL, value / GOAL, "goal: at least 200,000/s")


def _seconds(work: Callable[[], object]) -> float:
    """The median of some rounds, in seconds of this process alone: it waits for nobody."""
    times = []
    for _ in range(ROUNDS):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return statistics.median(times)
