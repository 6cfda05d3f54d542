"""Straight-line street plan on the drawing board: main lines, communities' quads, cells by recursive cuts.

Everything is a pure function of (scale, seed, tile), so a tile can ask its neighbours where they meet it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from geodata.sample.randomness import fraction, generator
from geodata.sample.scales import Scale

Point = tuple[float, float]
Ring = list[Point]
AVENUE, MAIN, STREET, LANE, RIVER = "avenue", "main", "street", "lane", "river"


@dataclass(frozen=True)
class Cut:
    """A straight road (or river) of the board from node to node, with the number its name is drawn from."""

    kind: str
    ends: tuple[Point, Point]
    name_key: tuple[int, ...]


@dataclass
class Board:
    """One tile on the board: cells as convex rings grouped by community, and the cuts that separate them."""

    cells: list[Ring] = field(default_factory=list)
    community: list[int] = field(default_factory=list)
    cuts: list[Cut] = field(default_factory=list)


def row_line_kind(scale: Scale, ty: int, line: int) -> str:
    """Kind of horizontal line `line` (0 = south border) of tile row `ty`."""
    if line == scale.blocks_v // 2 and ty % 3 == min(1, scale.tiles_v - 1):
        return RIVER
    return AVENUE if line in (0, scale.blocks_v) else MAIN


def column_line_kind(scale: Scale, line: int) -> str:
    """Kind of vertical line `line` (0 = west border) of a tile."""
    return AVENUE if line in (0, scale.blocks_u // 2, scale.blocks_u) else MAIN


def crossing(scale: Scale, seed: int, axis: str, border: int, other: int, line: int) -> float:
    """Metres along a tile border where main line `line` crosses it; equal for the tiles on both sides."""
    count, length = (
        (scale.blocks_v, scale.tile_v_m) if axis == "west-east" else (scale.blocks_u, scale.tile_u_m)
    )
    if line in (0, count):
        return length * (line // count)
    shift = 0.26 * (fraction(seed, f"crossing {axis}", border, other, line) - 0.5)
    return length * (line + shift) / count


def _meet(a: Point, b: Point, c: Point, d: Point) -> Point:
    """Where the lines a–b and c–d cross."""
    r, s = (b[0] - a[0], b[1] - a[1]), (d[0] - c[0], d[1] - c[1])
    t = ((c[0] - a[0]) * s[1] - (c[1] - a[1]) * s[0]) / (r[0] * s[1] - r[1] * s[0])
    return (a[0] + t * r[0], a[1] + t * r[1])


def main_lines(
    scale: Scale, seed: int, tx: int, ty: int
) -> tuple[list[tuple[Point, Point]], list[tuple[Point, Point]]]:
    """End points of the tile's horizontal and vertical main lines, borders included."""
    u0, v0, wide, high = tx * scale.tile_u_m, ty * scale.tile_v_m, scale.tile_u_m, scale.tile_v_m
    across = [
        (
            (u0, v0 + crossing(scale, seed, "west-east", tx, ty, i)),
            (u0 + wide, v0 + crossing(scale, seed, "west-east", tx + 1, ty, i)),
        )
        for i in range(scale.blocks_v + 1)
    ]
    upward = [
        (
            (u0 + crossing(scale, seed, "south-north", ty, tx, j), v0),
            (u0 + crossing(scale, seed, "south-north", ty + 1, tx, j), v0 + high),
        )
        for j in range(scale.blocks_u + 1)
    ]
    return across, upward


def main_nodes(scale: Scale, seed: int, tx: int, ty: int) -> list[list[Point]]:
    """Nodes [row][column] where main lines cross."""
    across, upward = main_lines(scale, seed, tx, ty)
    last_row, last_column = len(across) - 1, len(upward) - 1

    def node(i: int, j: int) -> Point:
        if i in (0, last_row):
            return upward[j][0 if i == 0 else 1]
        if j in (0, last_column):
            return across[i][0 if j == 0 else 1]
        return _meet(*across[i], *upward[j])

    return [[node(i, j) for j in range(last_column + 1)] for i in range(last_row + 1)]


def ring_area(ring: Ring) -> float:
    """Area of a ring in m²."""
    return abs(sum(p[0] * q[1] - q[0] * p[1] for p, q in zip(ring, [*ring[1:], ring[0]], strict=True)) / 2)


