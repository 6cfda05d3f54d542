"""What the page of working time shows and what its forms ask for. Rules stand in gridmgmt.cases."""

from __future__ import annotations

import calendar as weeks
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils import dates
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from geodata.errors import DomainError
from gridmgmt.cases import calendar_changes, calendar_queries
from gridmgmt.cases.calendar_changes import Change, DayChange, HoursDraft
from gridmgmt.cases.models import CalendarDay, OfficeHoursRow
from gridmgmt.cases.worktime import Calendar, Season
from gridmgmt.organisation.models import Department, Role
from gridmgmt.organisation.scope import Scope
from map_ui.language import in_language

YEARS = (2004, 2099)
WEEKDAYS = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
MOST_FILE = 200_000
HOURS_FIELDS = ("department", "segments", "weekdays", "season_from", "season_to", "valid_from", "valid_to")


@dataclass(frozen=True, slots=True)
class Day:
    """One square of a month: state is `holiday`, `makeup`, `free` (weekend) or `work`."""

    date: date
    state: str
    name: str
    past: bool
    today: bool

    @property
    def label(self) -> str:
        """What a screen reader says."""
        words = {
            "holiday": gettext("public holiday"), "makeup": gettext("make-up workday"), "free": gettext("weekend"),
            "work": gettext("workday"),
        }  # fmt: skip
        return " ".join(filter(None, (self.date.isoformat(), words[self.state], self.name)))


@dataclass(frozen=True, slots=True)
class Month:
    """A month as weeks from Monday; None fills the squares of its neighbours."""

    number: int
    name: Promise | str
    weeks: list[list[Day | None]]


def months(year: int, known: Calendar, named: dict[date, CalendarDay], today: date) -> list[Month]:
    """The twelve months of a year."""

    def square(day: date) -> Day:
        state = "work" if known.is_workday(day) else "free"
        row = named.get(day)
        return Day(day, row.kind if row else state, row.name if row else "", day < today, day == today)

    def rows(number: int) -> Iterator[list[Day | None]]:
        for week in weeks.Calendar().monthdatescalendar(year, number):
            yield [square(day) if day.month == number else None for day in week]

    return [Month(number, dates.MONTHS[number], list(rows(number))) for number in range(1, 13)]


def figures(found: list[Month]) -> dict[str, int]:
    """Days of a year by state, and all that are worked."""
    states = [day.state for month in found for week in month.weeks for day in week if day]
    counts = {state: states.count(state) for state in ("holiday", "makeup")}
    return counts | {"worked": states.count("work") + states.count("makeup")}


@dataclass(frozen=True, slots=True)
class HoursLine:
    """One row of office hours in words."""

    row: OfficeHoursRow
    whose: str
    hours: str
    when: str
    editable: bool


def hours_lines(version: int, scope: Scope, *, everybody: bool) -> list[HoursLine]:
    """Rows of a version that the reader's places have to do with."""
    lines = []
    for row in calendar_queries.hours_rows(version):
        department = row.department
        mine = everybody if department is None else Role.ADMIN in scope.roles_at(department.scope_code)
        if department is None or scope.everything or scope.covers(department.scope_code):
            whose = gettext("Everybody") if department is None else in_language(department)
            lines.append(HoursLine(row, whose, row.segments or gettext("closed"), when(row), mine))
    return lines


