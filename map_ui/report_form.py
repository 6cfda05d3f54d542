"""Reading what the report form sends: strict, and the same bytes give the same report for ever."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_noop as _

from geodata.errors import DomainError
from gridmgmt.cases.intake import PhotoDeclaration, ReportDraft

MOST_BYTES = 64 * 1024
MOST_PHOTOS = 9
ROLES = ("before", "after")
MOST_TEXT = 2000


def read_report(body: bytes, *, source: str) -> ReportDraft:
    """The draft from the JSON the page froze before its first attempt. Error report_unreadable 422 with the field."""
    if len(body) > MOST_BYTES:
        raise _unreadable("body", _("The report is too long."))
    try:
        given = json.loads(body, parse_constant=_no_number)
        json.dumps(given, ensure_ascii=False, allow_nan=False).encode()
        storable = not _holds_nul(given)
    except (ValueError, RecursionError):
        raise _unreadable("body", _("The report could not be read.")) from None
    if not isinstance(given, dict) or not storable:
        raise _unreadable("body", _("The report could not be read."))
    point = given.get("point")
    if not isinstance(point, dict):
        raise _unreadable("point", _("The report needs a place."))
    photos = _photos(given.get("photos", []))
    return ReportDraft(
        id=_uuid(given.get("id"), "id"),
        category_key=_text(given, "category", 8),
        source=source,
        x=_number(point.get("lon"), "point"),
        y=_number(point.get("lat"), "point"),
        datum="wgs84",
        accuracy_m=None if point.get("accuracy") is None else _number(point["accuracy"], "accuracy"),
        captured_at=_time(given.get("captured_at")),
        text=_text(given, "text", MOST_TEXT),
        address=_text(given, "address", 160),
        photos=photos,
        fixed=_fixed(given, photos),
        payload=given,
        payload_sha256=hashlib.sha256(body).digest(),
    )


def _holds_nul(value: Any) -> bool:
    """True when PostgreSQL could not store a text or key in it."""
    if isinstance(value, dict):
        return any(_holds_nul(one) for one in (*value, *value.values()))
    if isinstance(value, list):
        return any(_holds_nul(one) for one in value)
    return isinstance(value, str) and "\x00" in value


def _no_number(name: str) -> float:
    """NaN and Infinity are Python's idea of JSON; PostgreSQL cannot store them."""
    raise ValueError(name)


def _photos(given: Any) -> tuple[PhotoDeclaration, ...]:
    if not isinstance(given, list) or len(given) > len(ROLES) * MOST_PHOTOS:
        raise _unreadable("photos", _("A report has at most nine photos of each kind."))
    found = []
    for photo in given:
        if not isinstance(photo, dict):
            raise _unreadable("photos", _("The report could not be read."))
        digest = str(photo.get("sha256", ""))
        if len(digest) != 64 or not all(sign in "0123456789abcdef" for sign in digest):
            raise _unreadable("photos", _("A photo needs its sha256 as 64 hexadecimal digits."))
        role = photo.get("role", ROLES[0])
        if role not in ROLES:
            raise _unreadable("photos", _("The report could not be read."))
        found.append(PhotoDeclaration(_uuid(photo.get("id"), "photos"), bytes.fromhex(digest), role))
    if any(sum(photo.role == role for photo in found) > MOST_PHOTOS for role in ROLES):
        raise _unreadable("photos", _("A report has at most nine photos of each kind."))
    if len({photo.id for photo in found}) < len(found):
        raise _unreadable("photos", _("A photo is announced twice."))
    return tuple(found)


def _fixed(given: dict[str, Any], photos: tuple[PhotoDeclaration, ...]) -> bool | None:
    """Put right on the spot; that is shown by a photo."""
    fixed = given.get("fixed")
    if fixed is not None and not isinstance(fixed, bool):
        raise _unreadable("fixed", _("The report could not be read."))
    if fixed and not any(photo.role == "after" for photo in photos):
        raise _unreadable("photos", _("What was put right on the spot needs a photo taken after the work."))
    return fixed


def _text(given: dict[str, Any], name: str, most: int) -> str:
    value = given.get(name, "")
    if not isinstance(value, str) or len(value) > most or "\x00" in value:
        raise _unreadable(name, _("A text is too long or not a text."))
    return value.strip()


def _uuid(value: Any, field: str) -> UUID:
    try:
        found = UUID(str(value))
    except ValueError:
        raise _unreadable(field, _("This is not a valid number.")) from None
    if not found.int:
        raise _unreadable(field, _("This is not a valid number."))
    return found


def _number(value: Any, field: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _unreadable(field, _("A number is needed here."))
    try:
        return float(value)
    except OverflowError:
        raise _unreadable(field, _("A number is needed here.")) from None


def _time(value: Any) -> datetime:
    try:
        found = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or not 1970 <= found.year < 2200:
        raise _unreadable("captured_at", _("The time of the report is missing."))
    return found


def _unreadable(field: str, message: str) -> DomainError:
    return DomainError(code="report_unreadable", status=422, message=message, data={"field": field})
