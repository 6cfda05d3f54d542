"""Processes that die between a commit and what should follow it: `python -m tests.faults.crashes N`."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable

import django


def die(*_args: object, **_kwargs: object) -> None:
    """As if the power went."""
    os._exit(9)


def writer(number: int) -> None:
    """Commits an event and dies before anybody is woken."""
    from django.db import transaction

    from gridmgmt.events import outbox

    outbox.wake = die  # type: ignore[assignment]
    with transaction.atomic():
        outbox.append(topic="fault", cell_code="009901001001001", payload={"n": number})


def publisher() -> None:
    """Publishes what waits, commits that, and dies before a worker is woken."""
    from gridmgmt.events import jobs, link
    from gridmgmt.events.relay import Relay

    jobs.wake = die  # type: ignore[assignment]
    Relay(link.client()).drain()


def main(count: int) -> None:
    """Each event's writer crashes; after every second one the relay does, too."""
    for number in range(count):
        crash(functools.partial(writer, number))
        if number % 2:
            crash(publisher)


def crash(part: Callable[[], None]) -> None:
    """Run a part in a process of its own and see it die."""
    child = os.fork()
    if child == 0:
        part()
        os._exit(1)
    _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status) != 9:
        raise SystemExit("a process that should have crashed did not")


if __name__ == "__main__":
    django.setup()
    main(int(sys.argv[1]))
