"""Which use each cell has and what ground is left between its roads, river and park. Metres throughout."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely import STRtree
from shapely.geometry.base import BaseGeometry

from geodata.sample.cuts import AVENUE, LANE, MAIN, RIVER, STREET
from geodata.sample.net import Net
from geodata.sample.randomness import generator
from geodata.sample.scales import Scale, TilePlace

# Full widths between the red lines, pavements included; of the river only the water.
WIDTH_M = {AVENUE: 38.0, MAIN: 27.0, STREET: 17.0, LANE: 9.0, RIVER: 46.0}
BANK_M = 34.0  # riverside road and green strip on either side of the water
OLD_TOWN, VILLAGE, TOWERS, SLABS, BUSINESS = "old_town", "village", "towers", "slabs", "business"
PARK, SCHOOL, HOSPITAL, MARKET, OFFICE = "park", "school", "hospital", "market", "office"
_SETBACK_M = {OLD_TOWN: 1.0, VILLAGE: 1.5, TOWERS: 5.0, SLABS: 4.0, BUSINESS: 5.0, PARK: 2.0}


@dataclass
class Block:
    """One cell's buildable ground: its use, and the polygon inside the red lines and set-backs."""

    cell: int
    community: int
    use: str
    ground: shapely.Polygon


def river_water(net: Net) -> BaseGeometry:
    """The river's water surface within the tile, empty where no river runs."""
    lines = [line for cut, line in zip(net.roads, net.road_lines, strict=True) if cut.kind == RIVER]
    if not lines:
        return shapely.Polygon()
    middle = shapely.line_merge(shapely.MultiLineString(lines))
    return middle.buffer(WIDTH_M[RIVER] / 2, cap_style="flat", join_style="round").intersection(net.outline)


def road_surfaces(net: Net) -> npt.NDArray[np.object_]:
    """Each road piece between its red lines; river pieces are widened by the bank strip on both sides."""
    half = [WIDTH_M[cut.kind] / 2 + (BANK_M if cut.kind == RIVER else 0) for cut in net.roads]
    surfaces: npt.NDArray[np.object_] = shapely.buffer(net.road_lines, half, quad_segs=3)
    return surfaces


def largest(part: BaseGeometry) -> shapely.Polygon:
    """The largest polygon among a geometry's parts, empty when there is none."""
    pieces = [p for p in shapely.get_parts(part) if p.geom_type == "Polygon"]
    return max(pieces, key=lambda p: p.area, default=shapely.Polygon())


def net_ground(net: Net) -> npt.NDArray[np.object_]:
    """For each cell the largest polygon left after all road and river surfaces are cut out."""
    surfaces = road_surfaces(net)
    tree = STRtree(surfaces)
    cell_index, surface_index = tree.query(net.cells, predicate="intersects")
    grounds = []
    for k, cell in enumerate(net.cells):
        near = shapely.union_all(surfaces[surface_index[cell_index == k]])
        grounds.append(largest(shapely.simplify(cell.difference(near), 0.3)))
    return np.array(grounds, dtype=object)


def choose_uses(scale: Scale, seed: int, place: TilePlace, net: Net) -> list[str]:
    """A use per cell: park by the river, old town in the middle, village in a corner, services spread out."""
    rng = generator(seed, "uses", place.tx, place.ty)
    centres = shapely.get_coordinates(shapely.centroid(net.cells))
    low, high = centres.min(axis=0), centres.max(axis=0)
    total = len(centres)
    uses: list[str | None] = [None] * total
    square = 0.5 + 0.16 * (rng.random(2) - 0.5)

    def nearest(fraction: npt.NDArray[np.float64], count: int, use: str) -> None:
        distance = np.hypot(*(centres - (low + fraction * (high - low))).T)
        free = [int(k) for k in np.argsort(distance) if uses[k] is None]
        for k in free[:count]:
            uses[k] = use

    nearest(np.array([0.70 + 0.1 * rng.random(), 0.44]), max(2, total // 45), PARK)
    for point in _spread(rng, max(2, total // 26)):
        nearest(point, 1, SCHOOL)
    nearest(np.array([0.3 + 0.1 * rng.random(), 0.68]), 1, HOSPITAL)
    for point in _spread(rng, max(1, total // 60)):
        nearest(point, 1, MARKET)
    nearest(square + np.array([0.12, 0.10]), 1, OFFICE)
    nearest(square + np.array([0.2, 0.2]), round(total * scale.mix.business), BUSINESS)
    nearest(square, round(total * scale.mix.old_town), OLD_TOWN)
    nearest(np.array([0.04, 0.05]), round(total * scale.mix.village), VILLAGE)
    for point in (np.array([0.93, 0.93]), np.array([0.05, 0.95])):
        nearest(point, round(total * scale.mix.towers / 2), TOWERS)
    nearest(np.array([0.9, 0.08]), max(1, total // 50), PARK if total % 2 else SCHOOL)
    return [use or SLABS for use in uses]


def _spread(rng: np.random.Generator, count: int) -> npt.NDArray[np.float64]:
    """`count` points in the unit square, far from one another (best of eight candidates each)."""
    points = [rng.random(2)]
    while len(points) < count:
        tries = rng.random((8, 2))
        gaps = [min(float(np.hypot(*(t - p))) for p in points) for t in tries]
        points.append(tries[int(np.argmax(gaps))])
    return np.array(points)


def make_blocks(scale: Scale, seed: int, place: TilePlace, net: Net) -> list[Block]:
    """Every cell's block, with the set-back of its use."""
    uses = choose_uses(scale, seed, place, net)
    blocks = []
    for k, (use, ground) in enumerate(zip(uses, net_ground(net), strict=True)):
        inner = largest(ground.buffer(-_SETBACK_M.get(use, 5.0), join_style="mitre"))
        blocks.append(Block(k, int(net.cell_community[k]), use, inner))
    return blocks
