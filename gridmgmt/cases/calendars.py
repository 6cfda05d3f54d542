"""Versions of working time as the clock needs them: calendar and office hours of any version, read once."""

from __future__ import annotations

from functools import lru_cache

from django.db.models import F, Max, Q, QuerySet, Value
from django.db.models.functions import Concat

from gridmgmt.cases.clock import Calendar
from gridmgmt.cases.clock_book import Terms
from gridmgmt.cases.models import CalendarDay, CalendarVersion, OfficeHoursRow
from gridmgmt.cases.officehours import EVERYBODY, HoursBook, HoursRow


def newest() -> int:
    """Number of the newest version; 0 before the first."""
    return CalendarVersion.objects.aggregate(n=Max("number"))["n"] or 0


def days_of(version: int) -> QuerySet[CalendarDay]:
    """The exceptional days of a version."""
    return CalendarDay.objects.filter(_in(version))


def hours_of(version: int) -> QuerySet[OfficeHoursRow]:
    """The office hours of a version, in the order in which they were entered."""
    return OfficeHoursRow.objects.filter(_in(version)).order_by("id")


@lru_cache(maxsize=32)
def load(version: int) -> tuple[Calendar, HoursBook]:
    """Calendar and hours of a committed version; it never changes, so it is read once per process."""
    return read(version)


def read(version: int) -> tuple[Calendar, HoursBook]:
    """The same read now: for a version that this transaction has made and may still take back."""
    days = days_of(version).order_by("date").values_list("date", "kind")
    node = Concat(F("department__scope_code"), Value("."), F("department__key"))
    names = ("weekdays", "season_from", "season_to", "valid_from", "valid_to")
    rows = hours_of(version).annotate(node=node).values_list("department_id", "node", "segments", *names)
    return Calendar.of(days, version=version), HoursBook.of(_row(*row) for row in rows)


def terms(version: int, path: str) -> Terms:
    """Calendar and hours of a version for a department's path."""
    calendar, book = load(version)
    return Terms(calendar, book.hours(path))


def _row(department: object, node: str, segments: str, *when: object) -> HoursRow:
    weekdays, first, last, valid_from, valid_to = when
    return HoursRow(
        node=node if department else EVERYBODY,
        segments=segments,
        weekdays=tuple(weekdays) if isinstance(weekdays, list) else None,
        season=(first, last) if isinstance(first, int) and isinstance(last, int) else None,
        valid_from=valid_from,  # type: ignore[arg-type]
        valid_to=valid_to,  # type: ignore[arg-type]
    )


def _in(version: int) -> Q:
    return Q(added_in__lte=version) & (Q(removed_in=None) | Q(removed_in__gt=version))
