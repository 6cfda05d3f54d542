"""Faces: the pieces into which roads, water and the outline cut a community. Metres; faces tile the outline.

One set of lines is noded once and polygonised, so neighbouring faces share every point of their common border.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Shapes = NDArray[np.object_]
Borders = dict[tuple[int, int], float]

REACH_M = 30.0
"""A dead end this near to another line is led on to it: maps leave such gaps at compound gates and borders."""
SLIVER_M2 = 900.0
"""Smaller faces join a neighbour: traffic islands, triangles at junctions."""
NARROW_M = 16.0
"""Faces nowhere wider than this join a neighbour: the middle of a dual carriageway."""
SNAP_M = 0.01
OVERSHOOT_M = 0.5


@dataclass(frozen=True, slots=True)
class Faces:
    """Polygons in metres and the length of the border that two of them share."""

    shapes: Shapes
    borders: Borders

    def __len__(self) -> int:
        return len(self.shapes)


def cut_faces(outline: BaseGeometry, lines: Sequence[BaseGeometry] | Shapes) -> Faces:
    """The faces of an outline, without slivers. Lines outside of it do not matter."""
    edge = shapely.boundary(outline)
    # A road that is cut off exactly at the border may end a hair inside of it and close nothing.
    around = outline.buffer(OVERSHOOT_M)
    inner = shapely.intersection(np.asarray(lines, dtype=object), around) if len(lines) else np.array([])
    strings = [part for shape in inner for part in shapely.get_parts(shape) if part.geom_type == "LineString"]
    strings = [part for part in strings if part.length > SNAP_M]
    net = noded([edge, *strings])
    net = noded([net, *_led_on(net, edge)])
    shapes = polygons(net, outline)
    return without_slivers(Faces(shapes, shared_borders(shapes)))


def noded(lines: Sequence[BaseGeometry]) -> BaseGeometry:
    """All lines cut at their crossings, points nearer than a centimetre made one except on the first line."""
    return shapely.union_all(np.asarray(lines, dtype=object))


def polygons(net: BaseGeometry, outline: BaseGeometry) -> Shapes:
    """The polygons between noded lines that lie in the outline."""
    found = shapely.get_parts(shapely.polygonize(shapely.get_parts(net)))
    shapely.prepare(outline)
    inside: Shapes = found[shapely.contains(outline, shapely.point_on_surface(found))]
    return inside


def shared_borders(shapes: Shapes) -> Borders:
    """Metres of common border by pair of positions, the smaller first; touching in a point does not count."""
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = [(int(a), int(b)) for a, b in zip(left, right, strict=True) if a < b]
    if not pairs:
        return {}
    edges = shapely.boundary(shapes)
    firsts, seconds = edges[[a for a, _b in pairs]], edges[[b for _a, b in pairs]]
    lengths = shapely.length(shapely.intersection(firsts, seconds))
    return {pair: float(length) for pair, length in zip(pairs, lengths, strict=True) if length > SNAP_M}


def without_slivers(faces: Faces) -> Faces:
    """Slivers joined to the neighbour with which they share most border, smallest first."""
    group = Groups(faces)
    for k in np.argsort(shapely.area(faces.shapes)):
        while _is_sliver(group.shape(int(k))):
            neighbours = group.neighbours(int(k))
            if not neighbours:
                break
            group.join(int(k), max(neighbours, key=lambda other: (neighbours[other], -other)))
    shapes = group.shapes()
    return Faces(shapes, shared_borders(shapes))


class Groups:
    """Faces being joined: union-find with the borders of every group."""

    def __init__(self, faces: Faces) -> None:
        self._faces = faces
        self._group = list(range(len(faces)))
        self._members: dict[int, list[int]] = {k: [k] for k in range(len(faces))}
        self._borders: dict[int, dict[int, float]] = {k: {} for k in range(len(faces))}
        for (a, b), length in faces.borders.items():
            self._borders[a][b] = self._borders[b][a] = length

    def neighbours(self, face: int) -> Mapping[int, float]:
        """Groups beside the group of a face, with the length of the border."""
        return self._borders[self._group[face]]

    def shape(self, face: int) -> BaseGeometry:
        """The joined shape of a face's group."""
        members = self._members[self._group[face]]
        if len(members) == 1:
            only: BaseGeometry = self._faces.shapes[members[0]]
            return only
        return shapely.coverage_union_all(self._faces.shapes[members])

    def join(self, face: int, other: int) -> None:
        """The group of a face becomes part of another group."""
        gone, kept = self._group[face], self._group[other]
        for member in self._members.pop(gone):
            self._group[member] = kept
            self._members[kept].append(member)
        for neighbour, length in self._borders.pop(gone).items():
            del self._borders[neighbour][gone]
            if neighbour != kept:
                total = self._borders[kept].get(neighbour, 0.0) + length
                self._borders[kept][neighbour] = self._borders[neighbour][kept] = total

    def shapes(self) -> Shapes:
        """All joined shapes, ordered by their first face."""
        firsts = sorted(self._members.values(), key=min)
        joined = [_one_polygon(shapely.coverage_union_all(self._faces.shapes[members])) for members in firsts]
        return np.array(joined, dtype=object)


def _one_polygon(shape: BaseGeometry) -> BaseGeometry:
    parts = shapely.get_parts(shape)
    return parts[0] if len(parts) == 1 else shape


def _is_sliver(shape: BaseGeometry) -> bool:
    return bool(shape.area < SLIVER_M2 or shape.buffer(-NARROW_M / 2).is_empty)


def _led_on(net: BaseGeometry, edge: BaseGeometry) -> list[BaseGeometry]:
    """Short lines from dead ends to the nearest other line within reach."""
    strings: list[BaseGeometry] = list(shapely.get_parts(net))
    starts, ends = shapely.get_point(strings, 0), shapely.get_point(strings, -1)
    xy = np.vstack([shapely.get_coordinates(starts), shapely.get_coordinates(ends)])
    owner = np.concatenate([np.arange(len(strings))] * 2)
    _values, inverse, counts = np.unique(xy.round(3), axis=0, return_inverse=True, return_counts=True)
    dead = np.flatnonzero(counts[inverse.ravel()] == 1)
    points = shapely.points(xy[dead])
    dead = dead[shapely.distance(points, edge) > OVERSHOOT_M * 2]
    tree = shapely.STRtree(strings)
    added = []
    for k in dead:
        end = shapely.Point(xy[k])
        others = [j for j in tree.query(end, predicate="dwithin", distance=REACH_M) if j != owner[k]]
        if others:
            nearest = min(others, key=lambda j: (float(strings[j].distance(end)), j))
            line = shapely.shortest_line(end, strings[nearest])
            added.append(_lengthened(line))
    return added


def _lengthened(line: BaseGeometry) -> BaseGeometry:
    """A little beyond its end, so that noding finds the crossing."""
    (x0, y0), (x1, y1) = shapely.get_coordinates(line)
    share = SNAP_M / max(line.length, SNAP_M)
    return shapely.LineString([(x0, y0), (x1 + (x1 - x0) * share, y1 + (y1 - y0) * share)])
