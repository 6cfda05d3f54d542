"""Cells of one community changed by hand: split along a line, merged. Neighbours keep every point in common.

In degrees: all borders are noded together once, so what tiled before tiles afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geodata.edition_checks import SLIVER_M2
from geodata.errors import DomainError
from geodata.planning.faces import Shapes
from geodata.planning.plane import Plane

OVERSHOOT = 1e-7
"""Degrees, about a centimetre: a line that ends on the border is led a little beyond it."""


def split_cell(
    cells: Sequence[BaseGeometry], chosen: int, line: BaseGeometry
) -> list[tuple[int, BaseGeometry]]:
    """Cells after cutting one along a line, each with the position of the cell it was; the largest piece comes first.

    Errors: cell_unknown, split_misses when the line does not cross the cell, split_sliver."""
    _known(cells, [chosen])
    shapes = np.asarray(cells, dtype=object)
    cut = shapely.intersection(_lengthened(line), shapely.buffer(shapes[chosen], OVERSHOOT))
    net = shapely.union_all([*shapely.boundary(shapes), cut])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(net)))
    inside = shapely.point_on_surface(faces)
    owners = [_owner(shapes, point) for point in inside]
    pieces = [face for face, owner in zip(faces, owners, strict=True) if owner == chosen]
    _check_pieces(pieces, shapes[chosen])
    pieces.sort(key=lambda piece: -piece.area)
    result = [(chosen, piece) for piece in pieces]
    for k in range(len(shapes)):
        if k != chosen:
            mine = [face for face, owner in zip(faces, owners, strict=True) if owner == k]
            result.append((k, shapely.coverage_union_all(mine)))
    return sorted(result, key=lambda entry: entry[0])


def merge_cells(cells: Sequence[BaseGeometry], chosen: Sequence[int]) -> BaseGeometry:
    """One polygon of several neighbouring cells. Errors: cell_unknown, merge_apart when they do not touch along a
    border, merge_too_few."""
    _known(cells, chosen)
    if len(set(chosen)) < 2:
        raise DomainError(code="merge_too_few", message="Choose at least two cells to merge.", status=422)
    joined = shapely.coverage_union_all([cells[k] for k in sorted(set(chosen))])
    parts = sum(int(shapely.get_num_geometries(cells[k])) for k in set(chosen))
    if shapely.get_num_geometries(joined) > parts - len(set(chosen)) + 1:
        raise DomainError(
            code="merge_apart", message="Only cells that share a border can be merged.", status=422
        )
    return joined if joined.geom_type == "MultiPolygon" else shapely.get_parts(joined)[0]


def _lengthened(line: BaseGeometry) -> BaseGeometry:
    xy = shapely.get_coordinates(line)
    if line.geom_type != "LineString" or len(xy) < 2:
        raise DomainError(code="split_misses", message="The line does not cross the cell.", status=422)
    for end, before in ((0, 1), (-1, -2)):
        step = xy[end] - xy[before]
        length = float(np.hypot(*step))
        if length:
            xy[end] = xy[end] + step / length * OVERSHOOT * 20
    return shapely.LineString(xy)


def _owner(shapes: Shapes, point: BaseGeometry) -> int:
    """Position of the cell that holds a point; -1 in a gap between them."""
    found = np.flatnonzero(shapely.intersects(shapes, point))
    return int(found[0]) if len(found) else -1


def _check_pieces(pieces: Sequence[BaseGeometry], cell: BaseGeometry) -> None:
    if len(pieces) <= int(shapely.get_num_geometries(cell)):
        raise DomainError(code="split_misses", message="The line does not cross the cell.", status=422)
    smallest = min(Plane.around([cell]).ground(list(pieces)), key=lambda piece: piece.area)
    if smallest.area < SLIVER_M2:
        raise DomainError(
            code="split_sliver",
            message="The line would leave a piece of %(area_m2)s m²; at least %(least)s m² are wanted.",
            status=422,
            data={"area_m2": round(smallest.area), "least": round(SLIVER_M2)},
        )


def _known(cells: Sequence[BaseGeometry], chosen: Sequence[int]) -> None:
    if any(not 0 <= k < len(cells) for k in chosen):
        raise DomainError(code="cell_unknown", message="There is no such cell.", status=404)
