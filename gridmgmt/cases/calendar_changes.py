"""What may be asked of working time, and what is wrong with it: days, office hours. Pure but for the seed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from geodata.errors import DomainError
from geodata.errors import mark as _
from gridmgmt.cases.calendar_seed import seed_days
from gridmgmt.cases.worktime import WINDOW, Season

KINDS = frozenset({"holiday", "makeup", ""})
MOST_DAYS = 400


class DayChange(NamedTuple):
    """A day as it shall be; an empty ``kind`` gives it back to the weekend rule."""

    date: date
    kind: str
    name: str = ""


class HoursDraft(NamedTuple):
    """Office hours as they shall be added; no department: everybody's."""

    department_id: UUID | None
    segments: str
    weekdays: tuple[int, ...] | None = None
    season: Season | None = None
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Everything one new version changes."""

    days: tuple[DayChange, ...] = ()
    add_hours: tuple[HoursDraft, ...] = ()
    end_hours: tuple[int, ...] = ()

    @property
    def first_day(self) -> date | None:
        """The earliest day it touches; None when office hours change, which touch all."""
        if self.add_hours or self.end_hours:
            return None
        return min((day.date for day in self.days), default=None)


def check_days(days: Sequence[DayChange]) -> None:
    """Errors: calendar_day_invalid, calendar_days_too_many, calendar_day_twice, calendar_makeup_on_weekday."""
    if len(days) > MOST_DAYS:
        raise _wrong("calendar_days_too_many", _("Change at most %(most)s days at once."), most=MOST_DAYS)
    for day in days:
        if day.kind not in KINDS or not WINDOW[0] <= day.date < WINDOW[1]:
            raise _wrong("calendar_day_invalid", _("%(day)s cannot be entered like this."), day=str(day.date))
        if day.kind == "makeup" and day.date.weekday() < 5:
            raise _wrong(
                "calendar_makeup_on_weekday", _("%(day)s is a weekday and worked anyway."), day=str(day.date)
            )
    if len({day.date for day in days}) != len(days):
        raise _wrong("calendar_day_twice", _("A day stands there twice."))


def published_year(year: int) -> tuple[DayChange, ...]:
    """The days of a year as chinesecalendar ships them; nothing before the State Council's notice is in it."""
    return tuple(DayChange(*day) for day in seed_days() if day.date.year == year)


def read_days(text: str) -> tuple[DayChange, ...]:
    """Lines `date,kind,name` (kind `holiday`, `makeup` or empty; a heading is skipped). Error: calendar_line_invalid."""
    rows = csv.reader(io.StringIO(text.lstrip("\ufeff")))
    return tuple(_line(number, row) for number, row in enumerate(rows, 1) if row and row[0].strip() != "date")


def write_days(days: Iterable[DayChange]) -> str:
    """The same lines, with their heading."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("date", "kind", "name"))
    writer.writerows((day.date.isoformat(), day.kind, day.name) for day in days)
    return out.getvalue()


def _line(number: int, row: list[str]) -> DayChange:
    cells = [cell.strip() for cell in [*row, "", ""]]
    try:
        return DayChange(date.fromisoformat(cells[0]), cells[1], cells[2][:60])
    except ValueError:
        message = _("Line %(line)s is not “date,kind,name”.")
        raise _wrong("calendar_line_invalid", message, line=number) from None


def _wrong(code: str, message: str, **data: object) -> DomainError:
    return DomainError(code=code, message=message, status=422, data=data)
