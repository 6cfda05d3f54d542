"""Working time: a year of days, office hours, versions; changes are shown with their effect before they are made."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from geodata.errors import DomainError
from gridmgmt.cases import calendar_actions, calendar_changes, calendar_queries, calendars, reference
from gridmgmt.cases.calendar_changes import DayChange
from gridmgmt.organisation.scope import scope_of
from map_ui import calendar_page


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """A year, as it is or as an older version had it."""
    return render(request, "map_ui/calendar.html", _context(request))


@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The exceptional days of the year on the page, in the form the import reads."""
    year, version = _year(request), _version(request)
    rows = calendar_queries.year_days(version, year)
    text = calendar_changes.write_days(
        DayChange(day, row.kind, row.name) for day, row in sorted(rows.items())
    )
    answer = HttpResponse("\ufeff" + text, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="calendar-{year}.csv"'
    return answer


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """What a change would do to running clocks; nothing is stored. Faults are told on the page itself."""
    context = _context(request)
    try:
        change = calendar_page.read_change(request.POST, request.FILES.get("file"))
        moved = calendar_actions.preview(change=change, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    except DomainError as error:
        return render(request, "map_ui/calendar.html", context | {"fault": error.text()}, status=error.status)
    days = {day.date for day in change.days}
    asked = {
        "change": change,
        "repeated": calendar_page.repeated(request.POST, change),
        "effect": calendar_page.context_of_effect(moved),
        "backwards": any(day < context["today"] for day in days),
        "draft": change.add_hours[0] if change.add_hours else None,
    }
    return render(request, "map_ui/calendar.html", context | {"asked": asked})


@require_POST
def apply(request: HttpRequest) -> HttpResponse:
    """Make the new version and come back to the year."""
    try:
        version = calendar_actions.apply(
            change=calendar_page.read_change(request.POST, None),
            reason=request.POST.get("reason", ""),
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
            base=calendar_page.number_of(request.POST, "base"),
            effect=request.POST.get("effect", calendar_actions.Effect.FROM_NOW),
        )
    except DomainError as error:
        context = _context(request) | {"fault": error.text()}
        return render(request, "map_ui/calendar.html", context, status=error.status)
    told = gettext("Version %(number)s of working time holds now.") % {"number": version.number}
    messages.success(request, told)
    return redirect(f"{reverse('map_ui:calendar')}?year={_year(request)}")


def _context(request: HttpRequest) -> dict[str, Any]:
    scope, now, known = scope_of(request.user), timezone.now(), reference.current()
    today = now.astimezone(known.zone).date()
    year, version, newest = _year(request), _version(request), known.calendar.version
    shown, _hours = calendars.load(version)
    found = calendar_page.months(year, shown, calendar_queries.year_days(version, year), today)
    may_days = calendar_actions.may_change_days(scope) and version == newest
    own = calendar_page.departments(scope) if version == newest else []
    alarm = calendar_queries.alarm(known, now)
    return {
        "year": year, "before": year - 1, "after": year + 1, "today": today, "months": found,
        "weekdays": calendar_page.WEEKDAYS, "figures": calendar_page.figures(found), "known": year in shown.years,
        "version": version, "newest": newest, "may_days": may_days, "departments": own,
        "published": bool(calendar_changes.published_year(year)), "day": request.GET.get("day", ""),
        "hours": calendar_page.hours_lines(version, scope, everybody=may_days),
        "versions": calendar_queries.versions(),
        "reaching": calendar_queries.reaching_unknown(known) if alarm else 0, "alarm_year": alarm and alarm.year,
    }  # fmt: skip


def _year(request: HttpRequest) -> int:
    text = request.POST.get("year") or request.GET.get("year") or ""
    first, last = calendar_page.YEARS
    if text.isascii() and text.isdigit() and len(text) == 4 and first <= int(text) <= last:
        return int(text)
    return timezone.localdate().year


def _version(request: HttpRequest) -> int:
    """The version to show: the newest, or an older one that is named."""
    newest = reference.current().calendar.version
    text = request.GET.get("version", "")
    return (
        int(text)
        if text.isascii() and text.isdigit() and len(text) < 9 and 0 < int(text) < newest
        else newest
    )
