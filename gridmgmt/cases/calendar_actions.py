"""Writes of working time. Every change makes a version; older versions stay as they were, for ever."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet

from geodata.errors import DomainError
from geodata.errors import mark as _
from geodata.models import Area, AreaLevel
from gridmgmt.cases import calendar_changes, calendar_seed, calendars, rederive
from gridmgmt.cases.calendar_changes import Change, DayChange, HoursDraft
from gridmgmt.cases.models import CalendarDay, CalendarVersion, OfficeHoursRow
from gridmgmt.cases.rederive import Moved
from gridmgmt.cases.worktable import work_table
from gridmgmt.cases.worktime import parse_segments
from gridmgmt.organisation.models import Department, Role, User
from gridmgmt.organisation.scope import Scope, scope_of

Effect = CalendarVersion.Effect

# One writer at a time: numbers without a gap, and a version that is based on the one before it.
LOCK = "LOCK TABLE cases_calendarversion IN SHARE ROW EXCLUSIVE MODE"


@transaction.atomic
def seed(*, at: datetime) -> int:
    """The published years the table does not know yet, as a new version; returns the days added. Years that are
    known are an administrator's and stay."""
    number = _locked_newest()
    known = {day.year for day in CalendarDay.objects.filter(removed_in=None).values_list("date", flat=True)}
    days = [DayChange(*day) for day in calendar_seed.seed_days() if day.date.year not in known]
    if days:
        version = CalendarVersion.objects.create(number=number + 1, made_at=at, reason=calendar_seed.SOURCE)
        _add_days(version, days, source=calendar_seed.SOURCE)
    return len(days)


def may_change_days(scope: Scope) -> bool:
    """Holidays hold for everybody: only administrators of all streets of the installation change them."""
    if scope.everything:
        return True
    prefixes = scope.prefixes_of(Role.ADMIN)
    streets = Area.objects.filter(level=AreaLevel.STREET).values_list("code", flat=True)
    return bool(prefixes) and all(code.startswith(prefixes) for code in streets)


def may_change_hours(scope: Scope, department: Department | None) -> bool:
    """A department's hours are changed by administrators of its area, everybody's by those of all streets."""
    if department is None:
        return may_change_days(scope)
    return Role.ADMIN in scope.roles_at(department.scope_code)


def preview(*, change: Change, by: User, at: datetime) -> list[Moved]:
    """The running clocks that a change would move if they were computed again; nothing is written. Errors as in
    ``apply``."""
    with transaction.atomic():
        version = _write(change, scope_of(by), reason="", by=by, at=at)
        moved = rederive.moved_by(version.number, first_day=change.first_day, at=at)
        transaction.set_rollback(True)
    return moved


@transaction.atomic
def apply(
    *, change: Change, reason: str, by: User, at: datetime, base: int, effect: str = Effect.FROM_NOW
) -> CalendarVersion:
    """Make a new version. With ``rederive`` running clocks are computed again under it, each with a history row;
    else it counts from now on only, and stored deadlines keep the version they were made with.

    Errors: calendar_not_permitted 403, calendar_changed 409 (``base`` is not the newest any more),
    calendar_reason_missing, calendar_unchanged, office_hours_invalid and those of ``calendar_changes`` 422.
    """
    if not reason.strip():
        raise _refused("calendar_reason_missing", _("Say why: the notice, or who decided it."))
    version = _write(change, scope_of(by), reason=reason.strip()[:200], by=by, at=at)
    if version.number != base + 1:
        raise _refused(
            "calendar_changed", _("Meanwhile somebody else changed the calendar; look again."), 409
        )
    moved = rederive.moved_by(version.number, first_day=change.first_day, at=at)
    version.effect, version.differing = Effect(effect), len(moved)
    version.save(update_fields=["effect", "differing"])
    if version.effect == Effect.REDERIVE:
        rederive.write(version, moved, by=by, at=at)
    return version


def _write(change: Change, scope: Scope, *, reason: str, by: User, at: datetime) -> CalendarVersion:
    """The new version with its rows, checked."""
    _check_rights(change, scope)
    calendar_changes.check_days(change.days)
    number = _locked_newest()
    version = CalendarVersion.objects.create(number=number + 1, made_at=at, made_by=by, reason=reason)
    touched = _change_days(version, change.days) + _change_hours(version, change)
    if not touched:
        raise _refused("calendar_unchanged", _("That is what the calendar says already."))
    _check_offices(version)
    return version


