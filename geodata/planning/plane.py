"""A flat piece of the earth in metres for planning: degrees scaled at the middle, so straight lines stay straight.

A projected system would bend a long border by millimetres and open gaps between a community and its cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import cos, radians
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Shapes = NDArray[np.object_]
Floats = NDArray[np.float64]


@dataclass(slots=True)
class Plane:
    """Metres east and north of an origin in WGS 84. Points of outlines come back bit by bit as they were."""

    lon: float
    lat: float
    east: float
    north: float
    _known: dict[tuple[float, float], tuple[float, float]] = field(default_factory=dict)

    @classmethod
    def around(cls, shapes: Sequence[BaseGeometry]) -> Plane:
        """The plane whose origin is the middle of some WGS 84 shapes."""
        west, south, east, north = shapely.total_bounds(np.asarray(shapes, dtype=object))
        lat = (south + north) / 2
        # Series of the WGS 84 meridian and parallel, good to a centimetre per degree.
        parallel = (
            111_412.84 * cos(radians(lat)) - 93.5 * cos(radians(3 * lat)) + 0.118 * cos(radians(5 * lat))
        )
        meridian = 111_132.92 - 559.82 * cos(radians(2 * lat)) + 1.175 * cos(radians(4 * lat))
        return cls((west + east) / 2, lat, parallel, meridian)

    def ground(self, shapes: Any, *, remember: bool = False) -> Shapes:
        """WGS 84 shapes in metres; with `remember` their points come back unchanged."""
        array = np.asarray(shapes, dtype=object)
        moved: Shapes = shapely.transform(array, self._to_ground)
        if remember:
            before, after = shapely.get_coordinates(array), shapely.get_coordinates(moved)
            self._known.update(zip(map(tuple, after.tolist()), map(tuple, before.tolist()), strict=True))
        return moved

    def degrees(self, shapes: Any) -> Shapes:
        """Shapes in metres back to WGS 84."""
        moved: Shapes = shapely.transform(np.asarray(shapes, dtype=object), self._to_degrees)
        return moved

    def _to_ground(self, xy: Floats) -> Floats:
        return np.column_stack([(xy[:, 0] - self.lon) * self.east, (xy[:, 1] - self.lat) * self.north])

    def _to_degrees(self, xy: Floats) -> Floats:
        plain = np.column_stack([xy[:, 0] / self.east + self.lon, xy[:, 1] / self.north + self.lat])
        for k, pair in enumerate(map(tuple, xy.tolist())):
            if pair in self._known:
                plain[k] = self._known[pair]
        return plain
