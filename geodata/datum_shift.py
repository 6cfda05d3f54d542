"""The shifts of GCJ-02 and BD-09 as plain arithmetic, without the question where they apply (see crs).

Written from the published constants: Krasovsky 1940 ellipsoid, polynomial and sine terms in metres about
105° E 35° N for GCJ-02; a polar distortion and a constant for BD-09. Every function takes floats with `math`
or arrays with numpy.
"""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

_SEMI_MAJOR_M = 6378245.0
_ECCENTRICITY_2 = 0.00669342162296594323
_BAIDU_WAVE = math.pi * 3000.0 / 180.0
_BAIDU_LON = 0.0065
_BAIDU_LAT = 0.006

# The shift changes by less than half a percent per degree, BD-09 by two: each round adds two digits or more.
_GCJ_ROUNDS = 6
_BD_ROUNDS = 9


def wgs_to_gcj(lon: Any, lat: Any, m: ModuleType = math) -> tuple[Any, Any]:
    """WGS-84 degrees to GCJ-02 degrees; `m` is `math` for floats, `numpy` for arrays."""
    east, north = _gcj_metres(lon - 105.0, lat - 35.0, m)
    sine = m.sin(lat * (math.pi / 180.0))
    flat = 1.0 - _ECCENTRICITY_2 * sine * sine
    root = m.sqrt(flat)
    meridian = _SEMI_MAJOR_M * (1.0 - _ECCENTRICITY_2) / (flat * root)
    parallel = _SEMI_MAJOR_M / root * m.cos(lat * (math.pi / 180.0))
    degrees = 180.0 / math.pi
    return lon + east * degrees / parallel, lat + north * degrees / meridian


def gcj_to_wgs(lon: Any, lat: Any, m: ModuleType = math) -> tuple[Any, Any]:
    """Inverse of `wgs_to_gcj` by fixed-point iteration, exact to a micrometre."""
    guess_lon, guess_lat = lon, lat
    for _ in range(_GCJ_ROUNDS):
        shifted_lon, shifted_lat = wgs_to_gcj(guess_lon, guess_lat, m)
        guess_lon, guess_lat = guess_lon + (lon - shifted_lon), guess_lat + (lat - shifted_lat)
    return guess_lon, guess_lat


def gcj_to_bd(lon: Any, lat: Any, m: ModuleType = math) -> tuple[Any, Any]:
    """GCJ-02 degrees to BD-09 degrees."""
    arctan2 = math.atan2 if m is math else m.arctan2
    radius = m.sqrt(lon * lon + lat * lat) + 0.00002 * m.sin(lat * _BAIDU_WAVE)
    angle = arctan2(lat, lon) + 0.000003 * m.cos(lon * _BAIDU_WAVE)
    return radius * m.cos(angle) + _BAIDU_LON, radius * m.sin(angle) + _BAIDU_LAT


def bd_to_gcj(lon: Any, lat: Any, m: ModuleType = math) -> tuple[Any, Any]:
    """Inverse of `gcj_to_bd` by fixed-point iteration, exact to a micrometre."""
    guess_lon, guess_lat = lon - _BAIDU_LON, lat - _BAIDU_LAT
    for _ in range(_BD_ROUNDS):
        shifted_lon, shifted_lat = gcj_to_bd(guess_lon, guess_lat, m)
        guess_lon, guess_lat = guess_lon + (lon - shifted_lon), guess_lat + (lat - shifted_lat)
    return guess_lon, guess_lat


def _gcj_metres(x: Any, y: Any, m: ModuleType) -> tuple[Any, Any]:
    """East and north shift in metres; `x`, `y` are degrees from 105° E 35° N."""
    root = m.sqrt(abs(x))
    shared = _waves(x, m, (20.0, 6.0), (20.0, 2.0))
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + shared
    east = east + _waves(x, m, (20.0, 1.0), (40.0, 1.0 / 3.0), (150.0, 1.0 / 12.0), (300.0, 1.0 / 30.0))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + shared
    north = north + _waves(y, m, (20.0, 1.0), (40.0, 1.0 / 3.0), (160.0, 1.0 / 12.0), (320.0, 1.0 / 30.0))
    return east, north


def _waves(value: Any, m: ModuleType, *terms: tuple[float, float]) -> Any:
    return sum(size * m.sin(value * (math.pi * pace)) for size, pace in terms) * (2.0 / 3.0)
