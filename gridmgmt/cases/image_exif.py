"""What a photo's EXIF tells, read leniently: broken EXIF never spoils a good photo. Runs in the limited child only."""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import Any

from PIL import Image

EXIF_IFD, GPS_IFD = 0x8769, 0x8825
MAKE, MODEL, ORIENTATION, DATETIME = 0x010F, 0x0110, 0x0112, 0x0132
DATETIME_ORIGINAL, OFFSET_ORIGINAL = 0x9003, 0x9011
LATITUDE_REF, LATITUDE, LONGITUDE_REF, LONGITUDE = 1, 2, 3, 4
OFFSET = re.compile(r"^[+-](?:0\d|1[0-4]):[0-5]\d$")
CAMERA_LENGTH = 80


def read_facts(image: Image.Image) -> dict[str, Any]:
    """Orientation 1–8, camera, taken (local ISO text), offset ("+08:00" or ""), lon, lat, flags."""
    facts: dict[str, Any] = {"orientation": 1, "flags": []}
    try:
        exif = image.getexif()
        facts["orientation"] = _orientation(exif.get(ORIENTATION))
        facts["camera"] = _camera(exif.get(MAKE), exif.get(MODEL))
        details = exif.get_ifd(EXIF_IFD)
        facts["taken"] = _taken(details.get(DATETIME_ORIGINAL) or exif.get(DATETIME))
        facts["offset"] = _offset(details.get(OFFSET_ORIGINAL))
        facts |= _position(exif.get_ifd(GPS_IFD))
    except Exception:  # noqa: BLE001 - any damage in a stranger's EXIF is worth a flag, not the photo
        facts["flags"] = [*facts["flags"], "exif_broken"]
    return facts


def _orientation(value: object) -> int:
    """1 unless a whole number from 1 to 8."""
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _words(value: object) -> str:
    """Printable text of a tag, without the padding that cameras write."""
    if isinstance(value, bytes):
        value = value.decode("ascii", "ignore")
    return (
        " ".join("".join(c if c.isprintable() else " " for c in value).split())
        if isinstance(value, str)
        else ""
    )


def _camera(make: object, model: object) -> str:
    """Maker and model, the maker not twice."""
    maker, name = _words(make), _words(model)
    joined = name if name.lower().startswith(maker.lower()) else f"{maker} {name}"
    return joined.strip()[:CAMERA_LENGTH]


def _taken(value: object) -> str | None:
    """ "2008:10:22 16:28:39" as ISO text; None for cameras whose clock was never set."""
    words = _words(value)[:19]
    try:
        taken = datetime.fromisoformat(words[:10].replace(":", "-") + words[10:])  # EXIF's clock has no zone
    except ValueError:
        return None
    return taken.isoformat() if 1990 <= taken.year <= 2200 else None


def _offset(value: object) -> str:
    words = _words(value)
    return words if OFFSET.match(words) else ""


def _position(gps: dict[int, Any]) -> dict[str, Any]:
    """lon and lat in degrees, or a flag when the GPS block is there but tells no place."""
    if LATITUDE not in gps and LONGITUDE not in gps:
        return {}
    lat = _degrees(gps.get(LATITUDE), gps.get(LATITUDE_REF), "S")
    lon = _degrees(gps.get(LONGITUDE), gps.get(LONGITUDE_REF), "W")
    known = (
        lat is not None and lon is not None and abs(lat) <= 90 and abs(lon) <= 180 and (lat, lon) != (0, 0)
    )
    return {"lat": lat, "lon": lon} if known else {"flags": ["exif_gps_broken"]}


def _degrees(value: Any, reference: object, negative: str) -> float | None:
    """Degrees, minutes, seconds as one number; None for 0/0 and other broken rationals."""
    try:
        parts = [float(part) for part in value]
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    if len(parts) != 3 or not all(math.isfinite(part) and part >= 0 for part in parts):
        return None
    degrees = parts[0] + parts[1] / 60 + parts[2] / 3600
    return -degrees if _words(reference).upper() == negative else degrees
