"""Positions as background trackers send them: the OsmAnd protocol's parameters, and the JSON of newer Traccar Clients.

Pure reading: what is not a position that could be is refused by field, values are never repeated. Speed, course, height,
battery and the like are checked for form and not kept: the platform has no use for them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from django.utils.translation import gettext_noop as _
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from geodata.errors import DomainError
from gridmgmt.organisation.shifts import Seen

DATUM = "wgs84"
MOST_AT_ONCE = 100
# Below it a number of seconds, above it of milliseconds: seconds reach it in 2286, milliseconds passed it in April 1970.
SECONDS_BELOW = 10_000_000_000
FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
WHOLE = re.compile(r"[0-9]{1,16}", re.ASCII)
NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,20})?([eE]-?[0-9]{1,2})?", re.ASCII)
YES, NO = frozenset({"true", "1"}), frozenset({"false", "0"})
ACCURACY_MOST_M = 1_000_000.0
# Checked and let go: name → (least, most).
LET_GO: dict[str, tuple[float, float]] = {
    "speed": (-1, 10_000),
    "bearing": (-1, 360),
    "heading": (-1, 360),
    "altitude": (-20_000, 100_000),
    "hdop": (0, 10_000),
    "batt": (-1, 100),
}


@dataclass(frozen=True, slots=True)
class Told:
    """What one request says: the token and its positions, oldest first. ``seen`` is empty for a sign of life without one."""

    token: str
    seen: tuple[Seen, ...]


class Coords(BaseModel):
    """Where, in degrees and metres; -1 is how phones say that they do not know."""

    model_config = ConfigDict(allow_inf_nan=False)

    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    accuracy: Annotated[float | None, Field(ge=-1, le=ACCURACY_MOST_M)] = None
    speed: Annotated[float | None, Field(ge=-1, le=10_000)] = None
    heading: Annotated[float | None, Field(ge=-1, le=360)] = None
    altitude: Annotated[float | None, Field(ge=-20_000, le=100_000)] = None


class Location(BaseModel):
    """One fix of the phone; whatever else it carries is not read."""

    timestamp: Annotated[str | int, Field(union_mode="left_to_right")]
    coords: Coords


class Sent(BaseModel):
    """Body of a Traccar Client since version 9: one location, or several that were kept without a network."""

    location: Annotated[Location | Annotated[list[Location], Field(max_length=MOST_AT_ONCE)], Field()]
    device_id: Annotated[str, Field(min_length=1, max_length=128)]


def of_json(raw: bytes) -> Told:
    """The positions of a JSON body. Errors 400: body_not_json, position_invalid (with the field)."""
    try:
        sent = Sent.model_validate_json(raw)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
        if fault["type"] == "json_invalid":
            raise DomainError(code="body_not_json", message=_("The body is not JSON.")) from None
        named = [str(step) for step in fault["loc"] if isinstance(step, str) and step.islower()]
        raise invalid(named[-1] if named else "location") from None
    rows = sent.location if isinstance(sent.location, list) else [sent.location]
    seen = [
        Seen(
            row.coords.longitude,
            row.coords.latitude,
            DATUM,
            _metres(row.coords.accuracy),
            clock(str(row.timestamp)),
        )
        for row in rows
    ]
    return Told(sent.device_id, tuple(sorted(seen, key=lambda one: one.captured_at)))


def of_parameters(given: Mapping[str, str], *, at: datetime) -> Told:
    """The position of query or form parameters. Error 400: position_invalid (with the parameter)."""
    token = given.get("id") or given.get("deviceid") or ""
    for name, (least, most) in LET_GO.items():
        if given.get(name):
            _number(given[name], name, least, most)
    if not _is_valid(given.get("valid", "")) or _without_place(given):
        return Told(token, ())
    lat, lon = _pair(given)
    when = clock(given["timestamp"]) if given.get("timestamp") else at
    accuracy = _number(given["accuracy"], "accuracy", -1, ACCURACY_MOST_M) if given.get("accuracy") else None
    return Told(token, (Seen(lon, lat, DATUM, _metres(accuracy), when),))


def _is_valid(text: str) -> bool:
    if text.lower() in YES or not text:
        return True
    if text.lower() in NO:
        return False
    raise invalid("valid")


def _without_place(given: Mapping[str, str]) -> bool:
    """A phone without satellites may tell radio cells or networks alone; this platform looks nobody up by those."""
    placed = any(given.get(name) for name in ("lat", "lon", "location"))
    return not placed and bool(given.get("cell") or given.get("wifi"))


def _pair(given: Mapping[str, str]) -> tuple[float, float]:
    """Latitude and longitude: two parameters, or ``location=lat,lon``."""
    lat, lon = given.get("lat", ""), given.get("lon", "")
    if given.get("location") and not (lat or lon):
        lat, comma, lon = given["location"].partition(",")
        if not comma:
            raise invalid("location")
    return _number(lat, "lat", -90, 90), _number(lon, "lon", -180, 180)


def _number(text: str, name: str, least: float, most: float) -> float:
    text = text.strip()
    value = float(text) if NUMBER.fullmatch(text) else None
    if value is None or not least <= value <= most:
        raise invalid(name)
    return value


def _metres(accuracy: float | None) -> float | None:
    """Trackers say 0 or -1 when they do not know how exact a position is."""
    return accuracy if accuracy and accuracy > 0 else None


def clock(text: str) -> datetime:
    """Seconds or milliseconds since 1970, ISO 8601, or ``yyyy-MM-dd HH:mm:ss``; without an offset it is UTC."""
    text = text.strip()
    try:
        if WHOLE.fullmatch(text):
            number = int(text)
            found = datetime.fromtimestamp(number if number < SECONDS_BELOW else number / 1000, UTC)
        else:
            # A plus sign that nobody encoded arrives as a blank.
            found = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except (ValueError, OverflowError, OSError):
        raise invalid("timestamp") from None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    if not FIRST <= found < LAST:
        raise invalid("timestamp")
    return found


def invalid(field: str) -> DomainError:
    """A value that no position has; the field is named, the value is not repeated."""
    return DomainError(
        code="position_invalid",
        message=_("This value is not possible: %(field)s."),
        data={"field": field},
    )


def parameters_of(*sources: Mapping[str, Any]) -> dict[str, str]:
    """Query and form together; a parameter that is given twice is its first."""
    found: dict[str, str] = {}
    for source in sources:
        for name in source:
            found.setdefault(name, str(source[name]))
    return found
