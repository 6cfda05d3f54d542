"""What the operator reads: timed steps, plain sentences, and errors that name the way out."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class OpsError(Exception):
    """Something the operator must decide or repair: one clear line, and what to do about it."""

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix


class Step:
    """One step of the set-up while it runs; `note` ends up behind its name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.note = ""


def say(text: str) -> None:
    """A line for the operator, on stderr so that output of commands stays clean."""
    print(text, file=sys.stderr, flush=True)


def complain(error: OpsError) -> None:
    """The two lines of an error."""
    say(f"grid: {error.what}")
    if error.fix:
        say(f"      {error.fix}")


@contextmanager
def step(name: str) -> Iterator[Step]:
    """Prints name, note and duration when the block is done."""
    started = time.monotonic()
    current = Step(name)
    yield current
    note = f": {current.note}" if current.note else ""
    say(f"{time.monotonic() - started:7.1f} s  {current.name}{note}")
