"""Writes of working time. Every change makes a version; older versions stay as they were, for ever."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction

from gridmgmt.cases import calendar_seed, calendars
from gridmgmt.cases.calendar_seed import SeedDay
from gridmgmt.cases.models import CalendarDay, CalendarVersion
from gridmgmt.organisation.models import User

Effect = CalendarVersion.Effect

# One writer at a time: numbers without a gap, and a version that is based on the one before it.
LOCK = "LOCK TABLE cases_calendarversion IN SHARE ROW EXCLUSIVE MODE"


@transaction.atomic
def seed(*, at: datetime) -> int:
    """The published years the table does not know yet, as a new version; returns the days added. Years that are
    known are an administrator's and stay."""
    number = locked_newest()
    known = {day.year for day in CalendarDay.objects.filter(removed_in=None).values_list("date", flat=True)}
    days = [day for day in calendar_seed.seed_days() if day.date.year not in known]
    if days:
        version = new_version(number, reason=calendar_seed.SOURCE, by=None, at=at)
        add_days(version, days, source=calendar_seed.SOURCE)
    return len(days)


def locked_newest() -> int:
    """The newest version's number; nobody makes another one until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
    return calendars.newest()


def new_version(
    number: int,
    *,
    reason: str,
    by: User | None,
    at: datetime,
    effect: str = Effect.FROM_NOW,
    differing: int = 0,
) -> CalendarVersion:
    """The version after ``number``."""
    return CalendarVersion.objects.create(
        number=number + 1, made_at=at, made_by=by, reason=reason, effect=effect, differing=differing
    )


def add_days(version: CalendarVersion, days: Iterable[SeedDay], *, source: str) -> None:
    """Exceptional days that hold from a version on; their dates must be free."""
    CalendarDay.objects.bulk_create(
        CalendarDay(date=day.date, kind=day.kind, name=day.name, source=source, added_in=version)
        for day in days
    )
