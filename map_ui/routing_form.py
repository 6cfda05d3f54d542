"""Reading what the routing pages send: rule drafts, questions to the matrix and the simulator."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime, parse_time
from django.utils.translation import gettext_noop as _

from geodata.errors import DomainError
from gridmgmt.cases.routing_actions import RuleDraft
from gridmgmt.cases.routing_queries import STATES, RuleFilters
from gridmgmt.organisation.scope import Scope

LONGEST = 60
USUAL_SOURCE = "worker"


def read_draft(given: Mapping[str, str]) -> RuleDraft:
    """The rule a form describes. Error rule_unreadable 422 naming the field; what it means is checked later."""
    return RuleDraft(
        department_key=clean(given.get("department", "")),
        category_key=first_word(given.get("category", "")),
        area_code=first_word(given.get("area", "")),
        source=clean(given.get("source", "")),
        component_owner=clean(given.get("owner", "")),
        time_from=_time(given, "time_from"),
        time_to=_time(given, "time_to"),
        note=given.get("note", "").replace("\x00", "").strip()[:200],
        valid_from=instant(given, "valid_from"),
        valid_to=instant(given, "valid_to"),
    )


def as_fields(draft: RuleDraft) -> dict[str, str]:
    """The draft as a form shows and sends it again."""
    return {
        "department": draft.department_key,
        "category": draft.category_key,
        "area": draft.area_code,
        "source": draft.source,
        "owner": draft.component_owner,
        "time_from": draft.time_from.strftime("%H:%M") if draft.time_from else "",
        "time_to": draft.time_to.strftime("%H:%M") if draft.time_to else "",
        "note": draft.note,
        "valid_from": local_minute(draft.valid_from),
        "valid_to": local_minute(draft.valid_to),
    }


def local_minute(at: datetime | None) -> str:
    """For an input of type datetime-local."""
    return timezone.localtime(at).strftime("%Y-%m-%dT%H:%M") if at else ""


def read_filters(given: Mapping[str, str]) -> RuleFilters:
    """Filters of the list; what cannot be read is left out."""
    state = given.get("state", "in_force")
    return RuleFilters(
        state=state if state in STATES else "in_force",
        text=clean(given.get("text", "")),
        category=first_word(given.get("category", "")),
        area=first_word(given.get("area", "")),
        department=clean(given.get("department", "")),
        source=clean(given.get("source", "")),
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What the matrix and the simulator have in common."""

    category: str
    area: str
    source: str
    owner: str
    at: datetime
    chosen_time: str


def read_question(given: Mapping[str, str], *, now: datetime) -> Asked:
    """Category, place by code, source, owner, instant. Error rule_unreadable 422."""
    at = instant(given, "at")
    return Asked(
        category=first_word(given.get("category", "")),
        area=first_word(given.get("area", "")),
        source=clean(given.get("source", "")) or USUAL_SOURCE,
        owner=clean(given.get("owner", "")),
        at=at or now,
        chosen_time=local_minute(at),
    )


def read_point(given: Mapping[str, str]) -> tuple[float, float] | None:
    """(lon, lat) when both are given. Error rule_unreadable 422 for what is no finite number."""
    lon, lat = given.get("lon", ""), given.get("lat", "")
    if not lon and not lat:
        return None
    try:
        point = float(lon), float(lat)
    except ValueError:
        raise unreadable("point", _("The position could not be read.")) from None
    if not all(math.isfinite(value) for value in point):
        raise unreadable("point", _("The position could not be read."))
    return point


def default_area(scope: Scope) -> str:
    """The area a page opens with: the only prefix of the scope, else everything in it."""
    prefixes = scope.place_prefixes
    return prefixes[0][:12] if len(prefixes) == 1 else ""


def first_word(text: str) -> str:
    """The key of what was chosen from a list of "key name"."""
    words = clean(text).split()
    return words[0] if words else ""


def clean(text: str) -> str:
    """Short text without what the database could not store."""
    return text.replace("\x00", "").strip()[:LONGEST]


def instant(given: Mapping[str, str], name: str) -> datetime | None:
    """A local date and time, None when empty."""
    text = given.get(name, "").strip()
    if not text:
        return None
    found = _parsed(parse_datetime, text)
    if found is None or not 1970 <= found.year < 2200:
        raise unreadable(name, _("A date with a time is needed here, as 2026-11-21 08:00."))
    return found if timezone.is_aware(found) else timezone.make_aware(found)


def _time(given: Mapping[str, str], name: str) -> time | None:
    text = given.get(name, "").strip()
    if not text:
        return None
    found: time | None = _parsed(parse_time, text)
    if found is None:
        raise unreadable(name, _("A time is needed here, as 22:00."))
    return found.replace(tzinfo=None)


def _parsed(parse: Any, text: str) -> Any:
    try:
        return parse(text)
    except ValueError:
        return None


def unreadable(field: str, message: str) -> DomainError:
    """A field that is not of its kind."""
    return DomainError(code="rule_unreadable", status=422, message=message, data={"field": field})
