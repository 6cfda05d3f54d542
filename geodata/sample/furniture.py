"""City components (部件): lamps, covers, bins, trees, signals … with class and owner key of the catalogue.

Class codes are GB/T 30428.2 major + minor; spacing in metres. Positions depend only on the road, so a
border road gives each of its two streets exactly the components on its own side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely import STRtree
from shapely.geometry.base import BaseGeometry

from geodata.sample.blocks import PARK, SLABS, TOWERS, WIDTH_M, Block
from geodata.sample.cuts import AVENUE, LANE, MAIN, RIVER, STREET
from geodata.sample.net import Net, joined_roads
from geodata.sample.randomness import generator

Points = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Pattern:
    """One class along roads: spacing, place across the road (share of its half width), one side or both."""

    class_code: str
    name: str
    owner: str
    spacing_m: float
    across: float
    sides: int
    roads: frozenset[str]


_ALL = frozenset({AVENUE, MAIN, STREET, LANE})
_BIG = frozenset({AVENUE, MAIN})
_WIDE = frozenset({AVENUE, MAIN, STREET})
PATTERNS = (
    Pattern("0137", "路灯", "lighting", 32, 0.82, 2, _WIDE),
    Pattern("0137", "路灯", "lighting", 36, 0.80, 1, frozenset({LANE})),
    Pattern("0402", "行道树", "greening", 11, 0.88, 2, _BIG),
    Pattern("0402", "行道树", "greening", 14, 0.86, 2, frozenset({STREET})),
    Pattern("0102", "污水井盖", "drainage", 38, 0.22, 1, _ALL),
    Pattern("0103", "雨水井盖", "drainage", 42, -0.30, 1, _ALL),
    Pattern("0104", "雨水箅子", "drainage", 36, 0.68, 2, _WIDE),
    Pattern("0101", "上水井盖", "water", 75, 0.45, 1, _ALL),
    Pattern("0105", "电力井盖", "power", 60, -0.58, 1, _WIDE),
    Pattern("0107", "通信井盖", "telecom", 64, 0.58, 1, _WIDE),
    Pattern("0111", "燃气井盖", "gas", 90, -0.42, 1, _WIDE),
    Pattern("0198", "消火栓", "water", 110, 0.84, 1, _WIDE),
    Pattern("0305", "果皮箱", "sanitation", 85, 0.90, 2, _WIDE),
    Pattern("0305", "垃圾桶", "sanitation", 90, 0.82, 1, frozenset({LANE})),
    Pattern("0150", "监控电子眼", "police", 150, 0.80, 1, _ALL),
    Pattern("0212", "路名牌", "road", 240, 0.86, 2, _ALL),
    Pattern("0204", "公交站亭", "transit", 420, 0.92, 2, _BIG),
    Pattern("0127", "通讯交接箱", "telecom", 180, 0.93, 1, _WIDE),
    Pattern("0128", "电力设施", "power", 210, 0.93, 1, _WIDE),
    Pattern("0217", "交通护栏", "traffic", 95, 0.03, 1, frozenset({AVENUE})),
    Pattern("0225", "非机动车停放点", "street", 190, 0.90, 2, _WIDE),
    Pattern("0407", "街头座椅", "greening", 130, 0.93, 2, _BIG),
    Pattern("0283", "道路指示牌", "road", 380, 0.85, 2, _BIG),
)
_SIGNAL, _TOILET, _FITNESS, _NOTICE = (
    ("0298", "交通信号灯"),
    ("0301", "公共厕所"),
    ("0146", "户外健身设施"),
    ("0308", "宣传栏"),
)


@dataclass
class Components:
    """Columns of one tile's components: class code, name, owner key, ground point; `cell` −1 never occurs."""

    class_code: list[str]
    name: list[str]
    owner: list[str]
    points: Points
    cell: npt.NDArray[np.int64]


