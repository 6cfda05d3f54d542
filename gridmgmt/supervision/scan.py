"""The scan: every minute, set by set, each card once. Whatever was missed while nobody scanned is caught up."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from uuid import UUID

from django.db import connection

from gridmgmt.cases import reference
from gridmgmt.supervision import rules as rule_book
from gridmgmt.supervision import urgings
from gridmgmt.supervision.models import Card, SupervisionRule, SupervisionScan
from gridmgmt.supervision.raising import Finding, raise_cards
from gridmgmt.supervision.watched import KINDS
from gridmgmt.supervision.watched.run import Run

BATCH = 2000
OVERLAP = timedelta(minutes=10)  # a step may be committed that long after the time it bears
EVER = datetime(2000, 1, 1, tzinfo=UTC)
LOCK = 0x5C_A4  # any number of our own: advisory locks are per database
KEEP_SCANS = timedelta(days=7)

# Runs without a card of a rule, of those that ended late. Caller: _late. Index: card_raised_once.
KNOWN = """
SELECT object_id, run FROM supervision_card WHERE occasion = 0 AND rule_key = %s AND object_id = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class Scanned:
    """How many cards were raised; ``ran`` is false when another scanner was at it."""

    raised: int
    ran: bool = True


def scan(at: datetime) -> Scanned:
    """Raise everything that is due at an instant. Two scanners at once: the second leaves, and could not double
    anything if it stayed."""
    with _alone() as alone:
        if not alone:
            return Scanned(0, ran=False)
        begun = time.monotonic()
        valid = rule_book.valid_rules(at)
        since = seen_to(at)
        raised = _by_people(valid, since, at)
        raised += sum(_open(valid, watches, at) for watches in KINDS)
        raised += sum(_late(valid, watches, since, at) for watches in KINDS)
        raised += _periods(valid, at)
        took = round((time.monotonic() - begun) * 1000)
        SupervisionScan.objects.create(at=at, seen_to=at, raised=raised, took_ms=took)
        return Scanned(raised)


def seen_to(at: datetime) -> datetime:
    """From when on finished work must be looked at: the last scan, with some overlap."""
    last = SupervisionScan.objects.order_by("-seen_to").values_list("seen_to", flat=True).first()
    return EVER if last is None else min(last, at) - OVERLAP


def tidy(at: datetime) -> None:
    """Forget scans older than a week."""
    SupervisionScan.objects.filter(at__lt=at - KEEP_SCANS).delete()


def _open(valid: list[SupervisionRule], watches: str, at: datetime) -> int:
    """Cards on work that is open, batch by batch until no trigger fires."""
    by_key = {rule.key: rule for rule in valid}
    wanted = rule_book.triggers(valid, watches)
    total = 0
    while wanted:
        runs = KINDS[watches].open_runs(wanted, at, reference.current(), BATCH)
        raised = len(raise_cards([Finding(run, by_key[run.rule_key]) for run in runs], at=at)) if runs else 0
        total += raised
        if len(runs) < BATCH or not raised:
            return total
    return total


def _late(valid: list[SupervisionRule], watches: str, since: datetime, at: datetime) -> int:
    """The fact that work was finished late, where no scan had seen it open: no warning, no document."""
    over = [rule for rule in valid if rule.watches == watches and rule.trigger == "over"]
    total = 0
    for batch in _batches(KINDS[watches].finished_runs(since, at, reference.current())):
        for rule in over:
            known = _carded(rule, batch)
            new = [Finding(run, rule) for run in batch if (run.object_id, run.run) not in known]
            total += len(raise_cards(new, at=at)) if new else 0
    return total


def _carded(rule: SupervisionRule, runs: list[Run]) -> set[tuple[UUID, int]]:
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, [rule.key, [run.object_id for run in runs]])
        return set(cursor.fetchall())


def _by_people(valid: list[SupervisionRule], since: datetime, at: datetime) -> int:
    findings = urgings.urged_by_people(valid, since, at, BATCH)
    return len(raise_cards(findings, at=at)) if findings else 0


def _periods(valid: list[SupervisionRule], at: datetime) -> int:
    """Red cards for urging periods that have passed."""
    total = 0
    while True:
        findings, settled = urgings.periods_over(valid, at, BATCH)
        if not settled:
            return total
        total += len(raise_cards(findings, at=at)) if findings else 0
        Card.objects.filter(pk__in=settled).update(settled_at=at)


def _batches(runs: Iterable[Run]) -> Iterator[list[Run]]:
    waiting = iter(runs)
    while batch := list(islice(waiting, BATCH)):
        yield batch


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether this is the only scan of the database; the lock goes with the connection when the process dies."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        held = bool(cursor.fetchone()[0])
    try:
        yield held
    finally:
        if held:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
