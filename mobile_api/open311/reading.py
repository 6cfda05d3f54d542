"""Reading: published cases by filter, one by its number, in GeoReport's fields. What may be shown, contact.publicity says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from geodata.models import Area
from gridmgmt.cases.models import Case
from gridmgmt.contact import publicity
from gridmgmt.contact.publicity import PublicCase
from gridmgmt.contact.reporting_keys import LEVELS
from mobile_api.open311 import errors
from mobile_api.open311.services import worded

SPAN = timedelta(days=90)
MOST = 1000
MOST_SKIPPED = 100_000
MOST_NAMED = 200
STATES = {"open": True, "closed": False}


@dataclass(frozen=True, slots=True)
class Window:
    """From when to when, both included."""

    since: datetime
    until: datetime


def jurisdiction(given: Mapping[str, str]) -> str:
    """Code of the county or street asked for, "" for all. Error 404."""
    code = given.get("jurisdiction_id", "").strip()
    if code and not Area.objects.filter(code=code[:12], level__in=LEVELS).exists():
        raise errors.not_found("jurisdiction_id")
    return code


def listed(given: Mapping[str, str], *, own: UUID | None, now: datetime) -> list[dict[str, Any]]:
    """The requests that fit, newest first. Errors 400 for values that cannot be, 404 for a jurisdiction."""
    rows = _under(publicity.cases(own=own), jurisdiction(given))
    numbers = _several(given, "service_request_id")
    # Numbers override all other filters.
    rows = rows.filter(number__in=numbers) if numbers else _filtered(rows, given, now)
    first, last = _page(given)
    return [fields(one) for one in publicity.public_cases(rows.order_by("-reported_at", "-pk")[first:last])]


def one(number: str, given: Mapping[str, str], *, own: UUID | None) -> list[dict[str, Any]]:
    """The request of a number, alone in its list. Error 404, whether it does not exist or is not public."""
    rows = _under(publicity.cases(own=own), jurisdiction(given))
    found = publicity.public_cases(rows.filter(number=number[:32]))
    if not found:
        raise errors.not_found("service_request_id")
    return [fields(one) for one in found]


def _under(rows: QuerySet[Case], code: str) -> QuerySet[Case]:
    return rows.filter(cell_code__startswith=code) if code else rows


def _filtered(rows: QuerySet[Case], given: Mapping[str, str], now: datetime) -> QuerySet[Case]:
    window = _window(given, now)
    rows = rows.filter(reported_at__gte=window.since, reported_at__lte=window.until)
    codes = _several(given, "service_code")
    if codes:
        rows = rows.filter(category_id__in=codes)
    states = _several(given, "status")
    if not set(states) <= set(STATES):
        raise errors.invalid("status")
    wanted = {STATES[state] for state in states}
    return rows.filter(closed_at__isnull=wanted.pop()) if len(wanted) == 1 else rows


def _window(given: Mapping[str, str], now: datetime) -> Window:
    """The span asked for; with one end, 90 days from there; with none, the last 90 days."""
    since, until = _instant(given, "start_date"), _instant(given, "end_date")
    if since is None and until is None:
        return Window(now - SPAN, now)
    found = Window(since or (until or now) - SPAN, until or (since or now) + SPAN)
    if not timedelta(0) <= found.until - found.since <= SPAN:
        raise errors.invalid("end_date" if since and until else "start_date")
    return found


def _instant(given: Mapping[str, str], name: str) -> datetime | None:
    """A time as the W3C note writes it, with its zone. A plus sign that nobody encoded arrives as a blank."""
    text = given.get(name, "").strip().replace(" ", "+")
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is None or not 1971 <= found.year <= 2199:
            raise errors.invalid(name)
    except ValueError:
        raise errors.invalid(name) from None
    return found


def _several(given: Mapping[str, str], name: str) -> list[str]:
    found = [part.strip() for part in given.get(name, "").split(",") if part.strip()]
    if len(found) > MOST_NAMED or any("\x00" in part for part in found):
        raise errors.invalid(name)
    return found


def _page(given: Mapping[str, str]) -> tuple[int, int]:
    """Rows from and to. ``page`` from 1; ``page_size`` to 1000, which is also what comes without it."""
    size = _whole(given, "page_size", MOST, MOST)
    page = _whole(given, "page", 1, MOST_SKIPPED // size)
    return (page - 1) * size, page * size


def _whole(given: Mapping[str, str], name: str, usual: int, most: int) -> int:
    text = given.get(name, "").strip()
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= most):
        raise errors.invalid(name)
    return int(text)


def fields(case: PublicCase) -> dict[str, Any]:
    """One request. ``description`` is the catalogue's condition, never what somebody wrote."""
    return {
        "service_request_id": case.number,
        "status": "open" if case.is_open else "closed",
        "status_notes": worded(case.words),
        "service_name": worded(case.category),
        "service_code": case.category_key,
        "description": worded(case.condition) if case.condition else None,
        "agency_responsible": worded(case.department) if case.department else None,
        "service_notice": None,
        "requested_datetime": case.reported_at,
        "updated_datetime": case.updated_at,
        "expected_datetime": case.due_at,
        "address": ", ".join(worded(place) for place in case.places) or None,
        "address_id": None,
        "zipcode": None,
        "lat": case.lat,
        "long": case.lon,
        "media_url": None,
    }
