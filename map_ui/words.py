"""Durations, lamps and figures in words of the page's language."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext, ngettext, pgettext

LAMPS = ("red", "yellow", "green", "grey", "done")


def lamp_name(state: str) -> str:
    """What a lamp says when it cannot be seen."""
    names = {
        "green": gettext("Green: in time"),
        "yellow": gettext("Yellow: near the limit"),
        "red": gettext("Red: over the limit"),
        "grey": gettext("Grey: clock paused"),
        "done": gettext("Finished"),
    }
    return names.get(state, "")


def duration(span: timedelta) -> str:
    """The two largest parts of a span: "1 d 4 h", "2 h 10 min", "35 min"."""
    minutes = max(0, int(span.total_seconds()) // 60)
    days, rest = divmod(minutes, 24 * 60)
    hours, left = divmod(rest, 60)
    if days:
        return _joined(ngettext("%(n)d day", "%(n)d days", days) % {"n": days}, _hours(hours))
    if hours:
        return _joined(_hours(hours), _minutes(left))
    return _minutes(left) or gettext("less than a minute")


def remaining(due: datetime | None, now: datetime) -> str:
    """How long until ``due``, or how long ago it was; "" without one."""
    if due is None:
        return ""
    if due >= now:
        return gettext("%(span)s left") % {"span": duration(due - now)}
    return gettext("overdue by %(span)s") % {"span": duration(now - due)}


def limit(value: int | None, unit: str) -> str:
    """A limit in its unit: "4 working hours"."""
    if value is None:
        return ""
    units = {
        "urgent_hour": pgettext("limit", "%(n)d urgent hours"),
        "urgent_day": pgettext("limit", "%(n)d urgent days"),
        "work_hour": pgettext("limit", "%(n)d working hours"),
        "work_day": pgettext("limit", "%(n)d working days"),
    }
    return units.get(unit, "%(n)d") % {"n": value}


def worked(seconds: int, unit: str, work_day_minutes: int) -> str:
    """A span in the limit's own time: a working day is as long as the office is open."""
    if unit in ("urgent_hour", "urgent_day"):
        return duration(timedelta(seconds=seconds))
    days, rest = divmod(seconds, work_day_minutes * 60)
    hours, rest = divmod(rest, 3600)
    parts = [
        ngettext("%(n)d working day", "%(n)d working days", days) % {"n": days} if days else "",
        _hours(hours),
        "" if days else _minutes(rest // 60),
    ]
    return " ".join(part for part in parts if part) or gettext("less than a minute")


def _hours(hours: int) -> str:
    return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours} if hours else ""


def _minutes(minutes: int) -> str:
    return gettext("%(n)d min") % {"n": minutes} if minutes else ""


def _joined(first: str, second: str) -> str:
    return f"{first} {second}" if second else first
