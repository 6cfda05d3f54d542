"""Door numbers along roads, numbers of buildings inside a compound, and the address text they make."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import STRtree

from geodata.sample.blocks import OLD_TOWN, SLABS, TOWERS, VILLAGE
from geodata.sample.cuts import RIVER
from geodata.sample.footprints import KINDERGARTEN, SHOPS, Footprint
from geodata.sample.naming import estate_name, road_name
from geodata.sample.net import joined_roads
from geodata.sample.plan import StreetPlan

_DOOR_M = 5.0  # metres of road per pair of door numbers


@dataclass
class Addressed:
    """What an address adds to a building."""

    name: str
    estate: str
    address: str


def road_doors(plan: StreetPlan, points: list[shapely.Point]) -> list[str]:
    """A door ("砚屿路27号") for each point: nearest road, odd numbers on its left, even on its right, no number twice."""
    roads = [(road_name(kind, key), line) for kind, key, line in joined_roads(plan.net) if kind != RIVER]
    lines = np.array([line for _, line in roads], dtype=object)
    nearest = STRtree(lines).nearest(np.array(points, dtype=object))
    stations = shapely.line_locate_point(lines[nearest], np.array(points, dtype=object))
    taken: defaultdict[tuple[str, int], int] = defaultdict(int)
    doors = [""] * len(points)
    for k in np.lexsort((stations, nearest)):
        name, line = roads[int(nearest[k])]
        side = _side(line, float(stations[k]), points[k])
        wanted = int(stations[k] // _DOOR_M)
        number = max(wanted, taken[name, side] + 1)
        taken[name, side] = number
        doors[k] = f"{name}{2 * number - side}号"
    return doors


def _side(line: shapely.LineString, station: float, point: shapely.Point) -> int:
    """1 left of the road, 0 right of it."""
    here, ahead = line.interpolate(station), line.interpolate(station + 1.0)
    if here.equals(ahead):
        here, ahead = line.interpolate(station - 1.0), here
    cross = (ahead.x - here.x) * (point.y - here.y) - (ahead.y - here.y) * (point.x - here.x)
    return int(cross > 0)


def address_buildings(plan: StreetPlan) -> list[Addressed]:
    """Name, compound and address of every building of the plan, in its order."""
    uses = {block.cell: block.use for block in plan.blocks}
    doors = road_doors(plan, [building.outline.representative_point() for building in plan.buildings])
    gates: dict[int, str] = {}
    counted: defaultdict[int, int] = defaultdict(int)
    found = []
    for building, door in zip(plan.buildings, doors, strict=True):
        use = uses[building.cell]
        if use not in (SLABS, TOWERS) or building.kind in (SHOPS, KINDERGARTEN):
            found.append(Addressed(_own_name(plan, building, use), "", door))
            continue
        counted[building.cell] += 1
        gate = gates.setdefault(building.cell, door)
        estate = estate_name(plan.place.index, building.cell, towers=use == TOWERS)
        name = f"{counted[building.cell]}栋"
        found.append(Addressed(f"{estate}{name}", estate, f"{gate}{estate}{name}"))
    return found


def _own_name(plan: StreetPlan, building: Footprint, use: str) -> str:
    """Names of buildings that stand alone; houses have none."""
    if building.kind in (SHOPS, KINDERGARTEN) or use in (OLD_TOWN, VILLAGE):
        return ""
    titles = {
        "school": "学校",
        "hospital": "医院",
        "market": "市场",
        "mall": "商场",
        "office": "大厦",
        "pavilion": "亭",
    }
    stem = estate_name(plan.place.index, building.cell, towers=False)[:2]
    return stem + titles.get(building.kind, "楼")
