"""Coordinate systems: what the file says, what the operator says, and what to do when they differ."""

from __future__ import annotations

import re
from typing import Any, Final

import pyproj

from geodata.crs import Datum
from geodata.errors import DomainError
from importers.errors import refusal

UNKNOWN: Final = "?"
"""The file names a system, but not one that can be recognised."""

_GEOJSON_NAMES: Final = (
    (re.compile(r"urn:ogc:def:crs:OGC:(?:1\.3)?:CRS84", re.ASCII), "wgs84"),
    (re.compile(r"(?:OGC:)?CRS84", re.ASCII), "wgs84"),
    (re.compile(r"(?:urn:ogc:def:crs:)?EPSG:(?:[0-9.]*:)?([0-9]{4,5})", re.ASCII | re.IGNORECASE), None),
)


def from_geojson(member: Any) -> tuple[str | None, str]:
    """Datum and wording of a GeoJSON ``crs`` member. A link is never followed. Errors: crs_link_refused."""
    if member is None:
        return None, ""
    properties = member.get("properties") if isinstance(member, dict) else None
    if not isinstance(properties, dict) or member.get("type") != "name" or "href" in properties:
        raise refusal("crs_link_refused")
    name = properties.get("name")
    if not isinstance(name, str) or len(name) > 80 or "//" in name:
        raise refusal("crs_link_refused")
    for pattern, datum in _GEOJSON_NAMES:
        if match := pattern.fullmatch(name.strip()):
            return datum or _known(f"epsg:{match[1]}"), name
    return UNKNOWN, name


def from_wkt(text: str | None) -> tuple[str | None, str]:
    """Datum and wording of a WKT (or ``EPSG:n``) that a shapefile or GeoPackage carries."""
    text = (text or "").strip()
    if not text:
        return None, ""
    try:
        system = pyproj.CRS.from_user_input(text) if _plain(text) else None
    except pyproj.exceptions.CRSError:
        return UNKNOWN, text[:60]
    if system is None:
        return UNKNOWN, text[:60]
    code = system.to_epsg(min_confidence=70)
    return (_known(f"epsg:{code}") if code else UNKNOWN), system.name


def settle(file_datum: str | None, file_text: str, declared: str | None, *, trust: bool) -> Datum:
    """The datum to convert from. Errors: crs_undeclared, crs_contradiction, crs_unknown, datum_*."""
    if declared:
        wished = Datum.parse(declared)
        known = file_datum is not None and file_datum != UNKNOWN
        if known and file_datum not in _same_as(wished) and not trust:
            raise refusal("crs_contradiction", file=file_text or str(file_datum), declared=wished.name)
        return wished
    if file_datum is None:
        raise refusal("crs_undeclared")
    if file_datum == UNKNOWN:
        raise refusal("crs_unknown")
    return Datum.parse(file_datum)


def _same_as(datum: Datum) -> frozenset[str]:
    """WGS 84 and CGCS2000 differ by less than a metre: one label for the other is no contradiction."""
    twins = frozenset({"wgs84", "cgcs2000"})
    return twins if datum.name in twins else frozenset({datum.name})


def _known(name: str) -> str:
    try:
        return Datum.parse(name).name
    except DomainError:
        return UNKNOWN


def _plain(text: str) -> bool:
    """Only WKT, PROJJSON-free, and EPSG codes reach PROJ; no file names, no addresses."""
    return bool(re.fullmatch(r"EPSG:[0-9]{4,5}", text)) or bool(
        re.match(r"(?:PROJ|GEOG|GEODETIC|GEODCRS|GEOGCRS|COMPD|COMPOUND|BOUND)[A-Z]*\s*\[", text)
    )