def along(line: shapely.LineString, spacing_m: float, start_m: float, offset_m: float) -> Points:
    """Points every `spacing_m` along a line, moved `offset_m` to its left."""
    stations = np.arange(start_m, line.length, spacing_m)
    if not len(stations):
        return np.empty((0, 2))
    here = shapely.get_coordinates(shapely.line_interpolate_point(line, stations))
    ahead = shapely.get_coordinates(
        shapely.line_interpolate_point(line, np.minimum(stations + 0.5, line.length))
    )
    back = shapely.get_coordinates(shapely.line_interpolate_point(line, np.maximum(stations - 0.5, 0)))
    way = (ahead - back) / np.hypot(*(ahead - back).T)[:, None]
    moved: Points = here + offset_m * np.column_stack((-way[:, 1], way[:, 0]))
    return moved


def _on_roads(net: Net) -> list[tuple[str, str, str, Points]]:
    found = []
    for kind, _, line in joined_roads(net):
        if kind == RIVER:
            continue
        half = WIDTH_M[kind] / 2
        for number, pattern in enumerate(PATTERNS):
            if kind not in pattern.roads:
                continue
            sides = (1, -1)[: pattern.sides]
            for side in sides:
                start = 8 + (number * 7 + (3 if side < 0 else 0)) % pattern.spacing_m
                points = along(line, pattern.spacing_m, start, side * pattern.across * half)
                found.append((pattern.class_code, pattern.name, pattern.owner, points))
    return found


def crossings(net: Net) -> Points:
    """Where big roads meet (nodes shared by at least three pieces, two of them of big roads)."""
    ends: dict[tuple[float, float], list[str]] = {}
    for cut, line in zip(net.roads, net.road_lines, strict=True):
        for x, y in (line.coords[0], line.coords[-1]):
            ends.setdefault((round(x, 3), round(y, 3)), []).append(cut.kind)
    chosen = [
        xy for xy, kinds in ends.items() if sum(kind in _BIG for kind in kinds) >= 2 and len(kinds) >= 3
    ]
    return np.array(sorted(chosen)).reshape(-1, 2)


def _at_crossings(net: Net) -> list[tuple[str, str, str, Points]]:
    nodes = crossings(net)
    corners = [nodes + np.array([sx * 15.0, sy * 15.0]) for sx in (-1, 1) for sy in (-1, 1)]
    return [(*_SIGNAL, "traffic", points) for points in corners]


def _in_blocks(seed: int, tile: tuple[int, int], blocks: list[Block]) -> list[tuple[str, str, str, Points]]:
    found = []
    for block in blocks:
        if block.ground.is_empty:
            continue
        rng = generator(seed, "block furniture", *tile, block.cell)
        gate = np.array(block.ground.exterior.interpolate(rng.random(), normalized=True).coords)
        middle = np.array(block.ground.representative_point().coords)
        if block.use in (SLABS, TOWERS):
            found.append((*_NOTICE, "property", gate))
            found.append((*_FITNESS, "property", middle + rng.uniform(-5, 5, (2, 2))))
        if block.use == PARK:
            found.append((*_FITNESS, "greening", middle + rng.uniform(-20, 20, (5, 2))))
            found.append(("0406", "雕塑", "greening", middle))
        if rng.random() < 0.09:
            found.append((*_TOILET, "sanitation", gate))
    return found


def place_components(
    seed: int, tile: tuple[int, int], net: Net, blocks: list[Block], water: BaseGeometry
) -> Components:
    """All components of one street; those outside its cells or in the river are left out."""
    groups = [*_on_roads(net), *_at_crossings(net), *_in_blocks(seed, tile, blocks)]
    xy = np.concatenate([group[3] for group in groups])
    labels = [group[:3] for group in groups for _ in range(len(group[3]))]
    points = shapely.points(xy)
    which, cell = STRtree(net.cells).query(points, predicate="intersects")
    of_cell = np.full(len(xy), -1)
    of_cell[which[::-1]] = cell[::-1]
    keep = of_cell >= 0
    if not water.is_empty:
        shapely.prepare(water)
        keep &= ~shapely.intersects(water, points)
    index = np.flatnonzero(keep)
    code, name, owner = (list(column) for column in zip(*(labels[k] for k in index), strict=True))
    return Components(code, name, owner, xy[index], of_cell[index])
