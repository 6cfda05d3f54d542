"""What a building is to the generator, and the geometry every layout needs. Pure functions in metres.

Candidates are proposed, most important first, and kept when they lie inside the ground and stay clear of
every building kept before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from shapely import STRtree

Rng = np.random.Generator
SLAB, TOWER, HOUSE, VILLAGE_HOUSE, SHOPS = "slab", "tower", "house", "village_house", "shops"
OFFICE, MALL, SCHOOL, HOSPITAL, MARKET, KINDERGARTEN, PAVILION, GATE = (
    "office", "mall", "school", "hospital", "market", "kindergarten", "pavilion", "gate",
)  # fmt: skip


@dataclass
class Footprint:
    """A building: outline, kind, floors, entrances (单元), dwellings per floor of an entrance, its cell."""

    outline: shapely.Polygon
    kind: str
    floors: int
    entrances: int = 1
    per_floor: int = 0
    cell: int = -1


def rectangle(x: float, y: float, length: float, depth: float, angle: float = 0.0) -> shapely.Polygon:
    """A rectangle from its lower left corner, turned about that corner by `angle` radians."""
    c, s = np.cos(angle), np.sin(angle)
    corners = ((0.0, 0.0), (length, 0.0), (length, depth), (0.0, depth))
    return shapely.Polygon([(x + a * c - b * s, y + a * s + b * c) for a, b in corners])


def facing_angle(ground: shapely.Polygon) -> float:
    """Angle (radians, within ±45° of east) of the block side that runs most nearly west–east."""
    box = shapely.get_coordinates(ground.minimum_rotated_rectangle)
    edge = box[1] - box[0]
    angle = float(np.arctan2(edge[1], edge[0]))
    quarter = np.pi / 2
    return (angle + quarter / 2) % quarter - quarter / 2


def keep_free(ground: shapely.Polygon, proposals: list[Footprint], gap_m: float) -> list[Footprint]:
    """Proposals that lie inside the ground and stay `gap_m` clear of all those kept before them."""
    if not proposals:
        return []
    shapely.prepare(ground)
    outlines = np.array([p.outline for p in proposals], dtype=object)
    inside = shapely.covers(ground, outlines)
    grown = shapely.buffer(outlines, gap_m, join_style="mitre") if gap_m else outlines
    pairs = STRtree(outlines).query(grown, predicate="intersects")
    rivals: dict[int, list[int]] = {}
    for a, b in pairs.T.tolist():
        if b < a:
            rivals.setdefault(a, []).append(b)
    kept: list[bool] = []
    for k in range(len(proposals)):
        kept.append(bool(inside[k]) and not any(kept[r] for r in rivals.get(k, ())))
    return [p for p, ok in zip(proposals, kept, strict=True) if ok]


def row_spans(
    ground: shapely.Polygon, obstacles: list[shapely.Polygon], y: float, depth: float
) -> list[tuple[float, float]]:
    """West–east stretches of the band y … y+depth inside a roughly convex ground, 6 m clear of obstacles."""
    west, _, east, _ = ground.bounds
    lefts, rights = [], []
    for level in (y, y + depth / 2, y + depth):
        part = ground.intersection(shapely.LineString([(west - 1, level), (east + 1, level)]))
        if part.is_empty:
            return []
        lefts.append(part.bounds[0])
        rights.append(part.bounds[2])
    spans = [(max(lefts), min(rights))]
    band = shapely.box(west - 1, y - 6, east + 1, y + depth + 6)
    for obstacle in obstacles:
        part = obstacle.intersection(band)
        if not part.is_empty:
            low, _, high, _ = part.bounds
            spans = [
                s for a, b in spans for s in ((a, min(b, low - 6)), (max(a, high + 6), b)) if s[1] - s[0] > 10
            ]
    return spans


def along_edges(
    ring: shapely.LinearRing, widths: tuple[float, float], depths: tuple[float, float], rng: Rng, gap: float
) -> Iterator[tuple[shapely.Polygon, float]]:
    """Rectangles with their front on the ring's inside, edge by edge; yields (outline, front width)."""
    points = shapely.get_coordinates(ring.simplify(1.0))
    if not ring.is_ccw:
        points = points[::-1]
    for a, b in pairwise(points):
        way = b - a
        length, angle = float(np.hypot(*way)), float(np.arctan2(way[1], way[0]))
        at = 0.3
        while at + widths[0] <= length:
            width = min(rng.uniform(*widths), length - at)
            start = a + way / length * at + 0.05 * np.array([-np.sin(angle), np.cos(angle)])
            yield rectangle(start[0], start[1], width, rng.uniform(*depths), angle), width
            at += width + (gap if rng.random() < 0.8 else rng.uniform(2, 5))
