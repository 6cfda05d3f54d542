"""From the board to the ground: shared nodes, bent polylines, cells, communities and named roads of one tile.

Neighbouring faces share every vertex, within a tile and across tiles: edges are refined between the same
nodes in the same direction before they are bent.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely

from geodata.sample import warp
from geodata.sample.cuts import LANE, RIVER, STREET, Board, Cut, Point, Ring, lay_out
from geodata.sample.scales import Scale, TilePlace

Geometries = npt.NDArray[np.object_]
STEP_M = 22.0
_ON_LINE_M = 1e-5


@dataclass
class Net:
    """Cells with their community number, community polygons and road pieces of one tile, in metres."""

    cells: Geometries
    cell_community: npt.NDArray[np.int64]
    communities: Geometries
    outline: shapely.Polygon
    roads: list[Cut]
    road_lines: Geometries


def _nodes_on(a: Point, b: Point, nodes: npt.NDArray[np.float64]) -> list[Point]:
    """Nodes strictly inside the segment a–b, from a to b."""
    start, way = np.asarray(a), np.asarray(b) - np.asarray(a)
    length = float(np.hypot(*way))
    relative = nodes - start
    along = relative @ way / length
    aside = np.abs(relative[:, 0] * way[1] - relative[:, 1] * way[0]) / length
    hit = np.flatnonzero((aside < _ON_LINE_M) & (along > _ON_LINE_M) & (along < length - _ON_LINE_M))
    return [(float(nodes[k, 0]), float(nodes[k, 1])) for k in hit[np.argsort(along[hit])]]


def _densify(a: Point, b: Point) -> list[Point]:
    """Points from a up to, without b, at most STEP_M apart; the same points whichever way it is walked."""
    low, high = min(a, b), max(a, b)
    pieces = max(1, int(np.ceil(np.hypot(high[0] - low[0], high[1] - low[1]) / STEP_M)))
    points = [
        (low[0] + (high[0] - low[0]) * k / pieces, low[1] + (high[1] - low[1]) * k / pieces)
        for k in range(pieces + 1)
    ]
    points[0], points[-1] = low, high
    return points[:-1] if a == low else points[:0:-1]


class Bender:
    """Refines and bends board edges; holds the nodes of the tile and those of its neighbours on its border."""

    def __init__(self, nodes: set[Point], width_m: float) -> None:
        self.nodes = np.array(sorted(nodes))
        self.width_m = width_m

    def edge(self, a: Point, b: Point) -> list[Point]:
        """Refined board points from a up to but without b."""
        stops = [a, *_nodes_on(a, b, self.nodes), b]
        return [p for s, t in pairwise(stops) for p in _densify(s, t)]

    def polygon(self, ring: Ring) -> shapely.Polygon:
        """A board ring as a ground polygon."""
        points = [p for a, b in zip(ring, [*ring[1:], ring[0]], strict=True) for p in self.edge(a, b)]
        return shapely.Polygon(warp.bend(np.array(points), self.width_m))

    def line(self, a: Point, b: Point) -> shapely.LineString:
        """A board segment as a ground polyline."""
        return shapely.LineString(warp.bend(np.array([*self.edge(a, b), b]), self.width_m))


def _nodes(board: Board) -> set[Point]:
    return {p for ring in board.cells for p in ring}


def _neighbour_nodes(scale: Scale, seed: int, place: TilePlace) -> set[Point]:
    """Nodes of the four neighbours that lie on this tile's border."""
    low = (place.tx * scale.tile_u_m, place.ty * scale.tile_v_m)
    high = (low[0] + scale.tile_u_m, low[1] + scale.tile_v_m)
    found: set[Point] = set()
    for tx, ty in (
        (place.tx - 1, place.ty),
        (place.tx + 1, place.ty),
        (place.tx, place.ty - 1),
        (place.tx, place.ty + 1),
    ):
        if 0 <= tx < scale.tiles_u and 0 <= ty < scale.tiles_v:
            board = lay_out(scale, seed, tx, ty, cells_at(scale, tx, ty))
            found |= {
                p
                for p in _nodes(board)
                if min(abs(p[0] - low[0]), abs(p[0] - high[0]), abs(p[1] - low[1]), abs(p[1] - high[1]))
                < _ON_LINE_M
            }
    return found


def cells_at(scale: Scale, tx: int, ty: int) -> int:
    """How many cells the tile at this column and row has."""
    county = (ty // scale.rows) * scale.county_columns + tx // scale.columns
    inside = (ty % scale.rows) * scale.columns + tx % scale.columns
    return scale.share(scale.cells, county * scale.columns * scale.rows + inside)


def build_net(scale: Scale, seed: int, place: TilePlace) -> Net:
    """The road net and the faces between its centre lines for one street."""
    board = lay_out(scale, seed, place.tx, place.ty, cells_at(scale, place.tx, place.ty))
    bender = Bender(_nodes(board) | _neighbour_nodes(scale, seed, place), scale.tiles_u * scale.tile_u_m)
    order = _west_to_east_north_to_south(board)
    cells = np.array([bender.polygon(board.cells[k]) for k in order], dtype=object)
    community = np.array([board.community[k] for k in order])
    communities = np.array(
        [one_polygon(cells[community == k]) for k in range(scale.blocks_u * scale.blocks_v)],
        dtype=object,
    )
    lines = np.array([bender.line(*cut.ends) for cut in board.cuts], dtype=object)
    return Net(cells, community, communities, one_polygon(cells), board.cuts, lines)


def one_polygon(faces: Geometries) -> shapely.Polygon:
    """The union of faces that share their vertices; TypeError when they do not hang together."""
    union = shapely.coverage_union_all(faces)
    if not isinstance(union, shapely.Polygon):
        raise TypeError("the faces do not form one polygon")
    return union


def _west_to_east_north_to_south(board: Board) -> list[int]:
    """Cells by community, inside it in reading order: bands of 120 m from the north, each from the west."""

    def place(k: int) -> tuple[int, float, float]:
        ring = board.cells[k]
        u, v = sum(p[0] for p in ring) / len(ring), sum(p[1] for p in ring) / len(ring)
        return board.community[k], -(v // 120), u

    return sorted(range(len(board.cells)), key=place)


def joined_roads(net: Net) -> list[tuple[str, tuple[int, ...], shapely.LineString]]:
    """Road pieces of one name merged to long lines: (kind, name key, line)."""
    pieces: dict[tuple[str, tuple[int, ...]], list[shapely.LineString]] = defaultdict(list)
    for cut, line in zip(net.roads, net.road_lines, strict=True):
        pieces[(cut.kind, cut.name_key)].append(line)
    joined = []
    for (kind, key), lines in pieces.items():
        merged = lines[0] if len(lines) == 1 else shapely.line_merge(shapely.MultiLineString(lines))
        joined += [(kind, key, part) for part in shapely.get_parts(merged)]
    return joined


__all__ = ["LANE", "RIVER", "STREET", "Bender", "Net", "build_net", "cells_at", "joined_roads"]
