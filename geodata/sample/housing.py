"""Where people live: slab and tower compounds with shop bars, old-town perimeter blocks, urban villages."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import shapely

from geodata.sample.blocks import largest
from geodata.sample.footprints import (
    HOUSE,
    KINDERGARTEN,
    SHOPS,
    SLAB,
    TOWER,
    VILLAGE_HOUSE,
    Footprint,
    Rng,
    along_edges,
    keep_free,
    rectangle,
    row_spans,
)

Layout = Callable[[shapely.Polygon, list[shapely.Polygon], Rng], Iterator[Footprint]]


def slab_rows(ground: shapely.Polygon, obstacles: list[shapely.Polygon], rng: Rng) -> Iterator[Footprint]:
    """Rows of 5–11 storey slabs (level ground, rows west–east), a spine left open in the middle."""
    west, south, east, north = ground.bounds
    depth = float(rng.choice([11.5, 12.5, 13.0]))
    floors = int(rng.choice([6, 6, 6, 7, 5, 11]))
    pitch = depth + max(14.0, floors * 2.9 * rng.uniform(0.8, 1.0))
    spine = (west + east) / 2 + rng.uniform(-12, 12)
    for y in np.arange(south + rng.uniform(0.5, 3), north - depth, pitch):
        for low, high in row_spans(ground, obstacles, float(y), depth + 1.3):
            for left, right in ((low, min(high, spine - 4)), (max(low, spine + 4), high)):
                yield from _slabs_between(left, right, float(y), depth, floors, rng)


def _slabs_between(
    left: float, right: float, y: float, depth: float, floors: int, rng: Rng
) -> Iterator[Footprint]:
    """Slabs of two to five units (单元) side by side, 8 m apart."""
    unit = rng.uniform(15.5, 18.5)
    room = right - left
    while room >= 2 * unit:
        units = min(int(room // unit), int(rng.choice([2, 3, 3, 4])))
        if 0 < room - units * unit - 8 < 2 * unit and room <= 5 * unit:
            units = min(5, int(room // unit))
        length = units * unit
        yield Footprint(_stepped(left, y, length, depth, units), SLAB, floors, units, 2)
        left, room = left + length + 8, room - length - 8


def _stepped(x: float, y: float, length: float, depth: float, units: int) -> shapely.Polygon:
    """A slab whose north side shows the stair of each unit as a small bay."""
    unit, bay = length / units, 1.2
    top = [(x + length, y + depth)]
    for k in reversed(range(units)):
        middle = x + (k + 0.5) * unit
        top += [(middle + 1.6, y + depth), (middle + 1.6, y + depth + bay)]
        top += [(middle - 1.6, y + depth + bay), (middle - 1.6, y + depth)]
    return shapely.Polygon([(x, y), (x + length, y), *top, (x, y + depth)])


def point_towers(ground: shapely.Polygon, obstacles: list[shapely.Polygon], rng: Rng) -> Iterator[Footprint]:
    """High point blocks on a staggered grid of about 50 m, cross-shaped as in most tower compounds."""
    _, south, _, north = ground.bounds
    size, step = rng.uniform(22, 26), rng.uniform(44, 54)
    floors = int(rng.choice([18, 24, 26, 28, 32, 33]))
    for row, y in enumerate(np.arange(south + 3, north - size, step)):
        for low, high in row_spans(ground, obstacles, float(y), size):
            free = high - low - size
            count = int(free // step) + 1 if free >= 0 else 0
            gap = free / (count - 1) if count > 1 else 0
            start = low if count > 1 else low + free / 2
            for k in range(count):
                x = min(start + k * gap + (3 if row % 2 else 0), high - size)
                rise = floors - int(rng.integers(0, 3))
                yield Footprint(_cross(x, float(y), size), TOWER, rise, 1, int(rng.choice([4, 4, 6])))


def _cross(x: float, y: float, size: float) -> shapely.Polygon:
    n = size * 0.24
    a, b = size - n, size
    points = ((n, 0), (a, 0), (a, n), (b, n), (b, a), (a, a), (a, b), (n, b), (n, a), (0, a), (0, n), (n, n))
    return shapely.Polygon([(x + p, y + q) for p, q in points])


def perimeter_houses(ground: shapely.Polygon, rng: Rng) -> Iterator[Footprint]:
    """Old town: houses shoulder to shoulder along the edge, an alley, then a ring round the courtyard."""
    inner = ground
    for ring_number in range(3):
        if inner.is_empty or inner.geom_type != "Polygon" or inner.area < 260:
            return
        for outline, width in along_edges(inner.exterior, (9.0, 17.0), (11.0, 15.0), rng, 0.4):
            floors = int(rng.choice([2, 2, 3, 3, 4] if ring_number == 0 else [1, 2, 2, 3]))
            shop = ring_number == 0 and rng.random() < 0.7
            yield Footprint(outline, SHOPS if shop else HOUSE, floors, 1, 2 if width > 12 else 1)
        inner = largest(inner.buffer(-22.0, join_style="mitre"))


def village_houses(ground: shapely.Polygon, rng: Rng) -> Iterator[Footprint]:
    """Urban village: hand-shake houses on a tight, uneven grid, a wider alley every third row."""
    west, south, east, north = ground.bounds
    step_x, step_y = rng.uniform(14.5, 16.5), rng.uniform(15.5, 17.5)
    for row, y in enumerate(np.arange(south + 0.5, north - 9, step_y + 1.5)):
        y_now = y + (row // 3) * 0.6
        for x in np.arange(west + 0.5 + rng.uniform(0, 5), east - 9, step_x):
            if rng.random() < 0.06:
                continue
            w, d = rng.uniform(10.5, step_x - 1.4), rng.uniform(10.5, step_y - 1.6)
            outline = rectangle(float(x), float(y_now), w, d, rng.uniform(-0.02, 0.02))
            yield Footprint(outline, VILLAGE_HOUSE, int(rng.choice([4, 5, 5, 6, 7])), 1, 3)


def shop_bars(ground: shapely.Polygon, rng: Rng, count: int) -> list[Footprint]:
    """Long two-storey shop buildings along the longest edges of a compound."""
    bars = [
        (width, Footprint(outline, SHOPS, int(rng.choice([2, 2, 3])), 1, 0))
        for outline, width in along_edges(ground.exterior, (26.0, 48.0), (10.5, 12.0), rng, 7.0)
    ]
    bars.sort(key=lambda bar: -bar[0])
    return [bar for _, bar in bars[:count]]


def compound(ground: shapely.Polygon, rng: Rng, layout: Layout) -> list[Footprint]:
    """A compound (小区): shop bars on its edge, perhaps a kindergarten, and the layout in between."""
    bars = shop_bars(ground, rng, int(rng.choice([1, 2, 2, 3])))
    middle = ground.centroid
    extra = (
        [Footprint(rectangle(middle.x - 15, middle.y - 9, 30, 18), KINDERGARTEN, 3)]
        if rng.random() < 0.14
        else []
    )
    obstacles = [f.outline for f in keep_free(ground, [*bars, *extra], 5.0)]
    return [*bars, *extra, *layout(ground, obstacles, rng)]
