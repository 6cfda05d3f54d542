"""Periods of appraisal as local days, with the one before and the same a year earlier. Pure."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

KINDS = ("day", "month", "quarter", "year", "free")
LONGEST = timedelta(days=366 * 3)


@dataclass(frozen=True, slots=True)
class Period:
    """Local days from ``first`` to ``last``, both included."""

    kind: str
    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    @property
    def name(self) -> str:
        """2026-11, 2026-Q4, 2026, 2026-11-20 or two days."""
        return {
            "day": f"{self.first}",
            "month": f"{self.first:%Y-%m}",
            "quarter": f"{self.first.year}-Q{(self.first.month + 2) // 3}",
            "year": f"{self.first.year}",
        }.get(self.kind, f"{self.first} – {self.last}")

    def begins(self, zone: ZoneInfo) -> datetime:
        """The first instant."""
        return datetime.combine(self.first, time.min, tzinfo=zone)

    def ends(self, zone: ZoneInfo) -> datetime:
        """The first instant after it."""
        return datetime.combine(self.last + timedelta(days=1), time.min, tzinfo=zone)

    def before(self) -> Period:
        """The period right before, of the same kind (of the same length for a free one)."""
        day = self.first - timedelta(days=1)
        if self.kind == "free":
            return Period("free", self.first - timedelta(days=self.days), day)
        return of(self.kind, day)

    def after(self) -> Period:
        """The period right after, as ``before``."""
        day = self.last + timedelta(days=1)
        if self.kind == "free":
            return Period("free", day, self.last + timedelta(days=self.days))
        return of(self.kind, day)

    def year_before(self) -> Period:
        """The same days of the year before; 29 February becomes the 28th."""
        if self.kind == "free":
            return Period("free", _year_earlier(self.first), _year_earlier(self.last))
        return of(self.kind, _year_earlier(self.first))


def of(kind: str, day: date) -> Period:
    """The day, month, quarter or year that holds a day. ValueError for another word."""
    if kind == "day":
        return Period(kind, day, day)
    months = {"month": 1, "quarter": 3, "year": 12}.get(kind)
    if months is None:
        raise ValueError(kind)
    month = (day.month - 1) // months * months + 1
    end = month + months - 1
    return Period(kind, date(day.year, month, 1), date(day.year, end, monthrange(day.year, end)[1]))


def free(first: date, last: date) -> Period:
    """Any days. ValueError when they run backwards or over more than three years."""
    if not timedelta(0) <= last - first <= LONGEST:
        raise ValueError("days run backwards or too far")
    return Period("free", first, last)


def _year_earlier(day: date) -> date:
    year = day.year - 1
    return day.replace(year=year, day=min(day.day, monthrange(year, day.month)[1]))