def _check_rights(change: Change, scope: Scope) -> None:
    ended = OfficeHoursRow.objects.filter(pk__in=change.end_hours).select_related("department")
    wanted = {draft.department_id for draft in change.add_hours if draft.department_id}
    found = list(Department.objects.filter(pk__in=wanted))
    everybody = [None] if any(draft.department_id is None for draft in change.add_hours) else []
    departments = [*found, *(row.department for row in ended), *everybody]
    allowed = all(may_change_hours(scope, department) for department in departments)
    if len(found) != len(wanted) or len(ended) != len(set(change.end_hours)):
        raise _refused("office_hours_unknown", _("There is no such department or no such row of hours."), 404)
    if not allowed or (change.days and not may_change_days(scope)):
        raise _refused("calendar_not_permitted", _("Working time is changed by administrators."), 403)


def _change_days(version: CalendarVersion, days: Iterable[DayChange]) -> int:
    """End what differs, add what shall be; returns how many days really changed."""
    wanted = {day.date: day for day in days}
    now = {row.date: row for row in CalendarDay.objects.filter(removed_in=None, date__in=wanted)}
    changed = [day for day in wanted.values() if _differs(now.get(day.date), day)]
    CalendarDay.objects.filter(pk__in=[now[day.date].pk for day in changed if day.date in now]).update(
        removed_in=version
    )
    _add_days(version, [day for day in changed if day.kind], source="")
    return len(changed)


def _differs(row: CalendarDay | None, day: DayChange) -> bool:
    return bool(day.kind) if row is None else (row.kind, row.name) != (day.kind, day.name)


def _change_hours(version: CalendarVersion, change: Change) -> int:
    """Rows of office hours ended and added. A base row takes the place of the department's base row before it."""
    ended = OfficeHoursRow.objects.filter(pk__in=change.end_hours, removed_in=None).update(removed_in=version)
    for draft in change.add_hours:
        row = _row(version, draft)
        if row.is_base:
            if not parse_segments(draft.segments):
                raise _refused("office_hours_invalid", _("With these hours the office would never open."))
            _same_office(draft).update(removed_in=version)
        row.save(force_insert=True)
    return ended + len(change.add_hours)


def _same_office(draft: HoursDraft) -> QuerySet[OfficeHoursRow]:
    """The present base row of the department a draft speaks of."""
    rows = OfficeHoursRow.bases()
    return (
        rows.filter(department_id=draft.department_id)
        if draft.department_id
        else rows.filter(department=None)
    )


def _row(version: CalendarVersion, draft: HoursDraft) -> OfficeHoursRow:
    parse_segments(draft.segments)
    first, last = draft.season or (None, None)
    if draft.valid_from and draft.valid_to and draft.valid_from >= draft.valid_to:
        raise _refused("office_hours_invalid", _("The last day lies before the first."))
    return OfficeHoursRow(
        added_in=version, department_id=draft.department_id, segments=draft.segments.replace(" ", ""),
        weekdays=sorted(draft.weekdays) if draft.weekdays else None, season_from=first, season_to=last,
        valid_from=draft.valid_from, valid_to=draft.valid_to,
    )  # fmt: skip


def _check_offices(version: CalendarVersion) -> None:
    """Every department with hours of its own opens some time. Error: office_hours_invalid."""
    calendar, book = calendars.read(version.number)
    rows = calendars.hours_of(version.number).exclude(department=None)
    for path in rows.values_list("department__path", flat=True).distinct():
        work_table(calendar, book.hours(path))
    work_table(calendar, book.hours(""))


def _add_days(version: CalendarVersion, days: Iterable[DayChange], *, source: str) -> None:
    CalendarDay.objects.bulk_create(
        CalendarDay(date=day.date, kind=day.kind, name=day.name, source=source, added_in=version)
        for day in days
    )


def _locked_newest() -> int:
    """The newest version's number; nobody makes another one until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
    return calendars.newest()


def _refused(code: str, message: str, status: int = 422) -> DomainError:
    return DomainError(code=code, message=message, status=status)
