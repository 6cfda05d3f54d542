"""Working time laid out once: every office segment of the window and the work done before it. Pure."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from geodata.errors import DomainError
from geodata.errors import mark as _
from gridmgmt.cases.worktime import Calendar, OfficeHours, work_segments


@dataclass(frozen=True, slots=True, eq=False)
class WorkTable:
    """All office segments of the window in microseconds since 1970 UTC, and the work done before each."""

    starts: array[int]
    ends: array[int]
    before: array[int]

    def worked(self, at: int) -> int:
        """Working microseconds from the start of the window until `at`."""
        i = bisect_right(self.starts, at) - 1
        if i < 0 or at > self.ends[-1]:
            raise outside()
        end = self.ends[i]
        return self.before[i] + (at if at < end else end) - self.starts[i]

    def after(self, start: int, amount: int) -> int:
        """When `amount` of work is done since `start`; zero gives the first working instant."""
        if amount == 0:
            return self._first_working(start)
        target = self.worked(start) + amount
        i = bisect_left(self.before, target) - 1
        due = self.starts[i] + target - self.before[i]
        if due > self.ends[-1]:
            raise outside()
        return due

    def back(self, end: int, amount: int) -> int:
        """The first instant from which `amount` of work is done until `end`: `after` the other way round."""
        if amount == 0:
            return end
        target = self.worked(end) - amount
        i = bisect_left(self.before, target) - 1
        if i < 0:
            raise outside()
        return self.starts[i] + target - self.before[i]

    def is_open(self, at: int) -> bool:
        """Whether an instant lies inside a segment, closing time excluded."""
        i = bisect_right(self.starts, at) - 1
        return i >= 0 and at < self.ends[i]

    def _first_working(self, at: int) -> int:
        i = bisect_right(self.starts, at) - 1
        if i < 0 or at > self.ends[-1]:
            raise outside()
        return at if at <= self.ends[i] else self.starts[i + 1]

    def after_many(self, begun: NDArray[np.int64], amounts: NDArray[np.int64]) -> NDArray[np.int64]:
        """`after` for whole columns."""
        starts, ends, before = (
            np.frombuffer(column, np.int64) for column in (self.starts, self.ends, self.before)
        )
        i = np.searchsorted(starts, begun, side="right") - 1
        if begun.size and (bool((i < 0).any()) or begun.max() > ends[-1]):
            raise outside()
        target = before[i] + np.minimum(begun, ends[i]) - starts[i] + amounts
        j = np.searchsorted(before, target, side="left") - 1
        due = starts[j] + target - before[j]
        if due.size and due.max() > ends[-1]:
            raise outside()
        none = amounts == 0
        opening = np.where(begun <= ends[i], begun, starts[np.minimum(i + 1, len(starts) - 1)])
        return np.where(none, opening, due)


@lru_cache(maxsize=64)
def work_table(calendar: Calendar, hours: OfficeHours) -> WorkTable:
    """The table of a calendar and hours; equal ones share it."""
    starts, ends = work_segments(calendar, hours)
    before = np.concatenate(([0], np.cumsum(ends - starts)[:-1]))
    packed = (array("q", column.astype(np.int64).tobytes()) for column in (starts, ends, before))
    return WorkTable(*packed)


def outside() -> DomainError:
    """The error for instants that no table covers."""
    return DomainError(
        code="time_out_of_range", message=_("The time lies outside the years of the calendar.")
    )
