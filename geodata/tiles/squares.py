"""Arithmetic of tile squares: addresses, which squares a box touches, which revisions a tile depends on. No Django."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

WORLD_M = 40_075_016.685_578_488  # width of the EPSG:3857 square
HALF_M = WORLD_M / 2
MAX_ZOOM = 22
# ST_AsMVTGeom keeps this part of a tile's width around it, so an edit next door touches the tile too.
MARGIN = 64 / 4096

# Deepest zoom whose squares are remembered one by one; deeper tiles share their ancestor's fate.
FINEST = 18
# A box that covers more squares than this at a zoom is remembered by whole subtrees of one of these zooms.
MOST_SQUARES = 64
SUBTREES = (14, 10, 6, 0)


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile address (XYZ, y from the north)."""

    z: int
    x: int
    y: int

    def at(self, z: int) -> Tile:
        """Its ancestor at a lower or equal zoom."""
        shift = self.z - z
        return Tile(z, self.x >> shift, self.y >> shift)

    def exists(self) -> bool:
        """True when the address lies in the pyramid."""
        return 0 <= self.z <= MAX_ZOOM and 0 <= self.x < 1 << self.z and 0 <= self.y < 1 << self.z

    def __str__(self) -> str:
        return f"{self.z}/{self.x}/{self.y}"


@dataclass(frozen=True, slots=True)
class Box:
    """A box in EPSG:3857 metres."""

    x0: float
    y0: float
    x1: float
    y1: float

    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees (EPSG:4326)."""
        west, south = _degrees(self.x0, self.y0)
        east, north = _degrees(self.x1, self.y1)
        return west, south, east, north


def _degrees(x: float, y: float) -> tuple[float, float]:
    lat = math.degrees(2 * math.atan(math.exp(y / HALF_M * math.pi)) - math.pi / 2)
    return round(x / HALF_M * 180, 6), round(lat, 6)


def _span(box: Box, z: int, margin: float) -> tuple[int, int, int, int]:
    """First and last column and row of the squares a box touches."""
    size, last = WORLD_M / (1 << z), (1 << z) - 1

    def clamp(value: float) -> int:
        return min(last, max(0, math.floor(value)))

    return (
        clamp((box.x0 + HALF_M) / size - margin),
        clamp((box.x1 + HALF_M) / size + margin),
        clamp((HALF_M - box.y1) / size - margin),
        clamp((HALF_M - box.y0) / size + margin),
    )


def count(box: Box, z: int, *, margin: float = MARGIN) -> int:
    """How many squares of a zoom the box touches."""
    left, right, top, bottom = _span(box, z, margin)
    return (right - left + 1) * (bottom - top + 1)


def touched(box: Box, z: int, *, margin: float = MARGIN) -> Iterator[Tile]:
    """The squares of a zoom that the box touches, margin included."""
    left, right, top, bottom = _span(box, z, margin)
    return (Tile(z, x, y) for x in range(left, right + 1) for y in range(top, bottom + 1))


def own_field(tile: Tile) -> str:
    """Name of the revision that counts edits touching exactly this square (its ancestor's at FINEST below that)."""
    return str(tile.at(min(tile.z, FINEST)))


def subtree_field(square: Tile) -> str:
    """Name of the revision that counts edits concerning this square and everything below it."""
    return f"t{square}"


def fields_of(tile: Tile) -> list[str]:
    """The revisions a tile depends on: its own and those of the subtrees it lies in. 2 to 5 names."""
    return [own_field(tile), *(subtree_field(tile.at(z)) for z in SUBTREES if z <= tile.z)]


def fields_touched(boxes: Iterable[Box]) -> set[str]:
    """The revisions that edits within the boxes must raise, so that exactly the tiles touched change theirs."""
    fields: set[str] = set()
    for box in boxes:
        for z in range(FINEST + 1):
            if count(box, z) > MOST_SQUARES:
                break
            fields.update(own_field(tile) for tile in touched(box, z))
        else:
            continue
        # From zoom z on there are too many squares to name: name the subtrees that hold them all.
        root = next(level for level in SUBTREES if level <= z - 1 or level == 0)
        fields.update(subtree_field(tile) for tile in touched(box, root))
    return fields
