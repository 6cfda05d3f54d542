"""Coordinate systems by EPSG number: which are allowed, and conversion that explains what does not fit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyproj
from numpy.typing import NDArray
from pyproj.enums import TransformDirection
from pyproj.exceptions import CRSError
from pyproj.network import set_network_enabled  # type: ignore[attr-defined]
from pyproj.transformer import TransformerGroup

from geodata.coordinate_checks import check_degrees, coordinate_error, good_degrees
from geodata.errors import DomainError
from geodata.errors import mark as _

CHINA_BOX = (73.0, 3.0, 136.0, 54.0)
"""West, south, east, north in degrees: a system must be valid somewhere in it."""

CGCS2000_ERROR_M = 1.0
"""What the plates have moved since the epoch of CGCS2000."""

UNKNOWN_SHIFT_M = 200.0
"""Beijing 1954 and Xian 1980 lie about 100 m off; their parameters are not public."""

_CGCS2000 = "China 2000"
_WGS84 = "OGC:CRS84"
_ZONES = range(13, 46)
_ZONE_STEP = 1_000_000.0
_MARGIN_DEGREES = 3.0
"""Gauss-Kruger coordinates are commonly used up to one zone beyond their own."""

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# Grid files are never fetched from the internet behind our back.
set_network_enabled(active=False)


@dataclass(frozen=True, slots=True)
class System:
    """One allowed system and the degrees within which it is used."""

    code: int
    projected: bool
    zone: int | None
    bounds: tuple[float, float, float, float]

    def inward(self, x: Any, y: Any) -> tuple[Any, Any]:
        """Numbers or arrays to WGS 84, unchecked; infinite where PROJ has no answer."""
        return _transformer(self.code).transform(x, y)

    def outward(self, lon: Any, lat: Any) -> tuple[Any, Any]:
        """WGS 84 numbers or arrays to this system, unchecked."""
        return _transformer(self.code).transform(lon, lat, direction=TransformDirection.INVERSE)

    def to_degrees(self, x: float, y: float) -> tuple[float, float]:
        """A pair to WGS 84; raises the error that explains why it does not fit."""
        if not self.projected:
            check_degrees(x, y)
        lon, lat = self.inward(x, y)
        if not self._covers(lon, lat):
            raise self._diagnosis(x, y)
        return lon, lat

    def to_degrees_many(self, x: Floats, y: Floats) -> tuple[Floats, Floats, Bools]:
        """Columns to WGS 84, and where the pairs fit."""
        lon, lat = self.inward(x, y)
        west, south, east, north = self.bounds
        good = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
        if not self.projected:
            good &= good_degrees(x, y)
        return lon, lat, good

    def from_degrees(self, lon: float, lat: float) -> tuple[float, float]:
        """WGS 84 to a pair. Error: coordinate_out_of_range where the projection has no answer."""
        x, y = self.outward(lon, lat)
        if not (math.isfinite(x) and math.isfinite(y)):
            raise coordinate_error("coordinate_out_of_range")
        return x, y

    def _covers(self, lon: float, lat: float) -> bool:
        west, south, east, north = self.bounds
        return west <= lon <= east and south <= lat <= north

    def _fits(self, x: float, y: float) -> bool:
        return self._covers(*self.inward(x, y))

    def _diagnosis(self, x: float, y: float) -> DomainError:
        if self.projected and abs(x) <= 180.0 and abs(y) <= 180.0:
            return coordinate_error("coordinate_in_degrees")
        if self._fits(y, x):
            return coordinate_error("coordinate_axes_swapped")
        if self.projected and self.zone is None:
            zone = int(x // _ZONE_STEP)
            if zone in _ZONES and self._fits(x - zone * _ZONE_STEP, y):
                return coordinate_error("coordinate_zone_prefix", zone=zone)
        if self.zone is not None and self._fits(x + self.zone * _ZONE_STEP, y):
            return coordinate_error("coordinate_zone_prefix_missing", zone=self.zone)
        return coordinate_error("coordinate_out_of_range")


@lru_cache(maxsize=128)
def system(code: int) -> System:
    """The system of an EPSG number. Errors: datum_unknown, datum_not_horizontal, datum_elsewhere."""
    try:
        crs = pyproj.CRS.from_epsg(code)
    except CRSError:
        raise unknown_datum(f"epsg:{code}") from None
    if not (crs.is_geographic or crs.is_projected) or crs.is_compound or not _common_units(crs):
        raise DomainError(
            code="datum_not_horizontal",
            message=_("EPSG:%(epsg)s is no horizontal system in degrees or metres."),
            data={"epsg": code},
        )
    return System(
        code=code,
        projected=crs.is_projected,
        zone=_zone_in_front(crs),
        bounds=_bounds(crs, code),
    )


def unknown_datum(name: str) -> DomainError:
    """The error for a datum nobody knows."""
    return DomainError(
        code="datum_unknown",
        message=_("Unknown datum; give wgs84, cgcs2000, gcj02, bd09 or epsg:N."),
        data={"datum": name},
    )


def _common_units(crs: pyproj.CRS) -> bool:
    return all(axis.unit_name in {"degree", "metre"} for axis in crs.axis_info)


def _bounds(crs: pyproj.CRS, code: int) -> tuple[float, float, float, float]:
    """The area of use with a margin; refused when it does not touch China."""
    area = crs.area_of_use
    elsewhere = DomainError(
        code="datum_elsewhere", message=_("EPSG:%(epsg)s is not used in China."), data={"epsg": code}
    )
    if area is None:
        raise elsewhere
    west, south, east, north = area.bounds
    if west > east:  # crosses the antimeridian
        west, east = -180.0, 180.0
    box_west, box_south, box_east, box_north = CHINA_BOX
    if west > box_east or east < box_west or south > box_north or north < box_south:
        raise elsewhere
    margin = _MARGIN_DEGREES
    return (
        max(west - margin, -180.0),
        max(south - margin, -90.0),
        min(east + margin, 180.0),
        min(north + margin, 90.0),
    )


@lru_cache(maxsize=128)
def _transformer(code: int) -> pyproj.Transformer:
    """CGCS2000 counts as WGS 84, which also spares PROJ a long search for a datum shift (0.1 to 0.5 s)."""
    crs = pyproj.CRS.from_epsg(code)
    degrees = crs.geodetic_crs if _datum_name(crs) == _CGCS2000 else _WGS84
    return pyproj.Transformer.from_crs(crs, degrees, always_xy=True)


def _datum_name(crs: pyproj.CRS) -> str:
    return crs.datum.name if crs.datum is not None else ""


@lru_cache(maxsize=128)
def error_m(code: int) -> float:
    """How far off conversion may be, in metres: without published parameters PROJ only exchanges ellipsoids."""
    crs = pyproj.CRS.from_epsg(code)
    if _datum_name(crs) == _CGCS2000:
        return CGCS2000_ERROR_M
    accuracies = [t.accuracy for t in TransformerGroup(crs, _WGS84, always_xy=True).transformers]
    return max(accuracies) if min(accuracies) >= 0 else UNKNOWN_SHIFT_M


def _zone_in_front(crs: pyproj.CRS) -> int | None:
    """The zone number that the false easting carries in its millions, if any."""
    operation = crs.coordinate_operation
    if not crs.is_projected or operation is None:
        return None
    for parameter in operation.params:
        if parameter.name == "False easting" and float(parameter.value) >= _ZONES[0] * _ZONE_STEP:
            return int(float(parameter.value) // _ZONE_STEP)
    return None
