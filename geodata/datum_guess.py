"""Are these points in the datum they were declared in? Told by where known places lie; nothing is ever shifted here.

GCJ-02 read as WGS 84 lies 530–670 m off, BD-09 1.2–1.35 km, always in nearly the same direction within a town. So a
datum is suspected when reading the same numbers in it puts most points where they belong, and the declared one does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geodata.crs import Datum, Floats, from_wgs84_many, to_wgs84_many

FEWEST: Final = 10
"""Below so many points nothing is said."""
NEAR_M: Final = 100.0
"""So far may an address point lie from the middle of its building."""
MOST: Final = 0.6
SOME: Final = 0.2
_CANDIDATES: Final = ("wgs84", "gcj02", "bd09")
_METRES_PER_DEGREE: Final = 111_320.0


class Verdict(StrEnum):
    """What the points say about their datum."""

    TOO_FEW = "too_few"
    FITS = "fits"
    OFFSET = "offset"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class Guess:
    """``metres`` and ``azimuth``: the median vector from the known places to the points that belong to ``likely``;
    ``share`` of the points that do."""

    verdict: Verdict
    points: int
    likely: str = ""
    share: float = 0.0
    metres: int = 0
    azimuth: int = 0


def guess(points: Floats, places: Floats, declared: str) -> Guess:
    """``points``: longitude and latitude in WGS 84 as they were converted from ``declared``; ``places``: where they ought
    to be. Both n × 2."""
    count = len(points)
    if count < FEWEST:
        return Guess(Verdict.TOO_FEW, count)
    system = declared if declared in _CANDIDATES else "wgs84"
    here = _metres(points, places)
    fits = here < NEAR_M
    best: tuple[int, str, NDArray[np.bool_]] = (0, "", np.zeros(count, dtype=bool))
    for other in _CANDIDATES:
        if other != system:
            there = ~fits & (_metres(_reread(points, system, other), places) < NEAR_M)
            best = max(best, (int(there.sum()), other, there), key=lambda found: found[0])
    found, likely, which = best
    share = found / count
    if found < FEWEST or share < SOME:
        return Guess(Verdict.FITS, count)
    east, north = _vector(points[which], places[which])
    metres, azimuth = float(np.hypot(east, north)), float(np.degrees(np.arctan2(east, north)) % 360)
    verdict = Verdict.OFFSET if share >= MOST else Verdict.MIXED
    return Guess(verdict, count, likely, round(share, 3), round(metres), round(azimuth))


def _reread(points: Floats, system: str, other: str) -> Floats:
    """Where the points would lie if their numbers meant another datum."""
    x, y = from_wgs84_many(points[:, 0], points[:, 1], Datum.parse(system))
    lon, lat = to_wgs84_many(
        x, y, Datum.parse(other), strict=False
    )  # what cannot be of that datum becomes NaN
    return np.column_stack([lon, lat])


def _metres(points: Floats, places: Floats) -> Floats:
    east, north = _apart(points, places)
    return np.asarray(np.hypot(east, north))


def _vector(points: Floats, places: Floats) -> tuple[float, float]:
    east, north = _apart(points, places)
    return float(np.median(east)), float(np.median(north))


def _apart(points: Floats, places: Floats) -> tuple[Floats, Floats]:
    north = (points[:, 1] - places[:, 1]) * _METRES_PER_DEGREE
    east = (points[:, 0] - places[:, 0]) * _METRES_PER_DEGREE * np.cos(np.radians(places[:, 1]))
    return east, north
