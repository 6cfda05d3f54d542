"""Which office hours hold for whom: rows of a department tree become the hours of one department. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from gridmgmt.cases.worktime import HoursPeriod, OfficeHours, Season, parse_segments

EVERYBODY = ""
"""The node of rows that hold for the whole installation."""


class HoursRow(NamedTuple):
    """One row of the table of office hours. ``node`` is a part of a department's path; None means always."""

    node: str
    segments: str
    weekdays: tuple[int, ...] | None = None
    season: Season | None = None
    valid_from: date | None = None
    valid_to: date | None = None

    @property
    def is_base(self) -> bool:
        """True for hours of every day; narrower rows of the same department stand above it."""
        return (
            self.weekdays is None
            and self.season is None
            and self.valid_from is None
            and self.valid_to is None
        )


@dataclass(slots=True)
class HoursBook:
    """Office hours by department. Nearer departments win over those above them, narrower rows over a base."""

    by_node: dict[str, list[HoursRow]]
    _made: dict[str, OfficeHours] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[HoursRow]) -> HoursBook:
        """From rows in the order in which they were entered."""
        by_node: dict[str, list[HoursRow]] = defaultdict(list)
        for row in rows:
            by_node[row.node].append(row)
        return cls({node: sorted(found, key=lambda row: not row.is_base) for node, found in by_node.items()})

    def hours(self, path: str) -> OfficeHours:
        """The hours of a department by its path ("/" between and around); "" is the installation's own."""
        made = self._made.get(path)
        if made is None:
            made = self._made[path] = self._compose(path)
        return made

    def _compose(self, path: str) -> OfficeHours:
        nodes = [EVERYBODY, *(node for node in path.split("/") if node)]
        rows = [row for node in nodes for row in self.by_node.get(node, ())]
        periods = [_period(row) for row in rows]
        # What a later base row covers whole can never be seen again.
        base = max((place for place, row in enumerate(rows) if row.is_base), default=None)
        if base is None:
            return OfficeHours(periods=tuple(periods))
        return OfficeHours(segments=periods[base].segments, periods=tuple(periods[base + 1 :]))


def _period(row: HoursRow) -> HoursPeriod:
    weekdays = None if row.weekdays is None else frozenset(row.weekdays)
    return HoursPeriod(parse_segments(row.segments), row.valid_from, row.valid_to, weekdays, row.season)
