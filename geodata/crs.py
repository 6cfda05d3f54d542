"""The one module that converts coordinates. Everything stored is longitude, latitude in WGS 84 (EPSG:4326).

What comes from outside names its datum: wgs84, cgcs2000, gcj02, bd09 or epsg:N. Nothing is guessed: a pair
that cannot be what its datum says is refused with the reason. CGCS2000 differs from WGS 84 by less than a
metre and is taken as equal. GCJ-02 and BD-09 are shifted only where the maps are (see china_extent).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pyproj
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from geodata import epsg
from geodata.china_extent import shifted_area
from geodata.coordinate_checks import check_degrees, good_degrees, number
from geodata.datum_shift import bd_to_gcj, gcj_to_bd, gcj_to_wgs, wgs_to_gcj
from geodata.errors import DomainError

SRID_WGS84 = 4326
SRID_CGCS2000 = 4490
SRID_WEB = 3857
SRID_METRIC = 4547
"""CGCS2000 / 3-degree Gauss-Kruger CM 114E; settings.GRID_METRIC_SRID names another."""

_EPSG_NAME = re.compile(r"epsg:([0-9]{4,5})", re.ASCII)
_NAMES = {
    "wgs84": "wgs84",
    "wgs-84": "wgs84",
    f"epsg:{SRID_WGS84}": "wgs84",
    "cgcs2000": "cgcs2000",
    f"epsg:{SRID_CGCS2000}": "cgcs2000",
    "gcj02": "gcj02",
    "gcj-02": "gcj02",
    "bd09": "bd09",
    "bd-09": "bd09",
    "bd09ll": "bd09",
}
_SHIFTED = frozenset({"gcj02", "bd09"})

Floats = NDArray[np.float64]


class Position(NamedTuple):
    """A point in WGS 84 degrees, with the name of the datum it was given in."""

    lon: float
    lat: float
    datum: str


@dataclass(frozen=True, slots=True)
class Datum:
    """What a pair of numbers means. `name` is the canonical text that is stored beside the raw pair."""

    name: str
    epsg: int | None = None

    @classmethod
    def parse(cls, text: str | Datum) -> Datum:
        """From `wgs84`, `cgcs2000`, `gcj02`, `bd09` or `epsg:N`, in any case. Errors: datum_unknown,
        datum_not_horizontal, datum_elsewhere."""
        if isinstance(text, Datum):
            return text
        if not isinstance(text, str) or len(text) > 16:
            raise epsg.unknown_datum("")
        return _datum(text.strip().lower())

    @property
    def is_degrees(self) -> bool:
        """Whether its numbers are longitude and latitude."""
        return self.epsg is None or not epsg.system(self.epsg).projected

    @property
    def error_m(self) -> float:
        """How far off a conversion to WGS 84 may be, in metres; 200 where no parameters are published."""
        if self.epsg is not None:
            return epsg.error_m(self.epsg)
        return epsg.CGCS2000_ERROR_M if self.name == "cgcs2000" else 0.0

    @property
    def is_shifted(self) -> bool:
        """Whether it is one of the shifted national map datums."""
        return self.name in _SHIFTED

    def __str__(self) -> str:
        return self.name


def to_wgs84(x: float, y: float, datum: str | Datum) -> Position:
    """One pair (east or longitude first) to WGS 84. Errors: coordinate_not_number, coordinate_not_finite,
    coordinate_out_of_range, coordinate_axes_swapped, coordinate_in_metres, coordinate_in_degrees,
    coordinate_zone_prefix, coordinate_zone_prefix_missing, and those of `Datum.parse`."""
    named = Datum.parse(datum)
    east, north = number(x), number(y)
    if named.epsg is not None:
        lon, lat = epsg.system(named.epsg).to_degrees(east, north)
        return Position(lon, lat, named.name)
    check_degrees(east, north)
    if named.is_shifted:
        lon, lat = _unshift(east, north, named, math)
        if shapely.contains_xy(shifted_area(), lon, lat):
            return Position(lon, lat, named.name)
    return Position(east, north, named.name)


def from_wgs84(lon: float, lat: float, datum: str | Datum) -> tuple[float, float]:
    """WGS 84 to a pair in `datum`, east or longitude first. Errors as in `to_wgs84`."""
    named = Datum.parse(datum)
    x, y = number(lon), number(lat)
    check_degrees(x, y)
    if named.epsg is not None:
        return epsg.system(named.epsg).from_degrees(x, y)
    if named.is_shifted and shapely.contains_xy(shifted_area(), x, y):
        return _shift(x, y, named, math)
    return x, y


def to_wgs84_many(
    x: ArrayLike, y: ArrayLike, datum: str | Datum, *, strict: bool = True
) -> tuple[Floats, Floats]:
    """`to_wgs84` for columns. Strict: the first bad pair raises its error, with its `index` in the data;
    otherwise bad pairs become NaN, so that an importer can ask for each reason with `to_wgs84`."""
    named = Datum.parse(datum)
    xs, ys = np.array(x, dtype=np.float64), np.array(y, dtype=np.float64)
    if named.epsg is not None:
        lon, lat, good = epsg.system(named.epsg).to_degrees_many(xs, ys)
    else:
        lon, lat, good = xs, ys, good_degrees(xs, ys)
    if strict and not good.all():
        _raise_first(xs, ys, good, named)
    lon, lat = np.where(good, lon, np.nan), np.where(good, lat, np.nan)
    if named.is_shifted:
        wgs_lon, wgs_lat = _unshift(lon, lat, named, np)
        inside = shapely.contains_xy(shifted_area(), wgs_lon, wgs_lat)
        return np.where(inside, wgs_lon, lon), np.where(inside, wgs_lat, lat)
    return lon, lat


def from_wgs84_many(lon: ArrayLike, lat: ArrayLike, datum: str | Datum) -> tuple[Floats, Floats]:
    """`from_wgs84` for columns of checked positions; NaN stays NaN."""
    named = Datum.parse(datum)
    lons, lats = np.array(lon, dtype=np.float64), np.array(lat, dtype=np.float64)
    if named.epsg is not None:
        x, y = epsg.system(named.epsg).outward(lons, lats)
        return np.asarray(x), np.asarray(y)
    if named.is_shifted:
        inside = shapely.contains_xy(shifted_area(), lons, lats)
        x, y = _shift(lons, lats, named, np)
        return np.where(inside, x, lons), np.where(inside, y, lats)
    return lons, lats


def geometry_to_wgs84(geometry: BaseGeometry, datum: str | Datum) -> BaseGeometry:
    """A geometry in `datum` to WGS 84, in two dimensions. Errors as in `to_wgs84`, the vertex as `index`."""
    named = Datum.parse(datum)

    def convert(pairs: Floats) -> Floats:
        return np.column_stack(to_wgs84_many(pairs[:, 0], pairs[:, 1], named))

    return shapely.transform(geometry, convert)


def geometry_from_wgs84(geometry: BaseGeometry, datum: str | Datum) -> BaseGeometry:
    """A WGS 84 geometry to `datum`, in two dimensions."""
    named = Datum.parse(datum)

    def convert(pairs: Floats) -> Floats:
        return np.column_stack(from_wgs84_many(pairs[:, 0], pairs[:, 1], named))

    return shapely.transform(geometry, convert)


def geometry_to_metric(geometry: BaseGeometry) -> BaseGeometry:
    """A WGS 84 geometry to the projected system of the settings, in which areas and lengths are metres."""
    return geometry_from_wgs84(geometry, f"epsg:{metric_srid()}")


def metric_srid() -> int:
    """EPSG code of the projected system that settings name, 4547 by default."""
    from django.conf import settings  # noqa: PLC0415 - only this question needs Django

    return int(getattr(settings, "GRID_METRIC_SRID", SRID_METRIC))


def distance_m(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Metres along the ellipsoid between two WGS 84 positions."""
    return float(_geod().inv(lon1, lat1, lon2, lat2)[2])


