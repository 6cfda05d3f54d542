"""Business blocks, schools, hospitals, markets, offices; shapes as shares of the ground's bounds."""

from __future__ import annotations

from collections.abc import Iterator

import shapely

from geodata.sample.footprints import (
    HOSPITAL,
    MALL,
    MARKET,
    OFFICE,
    PAVILION,
    SCHOOL,
    SHOPS,
    Footprint,
    Rng,
    along_edges,
    rectangle,
)

# Wings of a building as (west, south, width, depth) in shares of the ground's bounds.
Wing = tuple[float, float, float, float]
_CLASSROOMS: tuple[Wing, ...] = ((0.1, 0.62, 0.5, 0.1), (0.1, 0.8, 0.5, 0.1), (0.1, 0.62, 0.09, 0.28))
_WARDS: tuple[Wing, ...] = ((0.15, 0.6, 0.6, 0.13), (0.4, 0.4, 0.1, 0.3), (0.15, 0.3, 0.6, 0.13))
_COURT: tuple[Wing, ...] = ((0.2, 0.55, 0.55, 0.14), (0.2, 0.3, 0.1, 0.3), (0.65, 0.3, 0.1, 0.3))


def winged(ground: shapely.Polygon, *wings: Wing) -> shapely.Polygon:
    """One building made of rectangles placed in the ground's bounds; the wings must touch."""
    w, s, e, n = ground.bounds
    boxes = [rectangle(w + a * (e - w), s + b * (n - s), c * (e - w), d * (n - s)) for a, b, c, d in wings]
    union = shapely.union_all(boxes)
    if not isinstance(union, shapely.Polygon):
        raise TypeError("the wings do not touch")
    return union


def business_blocks(ground: shapely.Polygon, rng: Rng) -> Iterator[Footprint]:
    """A mall with offices beside it, or offices along the edges."""
    west, south, east, north = ground.bounds
    x, y = (west + east) / 2, (south + north) / 2
    wide, high = east - west, north - south
    if rng.random() < 0.35:
        yield Footprint(rectangle(x - wide * 0.36, y - high * 0.30, wide * 0.72, high * 0.42), MALL, 5, 2)
        yield Footprint(rectangle(x - wide * 0.3, y + high * 0.2, 32, 26), OFFICE, int(rng.integers(16, 30)))
        yield Footprint(rectangle(x + wide * 0.08, y + high * 0.2, 30, 26), OFFICE, int(rng.integers(10, 24)))
        return
    for outline, _ in along_edges(ground.exterior, (30.0, 52.0), (18.0, 25.0), rng, 12.0):
        yield Footprint(outline, OFFICE, int(rng.choice([5, 8, 12, 16, 22])), int(rng.choice([1, 1, 2])))


def school(ground: shapely.Polygon, _rng: Rng) -> Iterator[Footprint]:
    """Classrooms round a yard, a hall, a dormitory; the rest is sports ground."""
    yield Footprint(winged(ground, *_CLASSROOMS), SCHOOL, 5, 2)
    yield Footprint(winged(ground, (0.7, 0.64, 0.17, 0.24)), SCHOOL, 3)
    yield Footprint(winged(ground, (0.76, 0.14, 0.12, 0.34)), SCHOOL, 4)


def hospital(ground: shapely.Polygon, _rng: Rng) -> Iterator[Footprint]:
    """An H of wards, an outpatient house, a small one beside it."""
    yield Footprint(winged(ground, *_WARDS), HOSPITAL, 12, 2)
    yield Footprint(winged(ground, (0.15, 0.1, 0.3, 0.12)), HOSPITAL, 4)
    yield Footprint(winged(ground, (0.6, 0.1, 0.2, 0.1)), HOSPITAL, 3)


def market(ground: shapely.Polygon, rng: Rng) -> Iterator[Footprint]:
    """A market hall with shop houses round it."""
    yield Footprint(winged(ground, (0.2, 0.25, 0.5, 0.45)), MARKET, 2, 3)
    for outline, _ in along_edges(ground.exterior, (18.0, 30.0), (10.0, 12.0), rng, 4.0):
        yield Footprint(outline, SHOPS, int(rng.choice([3, 4, 5])), 2, 2)


def street_office(ground: shapely.Polygon, _rng: Rng) -> Iterator[Footprint]:
    """The street office: a court open to the south, a service hall in front."""
    yield Footprint(winged(ground, *_COURT), OFFICE, 6)
    yield Footprint(winged(ground, (0.2, 0.08, 0.2, 0.1)), OFFICE, 2)


def park(ground: shapely.Polygon, _rng: Rng) -> Iterator[Footprint]:
    """A pavilion."""
    centre = ground.centroid
    yield Footprint(shapely.Point(centre.x + 18, centre.y + 12).buffer(6, quad_segs=2), PAVILION, 1)


__all__ = ["business_blocks", "hospital", "market", "park", "school", "street_office", "winged"]
