"""What the map draws beneath: roads by rank, river, lake, park, green strips and paths. Metres throughout."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import affinity
from shapely.geometry.base import BaseGeometry

from geodata.sample.blocks import BANK_M, PARK, SCHOOL, SLABS, TOWERS, WIDTH_M, Block
from geodata.sample.cuts import AVENUE, LANE, MAIN, RIVER, STREET
from geodata.sample.footprints import Footprint, facing_angle
from geodata.sample.naming import road_name
from geodata.sample.net import Net, joined_roads

RANK = {AVENUE: 2, MAIN: 3, STREET: 5, LANE: 7, "path": 9}
SUBCLASS = {AVENUE: "primary", MAIN: "secondary", STREET: "tertiary", LANE: "residential", "path": "footway"}


@dataclass
class Feature:
    """One context feature: kind (road, green, water), subclass, rank, name, ground geometry."""

    kind: str
    subclass: str
    rank: int
    name: str
    geom: BaseGeometry


def roads(net: Net, water: BaseGeometry, *, last_column: bool, last_row: bool) -> list[Feature]:
    """Named roads. Lanes and streets stop at the river; avenues and main roads bridge it.

    A border road belongs to the street east or north of it, except at the outer edge.
    """
    found = []
    wet = water.buffer(BANK_M * 0.55) if not water.is_empty else water
    for kind, key, line in joined_roads(net):
        if kind == RIVER:
            found += _banks(line, road_name(RIVER, key))
            continue
        if _belongs_elsewhere(net, line, last_column=last_column, last_row=last_row):
            continue
        dry = line if kind in (AVENUE, MAIN) else line.difference(wet)
        name = road_name(kind, key)
        found += [
            Feature("road", SUBCLASS[kind], RANK[kind], name, part)
            for part in shapely.get_parts(dry)
            if part.length > 1
        ]
    return found


def _belongs_elsewhere(net: Net, line: shapely.LineString, *, last_column: bool, last_row: bool) -> bool:
    """True for the east and north border roads unless no street follows there."""
    if not net.outline.boundary.covers(line):
        return False
    west, south, east, north = net.outline.bounds
    middle = line.interpolate(0.5, normalized=True)
    upright = abs(line.coords[-1][1] - line.coords[0][1]) > abs(line.coords[-1][0] - line.coords[0][0])
    if upright:
        return middle.x > (west + east) / 2 and not last_column
    return middle.y > (south + north) / 2 and not last_row


def _banks(line: shapely.LineString, river: str) -> list[Feature]:
    """Riverside roads on both banks."""
    offset = WIDTH_M[RIVER] / 2 + BANK_M * 0.62
    name = f"{river[:-1]}滨江路"
    return [Feature("road", SUBCLASS[STREET], 4, name, line.offset_curve(side * offset)) for side in (1, -1)]


def water_and_green(net: Net, blocks: list[Block], water: BaseGeometry, river: str) -> list[Feature]:
    """River with green banks, parks with a lake, school sports grounds, compound gardens."""
    found = []
    if not water.is_empty:
        found.append(Feature("water", "river", 1, river, water))
        strip = water.buffer(BANK_M * 0.42, cap_style="flat").intersection(net.outline).difference(water)
        found += [
            Feature("green", "bank", 5, "", part) for part in shapely.get_parts(strip) if part.area > 50
        ]
    parks = shapely.union_all([b.ground.buffer(6) for b in blocks if b.use == PARK and not b.ground.is_empty])
    for number, park in enumerate(shapely.get_parts(parks)):
        if park.area < 500:
            continue
        lake = (
            affinity.scale(park.minimum_rotated_rectangle, 0.42, 0.36)
            .buffer(-8)
            .buffer(12)
            .intersection(park.buffer(-15))
        )
        found.append(Feature("green", "park", 2, f"{river[:-1]}公园" if number == 0 else "街心公园", park))
        if not lake.is_empty:
            found.append(Feature("water", "lake", 3, "", lake))
    return found


def gardens(blocks: list[Block], buildings: list[Footprint]) -> list[Feature]:
    """Open ground of compounds and schools as green, clear of buildings; a path through each compound."""
    by_cell: dict[int, list[shapely.Polygon]] = {}
    for building in buildings:
        by_cell.setdefault(building.cell, []).append(building.outline)
    found = []
    for block in blocks:
        if block.use not in (SLABS, TOWERS, SCHOOL) or block.ground.area < 2500:
            continue
        taken = shapely.union_all(shapely.buffer(np.array(by_cell.get(block.cell, []), dtype=object), 5.5))
        path = _spine(block)
        free = block.ground.buffer(-3).difference(taken).difference(path.buffer(3)).buffer(-3.5).buffer(3.0)
        found += [
            Feature("green", "garden", 7, "", p)
            for p in shapely.get_parts(shapely.simplify(free, 0.5))
            if p.area > 160
        ]
        if block.use != SCHOOL and not path.is_empty:
            found.append(Feature("road", SUBCLASS["path"], RANK["path"], "", path))
    return found


def _spine(block: Block) -> BaseGeometry:
    """A straight way across the compound, square to its rows."""
    centre, angle = block.ground.centroid, facing_angle(block.ground) + np.pi / 2
    reach = 400 * np.array([np.cos(angle), np.sin(angle)])
    line = shapely.LineString(
        [(centre.x - reach[0], centre.y - reach[1]), (centre.x + reach[0], centre.y + reach[1])]
    )
    return line.intersection(block.ground.buffer(4))
