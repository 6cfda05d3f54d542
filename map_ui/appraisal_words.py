"""Names and numbers of the appraisal board in words of the page's language."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext, pgettext

from gridmgmt.organisation.models import Role
from gridmgmt.statistics.definitions import Indicator, catalogue
from gridmgmt.statistics.sheet import Line, Sheet
from map_ui.language import in_language
from map_ui.templatetags.grid import stamp

NOTHING = "—"


def indicator_name(indicator: Indicator) -> str:
    """Its name."""
    return in_language(indicator)


def formula(indicator: Indicator) -> str:
    """Its formula."""
    return in_language(indicator, "formula")


def row_name(line: Line) -> str:
    """The name of a row; what belongs to nobody says so."""
    return in_language(line.name) if line.key else gettext("Not assigned to anybody")


def dimension_name(dimension: str) -> str:
    """What the rows are."""
    return {
        "street": gettext("Street"),
        "community": gettext("Community"),
        "cell": gettext("Cell"),
        "department": gettext("Department"),
        "person": gettext("Person"),
        "post": gettext("Post"),
        "major": gettext("Major category"),
        "minor": gettext("Minor category"),
    }[dimension]


def group_name(group: str) -> str:
    """A family of indicators."""
    return {
        "collect": gettext("Collecting"),
        "accept": gettext("Accepting and filing"),
        "dispatch": gettext("Dispatching"),
        "handle": gettext("Handling"),
        "close": gettext("Closing"),
        "service": gettext("Service"),
    }[group]


def post_name(post: str) -> str:
    """Whose work an indicator judges."""
    return str(Role(post).label) if post in Role.values else gettext("counter staff")


def period_kind_name(kind: str) -> str:
    """A kind of period."""
    return {
        "day": pgettext("period", "Day"),
        "month": pgettext("period", "Month"),
        "quarter": pgettext("period", "Quarter"),
        "year": pgettext("period", "Year"),
        "free": pgettext("period", "Any days"),
    }[kind]


def number(value: float | None, unit: str) -> str:
    """A value with as many digits as its unit deserves; "—" without one."""
    if value is None:
        return NOTHING
    digits = {"count": 0, "times": 2}.get(unit, 1)
    return f"{value:,.{digits}f}" if unit == "count" else f"{value:.{digits}f}"


def unit_sign(unit: str) -> str:
    """What stands behind a number."""
    return {"percent": "%", "hours": pgettext("unit", "h"), "times": pgettext("unit", "times")}.get(unit, "")


def change(now: float | None, before: float | None, unit: str) -> str:
    """Percentage points or difference with its sign; "" when either is unknown."""
    if now is None or before is None:
        return ""
    moved = now - before
    text = number(abs(moved), unit)
    if float(text.replace(",", "")) == 0:
        return "±0"
    return f"{'+' if moved > 0 else '−'}{text}"


def verdict(now: float | None, before: float | None, better: str) -> str:
    """good, bad or "" for the colour of a change."""
    if now is None or before is None or better == "neutral" or now == before:
        return ""
    return "good" if (now > before) == (better == "high") else "bad"


def heading(sheet: Sheet, place: str) -> list[tuple[str, str]]:
    """What every print and file begins with: whose figures, of when, as known when."""
    return [
        (gettext("Appraisal"), place),
        (gettext("Period"), f"{sheet.question.period.name} ({period_kind_name(sheet.question.period.kind)})"),
        (gettext("As of"), stamp(sheet.question.known_at)),
        (gettext("Made"), stamp(timezone.now())),
        (
            gettext("Definitions"),
            "; ".join(f"{indicator_name(i)} v{i.version}" for i in sheet.indicators),
        ),
    ]


def indicator_by_key(key: str) -> Indicator:
    """An indicator of the catalogue."""
    return catalogue()[key]
