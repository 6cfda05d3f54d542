"""Reads of working time: a year's days, rows of office hours, what changed when, and the alarm of a year unknown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, F, OuterRef, QuerySet, Subquery

from gridmgmt.cases import calendars, clock
from gridmgmt.cases.models import CalendarDay, CalendarVersion, Case, OfficeHoursRow
from gridmgmt.cases.reference import Reference

HORIZON = timedelta(days=45)
"""The State Council's notice comes in November: in the middle of it a year that is missing should show."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """A year that deadlines reach or soon will, and whose holidays the calendar does not know."""

    year: int


def alarm(known: Reference, now: datetime) -> Alarm | None:
    """The first year until the horizon that is not in the table; the weekend rule serves it meanwhile."""
    today = now.astimezone(known.zone).date()
    years = range(today.year, (today + HORIZON).year + 1)
    return next((Alarm(year) for year in years if year not in known.calendar.years), None)


def reaching_unknown(known: Reference) -> int:
    """Running working deadlines that end in a year the calendar does not know."""
    last = max(known.calendar.years, default=0)
    after = datetime(last + 1, 1, 1, tzinfo=known.zone) if last else datetime(1980, 1, 1, tzinfo=known.zone)
    rows = Case.objects.filter(closed_at=None, clock_stopped_at=None, due_at__gte=after)
    return rows.exclude(limit_unit__in=clock.ROUND_THE_CLOCK).count()


def year_days(version: int, year: int) -> dict[date, CalendarDay]:
    """The exceptional days of a year in a version."""
    return {row.date: row for row in calendars.days_of(version).filter(date__year=year)}


def hours_rows(version: int) -> QuerySet[OfficeHoursRow]:
    """Rows of office hours of a version, everybody's first, then down the tree."""
    rows = calendars.hours_of(version).select_related("department")
    return rows.order_by(F("department__path").asc(nulls_first=True), "id")


def versions(limit: int = 30) -> QuerySet[CalendarVersion]:
    """The newest versions with who made them and how many rows they added and ended."""
    rows = CalendarVersion.objects.select_related("made_by").order_by("-number")[:limit]
    return rows.annotate(
        days_added=_count(CalendarDay, "added_in"),
        days_ended=_count(CalendarDay, "removed_in"),
        hours_added=_count(OfficeHoursRow, "added_in"),
        hours_ended=_count(OfficeHoursRow, "removed_in"),
    )


def _count(model: type[CalendarDay] | type[OfficeHoursRow], by: str) -> Subquery:
    rows = model._default_manager.filter(**{by: OuterRef("pk")}).order_by()  # noqa: SLF001 - Django's documented API
    return Subquery(rows.values(by).annotate(n=Count("pk")).values("n"))
