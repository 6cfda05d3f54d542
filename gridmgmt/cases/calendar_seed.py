"""Rows that seed the holiday table: the State Council's yearly notices as chinesecalendar ships them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from chinese_calendar.constants import Holiday, holidays, workdays

SOURCE = "chinesecalendar"


class SeedDay(NamedTuple):
    """One exceptional day: `kind` is `holiday` or `makeup`, `name` the holiday it belongs to, in Chinese."""

    date: date
    kind: str
    name: str


def seed_days() -> list[SeedDay]:
    """All exceptional days of 2004 to the last year published, in order (2026 in version 1.11)."""
    chinese = {holiday.value: holiday.chinese for holiday in Holiday}
    return sorted(_rows(chinese))


def _rows(chinese: dict[str, str]) -> Iterator[SeedDay]:
    for kind, days in (("holiday", holidays), ("makeup", workdays)):
        for day, name in days.items():
            yield SeedDay(day, kind, chinese.get(name, name))
