"""Waking RQ jobs for events, once per event and job, and again for effects that are still owed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import redis
from django.conf import settings
from django.utils.module_loading import import_string
from rq import Queue, Retry
from rq.exceptions import DuplicateJobError, NoSuchJobError
from rq.job import Job

logger = logging.getLogger("gridmgmt.events")

TIMEOUT_S = 600
TRIES = 5
# A job in one of these states will still run or is kept for a person to look at; everything else may be woken again.
PENDING = frozenset({"queued", "started", "deferred", "scheduled", "failed"})


@dataclass(frozen=True, slots=True)
class Owed:
    """An effect that has not happened yet: which job, under which event (or other stable) key, with what."""

    job: str
    key: str
    payload: dict[str, Any] = field(default_factory=dict)


Sweeper = Callable[[datetime], Iterable[Owed]]


def job_id(key: str, name: str) -> str:
    """The same for the same event and job for ever; RQ allows letters, digits, _ and - only."""
    return f"{key}-{name.rpartition(':')[2].replace('.', '_')}"


def wake(client: redis.Redis, *, name: str, key: str, payload: dict[str, Any]) -> bool:
    """Put ``name(key, payload)`` into its queue; False when this very job is there already.

    ``name`` is a dotted function, with "queue:" before it when it is not for the default queue.
    """
    queue, _, function = name.rpartition(":")
    try:
        Queue(queue or "default", connection=client).enqueue_call(
            function,
            args=(key, payload),
            job_id=job_id(key, name),
            timeout=TIMEOUT_S,
            retry=Retry(max=TRIES - 1),
            unique=True,
            description=function,  # the default would print the arguments into logs
        )
    except DuplicateJobError:
        return False
    return True


def wake_for(client: redis.Redis, *, topic: str, event_id: str, payload: dict[str, Any]) -> None:
    """Wake the jobs that settings.EVENT_JOBS names for a topic."""
    for name in settings.EVENT_JOBS.get(topic, ()):
        wake(client, name=name, key=event_id, payload=payload)


def settle(client: redis.Redis, owed: Owed) -> bool:
    """Wake a job for an effect that is owed, unless it is already waiting, running or parked as failed."""
    try:
        kept = Job.fetch(job_id(owed.key, owed.job), connection=client)
    except NoSuchJobError:
        kept = None
    if kept is not None:
        if kept.get_status() in PENDING:
            return False
        kept.delete()
    return wake(client, name=owed.job, key=owed.key, payload=owed.payload)


def sweep(client: redis.Redis, now: datetime) -> int:
    """Ask every sweeper in settings.EVENT_SWEEPERS what is still owed and wake it; returns how many."""
    woken = 0
    for dotted in settings.EVENT_SWEEPERS:
        sweeper: Sweeper = import_string(dotted)
        woken += sum(settle(client, owed) for owed in sweeper(now))
    if woken:
        logger.info("owed jobs woken", extra={"count": woken})
    return woken