def _split(ring: Ring, rng: np.random.Generator) -> tuple[Ring, Ring, tuple[Point, Point]]:
    """Cut a convex ring across its long side, near the middle and slightly askew."""
    edges = [(q[0] - p[0], q[1] - p[1]) for p, q in zip(ring, [*ring[1:], ring[0]], strict=True)]
    angles = [math.atan2(e[1], e[0]) for e in edges]
    main = max(range(len(edges)), key=lambda k: math.hypot(*edges[k]))
    spans = []
    for angle in (angles[main], angles[main] + math.pi / 2):
        along = [p[0] * math.cos(angle) + p[1] * math.sin(angle) for p in ring]
        spans.append((max(along) - min(along), angle, min(along)))
    span, angle, low = max(spans)
    at = low + span * rng.uniform(0.43, 0.57)
    slant = angle + math.radians(rng.uniform(-5, 5))
    centre = (sum(p[0] for p in ring) / len(ring), sum(p[1] for p in ring) / len(ring))
    offset = at - (centre[0] * math.cos(angle) + centre[1] * math.sin(angle))
    return _split_by_line(
        ring, (centre[0] + offset * math.cos(angle), centre[1] + offset * math.sin(angle)), slant
    )


def _split_by_line(ring: Ring, through: Point, normal: float) -> tuple[Ring, Ring, tuple[Point, Point]]:
    """Parts of a convex ring before and behind the line through a point with a given normal direction."""
    n = (math.cos(normal), math.sin(normal))
    side = [(p[0] - through[0]) * n[0] + (p[1] - through[1]) * n[1] for p in ring]
    before: Ring = []
    behind: Ring = []
    cut: list[Point] = []
    for k, p in enumerate(ring):
        q, a, b = ring[(k + 1) % len(ring)], side[k], side[(k + 1) % len(ring)]
        (before if a < 0 else behind).append(p)
        if (a < 0) != (b < 0):
            t = a / (a - b)
            x = (p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1]))
            before.append(x)
            behind.append(x)
            cut.append(x)
    return before, behind, (cut[0], cut[1])


def split_block(
    ring: Ring, cells: int, rng: np.random.Generator, key: tuple[int, ...]
) -> tuple[list[Ring], list[Cut]]:
    """Cut a convex block into `cells` rings, the largest next; early cuts are streets, later ones lanes."""
    rings: list[Ring] = [ring]
    cuts: list[Cut] = []
    while len(rings) < cells:
        largest = max(range(len(rings)), key=lambda k: ring_area(rings[k]))
        one, two, ends = _split(rings.pop(largest), rng)
        kind = STREET if len(cuts) == 0 or (len(cuts) < 3 and rng.random() < 0.45) else LANE
        cuts.append(Cut(kind, ends, (*key, len(cuts))))
        rings += [one, two]
    return rings, cuts


def _cells_per_block(areas: list[float], total: int) -> list[int]:
    """Share `total` cells among blocks by area (largest remainder), at least two each."""
    whole = sum(areas)
    exact = [total * area / whole for area in areas]
    counts = [max(2, int(x)) for x in exact]
    order = sorted(range(len(areas)), key=lambda k: exact[k] - counts[k], reverse=True)
    for k in order[: total - sum(counts)]:
        counts[k] += 1
    return counts


def lay_out(scale: Scale, seed: int, tx: int, ty: int, cells: int) -> Board:
    """The board of one tile: `cells` cells in blocks_u × blocks_v communities, rows from north to south."""
    nodes = main_nodes(scale, seed, tx, ty)
    quads = [
        (i, j, [nodes[i][j], nodes[i][j + 1], nodes[i + 1][j + 1], nodes[i + 1][j]])
        for i in reversed(range(scale.blocks_v))
        for j in range(scale.blocks_u)
    ]
    counts = _cells_per_block([ring_area(quad) for _, _, quad in quads], cells)
    board = Board(cuts=_main_cuts(scale, nodes, tx, ty))
    for number, ((i, j, quad), count) in enumerate(zip(quads, counts, strict=True)):
        rng = generator(seed, "block", tx, ty, i, j)
        rings, cuts = split_block(quad, count, rng, (tx, ty, i, j))
        board.cells += rings
        board.community += [number] * len(rings)
        board.cuts += cuts
    return board


def _main_cuts(scale: Scale, nodes: list[list[Point]], tx: int, ty: int) -> list[Cut]:
    """Main lines as cuts from node to node (their bends are at the nodes)."""
    cuts = []
    for i, row in enumerate(nodes):
        kind = row_line_kind(scale, ty, i)
        key = (0, ty + 1, 0) if i == scale.blocks_v else (0, ty, i)
        cuts += [Cut(kind, (a, b), key) for a, b in pairwise(row)]
    for j in range(len(nodes[0])):
        column = [row[j] for row in nodes]
        key = (1, tx + 1, 0) if j == scale.blocks_u else (1, tx, j)
        cuts += [Cut(column_line_kind(scale, j), (a, b), key) for a, b in pairwise(column)]
    return cuts