def is_shifted_at(lon: float, lat: float) -> bool:
    """Whether GCJ-02 and BD-09 differ from WGS 84 at this WGS 84 position."""
    return bool(shapely.contains_xy(shifted_area(), lon, lat))


@lru_cache(maxsize=256)
def _datum(text: str) -> Datum:
    if text in _NAMES:
        return Datum(_NAMES[text])
    match = _EPSG_NAME.fullmatch(text)
    if match is None:
        raise epsg.unknown_datum(text)
    code = int(match[1])
    epsg.system(code)
    return Datum(f"epsg:{code}", code)


@lru_cache(maxsize=1)
def _geod() -> pyproj.Geod:
    return pyproj.Geod(ellps="WGS84")


def _unshift(lon: Any, lat: Any, datum: Datum, m: ModuleType) -> tuple[Any, Any]:
    if datum.name == "bd09":
        lon, lat = bd_to_gcj(lon, lat, m)
    return gcj_to_wgs(lon, lat, m)


def _shift(lon: Any, lat: Any, datum: Datum, m: ModuleType) -> tuple[Any, Any]:
    lon, lat = wgs_to_gcj(lon, lat, m)
    return gcj_to_bd(lon, lat, m) if datum.name == "bd09" else (lon, lat)


def _raise_first(xs: Floats, ys: Floats, good: NDArray[np.bool_], datum: Datum) -> None:
    """Lets the scalar form explain the first bad pair."""
    index = int(np.flatnonzero(~good.ravel())[0])
    try:
        to_wgs84(float(xs.ravel()[index]), float(ys.ravel()[index]), datum)
    except DomainError as error:
        error.data["index"] = index
        raise
