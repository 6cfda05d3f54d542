"""The straight drawing board (u, v in metres) bent into curved streets, and its place on Earth.

The ground lies in open sea near 114.0°E 20.8°N: no land, hence no real street to be mistaken for.
"""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from geodata import crs

Array = npt.NDArray[np.float64]

CENTRE_EASTING_M, SOUTH_NORTHING_M = 500_000.0, 2_301_000.0
_TAU = 2 * np.pi


def bend(uv: Array, width_m: float) -> Array:
    """Board (n, 2) → ground metres (n, 2) in EPSG:4547. Smooth and one to one: its slope stays below 0.35."""
    u, v = uv[:, 0], uv[:, 1]
    east = u + 36 * np.sin(_TAU * (v / 1480 + 0.13)) + 15 * np.sin(_TAU * (u / 930 + v / 790 + 0.40))
    north = v + 32 * np.sin(_TAU * (u / 1310 + 0.37)) + 13 * np.sin(_TAU * (u / 840 - v / 710 + 0.71))
    return np.column_stack((east + CENTRE_EASTING_M - width_m / 2, north + SOUTH_NORTHING_M))


@functools.cache
def _transformer() -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(crs.SRID_METRIC, crs.SRID_WGS84, always_xy=True)


def to_lonlat(geometries: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Ground geometries (metric) → EPSG:4326 rounded to 1e-8°, so that shared vertices stay shared."""
    transformer = _transformer()

    def shift(xy: Array) -> Array:
        lon, lat = transformer.transform(xy[:, 0], xy[:, 1])
        return np.round(np.column_stack((lon, lat)), 8)

    moved: npt.NDArray[np.object_] = shapely.transform(geometries, shift)
    return moved
