"""Waking workers: an RQ job says no more than "there is work in this queue"; what work is, PostgreSQL knows."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterable

import redis
from django.db import connection
from rq import Queue, get_current_job

from gridmgmt.events import deliveries
from gridmgmt.events.link import client

logger = logging.getLogger("gridmgmt.events")

# Longest that one consumer may run, and how long a job takes new deliveries before it lets other queues have their turn.
TIMEOUT_S = 3600
TURN_S = 10.0
# A wake-up more than one too many is harmless but useless.
MOST_WAITING = 2
# Work of minutes lets the answers of seconds go first.
UNHURRIED = frozenset({"exports", "imports", "documents"})
NICENESS = 10
# Files that nobody waits for end their turn for files that somebody waits for, each on a page.
GIVES_WAY = {"documents": "exports"}


def wake(link: redis.Redis, queues: Iterable[str]) -> int:
    """Wake a worker for each queue, unless enough wake-ups wait there already; returns how many were put."""
    woken = 0
    for name in queues:
        queue = Queue(name, connection=link)
        if queue.count < MOST_WAITING:
            queue.enqueue_call(
                "gridmgmt.events.jobs.work_off",
                args=(name,),
                timeout=TIMEOUT_S,
                result_ttl=0,
                failure_ttl=3600,
            )
            woken += 1
    return woken


def work_off(queue: str, *, turn_s: float = TURN_S) -> int:
    """RQ's job: deliver what is due in a queue, for one turn; returns how many deliveries were tried."""
    if (
        queue in UNHURRIED and get_current_job() is not None
    ):  # in the process that RQ forked for this job alone
        os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
    began, tried = time.monotonic(), 0
    while owed := deliveries.take(queue):
        try:
            deliveries.attempt(owed)
        finally:
            if connection.connection is not None:
                deliveries.release(owed.id)
        tried += 1
        if time.monotonic() - began > turn_s or _gives_way(queue):
            wake(client(), [queue])
            break
    return tried


def _gives_way(queue: str) -> bool:
    first = GIVES_WAY.get(queue)
    return first is not None and first in deliveries.waiting_queues()


def sweep(link: redis.Redis) -> int:
    """Wake workers for whatever is due: what Redis forgot, and what waits for its next try."""
    return wake(link, deliveries.waiting_queues())
