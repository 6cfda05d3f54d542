"""Cuts through faces that are too heavy for one cell: between buildings where there are some, else straight.

No road helps there: a large compound, a park. Cuts run half-way between buildings, so buildings stay whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geodata.planning.faces import Faces, Shapes, noded, polygons, shared_borders, without_slivers

Floats = NDArray[np.float64]

TOO_HEAVY = 1.25
"""Faces beyond this multiple of the target are cut."""
PIECES = 2.0
"""Into so many pieces per target, so that the pieces can be put together with their neighbours."""
OVERSHOOT_M = 0.5
SMOOTH_M = 2.0
DENSITY_M = 4.0
SAMPLES = 400
FEW_BUILDINGS = 4


@dataclass(frozen=True, slots=True)
class Load:
    """What weighs: footprints in metres with a weight each. Empty when the area itself is the weight."""

    footprints: Shapes
    weights: Floats

    @property
    def points(self) -> Shapes:
        """A point in every footprint."""
        inside: Shapes = shapely.point_on_surface(self.footprints)
        return inside


def face_weights(faces: Faces, load: Load, *, by_area: bool) -> Floats:
    """The weight of every face: its area, or that of the buildings whose point lies in it."""
    if by_area:
        areas: Floats = shapely.area(faces.shapes)
        return areas
    total = np.zeros(len(faces))
    found, building = shapely.STRtree(load.points).query(faces.shapes, predicate="intersects")
    np.add.at(total, found, load.weights[building])
    return total


def cut_heavy(faces: Faces, outline: BaseGeometry, load: Load, target: float, *, by_area: bool) -> Faces:
    """Faces of which none is much heavier than the target, as far as buildings allow."""
    weights = face_weights(faces, load, by_area=by_area)
    tree = shapely.STRtree(load.points) if len(load.footprints) else None
    lines: list[BaseGeometry] = []
    for k in np.flatnonzero(weights > TOO_HEAVY * target):
        pieces = ceil(PIECES * weights[k] / target)
        mine = (
            tree.query(faces.shapes[k], predicate="contains") if tree is not None else np.array([], dtype=int)
        )
        lines += _cut(faces.shapes[k], pieces, load, mine, by_area=by_area)
    if not lines:
        return faces
    net = noded([shapely.union_all(shapely.boundary(faces.shapes)), *lines])
    shapes = polygons(net, outline)
    return without_slivers(Faces(shapes, shared_borders(shapes)))


def _cut(
    face: BaseGeometry, pieces: int, load: Load, mine: NDArray[np.int_], *, by_area: bool
) -> list[BaseGeometry]:
    if by_area or len(mine) < FEW_BUILDINGS:
        if not by_area:
            return []
        zones = _zones_of_points(face, pieces)
    else:
        zones = _zones_of_buildings(load.footprints[mine], load.weights[mine], pieces, face)
    if len(zones) < 2:
        return []
    edges = shapely.line_merge(shapely.union_all(shapely.boundary(zones)))
    return [shapely.intersection(edges, face.buffer(OVERSHOOT_M))]


def _zones_of_points(face: BaseGeometry, pieces: int) -> Shapes:
    """Compact zones of even area: Voronoi polygons around the middles of clustered sample points."""
    xy = _samples(face)
    middles = _k_means(min(pieces, len(xy))).fit(xy).cluster_centers_
    return _voronoi(middles, face)


def _zones_of_buildings(footprints: Shapes, weights: Floats, pieces: int, face: BaseGeometry) -> Shapes:
    """Zones of neighbouring buildings: Voronoi polygons of their outlines, joined by cluster of even weight."""
    xy = shapely.get_coordinates(shapely.centroid(footprints))
    pieces = min(pieces, len(footprints) // 2)
    cluster = _k_means(pieces).fit_predict(xy, sample_weight=weights + weights.mean() / 20)
    edges = shapely.segmentize(shapely.boundary(footprints), DENSITY_M)
    points, owner = shapely.get_coordinates(edges, return_index=True)
    cells = _voronoi(points, face)
    tree = shapely.STRtree(cells)
    cell_of, _point = tree.query(shapely.points(points), predicate="intersects")[::-1]
    group = np.full(len(cells), -1)
    group[cell_of] = cluster[owner[_point]]
    # Voronoi polygons of aligned points differ in their last bits: joined on a millimetre grid, then fitted.
    zones = [
        shapely.union_all(shapely.make_valid(cells[group == k]), grid_size=0.001)
        for k in range(pieces)
        if (group == k).any()
    ]
    fitted = shapely.coverage_clean(np.array(zones, dtype=object))  # type: ignore[attr-defined]
    smooth: Shapes = np.asarray(shapely.coverage_simplify(fitted, SMOOTH_M), dtype=object)
    return smooth


def _k_means(count: int) -> Any:
    from sklearn.cluster import KMeans  # noqa: PLC0415 - takes a second to load, and few faces are cut

    return KMeans(count, n_init=1, random_state=0)


def _voronoi(points: Floats, face: BaseGeometry) -> Shapes:
    sites = shapely.MultiPoint(points)
    cells: Shapes = shapely.get_parts(shapely.voronoi_polygons(sites, extend_to=face.buffer(20)))
    return cells


def _samples(face: BaseGeometry) -> Floats:
    """Points on a regular grid in the face."""
    west, south, east, north = face.bounds
    step = (face.area / SAMPLES) ** 0.5
    grid = np.stack(np.meshgrid(np.arange(west, east, step), np.arange(south, north, step)), axis=-1).reshape(
        -1, 2
    )
    kept: Floats = grid[shapely.contains_xy(face, grid[:, 0], grid[:, 1])]
    return kept if len(kept) else shapely.get_coordinates(shapely.point_on_surface(face))


__all__: Sequence[str] = ("Load", "cut_heavy", "face_weights")