def when(row: OfficeHoursRow) -> str:
    """Weekdays, season and validity of a row in words."""
    parts = []
    if row.weekdays:
        parts.append(" ".join(str(WEEKDAYS[day]) for day in row.weekdays))
    if row.season_from and row.season_to:
        first, last = ((day // 100, day % 100) for day in (row.season_from, row.season_to))
        ends = {"first": f"{first[0]:02}-{first[1]:02}", "last": f"{last[0]:02}-{last[1]:02}"}
        parts.append(gettext("every year %(first)s to %(last)s") % ends)
    if row.valid_from:
        parts.append(gettext("from %(day)s") % {"day": row.valid_from})
    if row.valid_to:
        parts.append(gettext("until %(day)s") % {"day": row.valid_to - timedelta(days=1)})
    return " · ".join(parts) or gettext("always")


def departments(scope: Scope) -> list[Department]:
    """Departments whose hours the reader may change."""
    rows = Department.objects.filter(active=True).order_by("scope_code", "path")
    return [row for row in rows if Role.ADMIN in scope.roles_at(row.scope_code)]


def read_change(form: QueryDict, upload: UploadedFile[Any] | None) -> Change:
    """What a form asks for: lines, a published year, some days, office hours, or rows to end. Errors 422."""
    if upload is not None:
        return Change(days=calendar_changes.read_days(_text(upload)))
    if lines := _said(form, "lines"):
        return Change(days=calendar_changes.read_days(lines))
    if year := _said(form, "published"):
        return Change(days=calendar_changes.published_year(_number(year)))
    if "segments" in form:
        return Change(add_hours=(_hours(form),))
    if form.getlist("end"):
        return Change(end_hours=tuple(_number(str(value)) for value in form.getlist("end")))
    return Change(days=_days(form))


def repeated(form: QueryDict, change: Change) -> list[tuple[str, str]]:
    """The fields of a confirmation: the same change again, days as lines."""
    if change.days:
        return [("lines", calendar_changes.write_days(change.days))]
    names = HOURS_FIELDS if change.add_hours else ("end",)
    return [(name, str(value)) for name in names for value in form.getlist(name)]


def number_of(form: QueryDict, name: str) -> int:
    """A whole number of a form. Error: calendar_form_invalid."""
    return _number(_said(form, name))


def _said(form: QueryDict, name: str) -> str:
    return str(form.get(name, "")).strip()


def _days(form: QueryDict) -> tuple[DayChange, ...]:
    first = _date(_said(form, "day"))
    last = _date(_said(form, "until")) or first
    if first is None or last is None or not 0 <= (last - first).days < calendar_changes.MOST_DAYS:
        raise bad_form()
    kind, name = _said(form, "kind"), _said(form, "name")[:60]
    span = (first + timedelta(days=step) for step in range((last - first).days + 1))
    return tuple(DayChange(day, kind, name if kind else "") for day in span)


def _hours(form: QueryDict) -> HoursDraft:
    weekdays = tuple(day for value in form.getlist("weekdays") if 0 <= (day := _number(str(value))) <= 6)
    last = _date(_said(form, "valid_to"))
    department = _said(form, "department")
    return HoursDraft(
        department_id=_uuid(department) if department else None,
        segments=_said(form, "segments").replace("\uff1a", ":").replace("\uff0c", ",").replace("\u2013", "-"),
        weekdays=weekdays if 0 < len(weekdays) < 7 else None,
        season=_season(_said(form, "season_from"), _said(form, "season_to")),
        valid_from=_date(_said(form, "valid_from")),
        valid_to=last + timedelta(days=1) if last else None,
    )


def _season(first: str, last: str) -> Season | None:
    """Two days such as 06-01; both or none."""
    if not first and not last:
        return None
    days = [_date(f"2024-{text}") for text in (first, last)]  # a leap year: 29 February is a day
    if days[0] is None or days[1] is None:
        raise bad_form()
    return days[0].month * 100 + days[0].day, days[1].month * 100 + days[1].day


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise bad_form() from None


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise bad_form()
    return int(text)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise bad_form() from None


def _text(upload: UploadedFile[Any]) -> str:
    if not upload.size or upload.size > MOST_FILE:
        raise bad_form()
    try:
        return bytes(upload.read()).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise bad_form() from None


def bad_form() -> DomainError:
    """A form that no page of ours sends, or a date that is none."""
    return DomainError(
        code="calendar_form_invalid", message="Please check the dates and times you entered.", status=422
    )


def context_of_effect(moved: list[Any]) -> dict[str, Any]:
    """How many running deadlines would differ, which way, and the first of them."""
    later = sum(one.later for one in moved)
    return {"count": len(moved), "later": later, "earlier": len(moved) - later, "first": moved[:8]}
