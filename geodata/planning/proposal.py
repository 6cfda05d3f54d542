"""A proposal: cells that tile a community exactly, follow its roads and hold about the wished households or area."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import pi
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geodata.cell_numbers import reading_order
from geodata.errors import DomainError
from geodata.planning.cuts import Load, cut_heavy, face_weights
from geodata.planning.faces import Faces, Shapes, cut_faces
from geodata.planning.plane import Plane

Floats = NDArray[np.float64]

SMOOTH_M = 1.0
"""Common borders are smoothed by so much; the community's own outline is never touched."""
ALONG_M = 6.0
"""A border this near to a road's middle runs along it."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a cell should hold: so many households, or so many square metres."""

    households: float | None = None
    area_m2: float | None = None

    def __post_init__(self) -> None:
        """DomainError target_invalid when not exactly one is given and positive."""
        given = [value for value in (self.households, self.area_m2) if value is not None]
        if len(given) != 1 or not 1 <= given[0] <= 1e9:
            raise DomainError(
                code="target_invalid",
                message="Name either the households or the area that a cell should have.",
                status=422,
            )

    @property
    def by_area(self) -> bool:
        """Whether area is the weight."""
        return self.area_m2 is not None

    @property
    def value(self) -> float:
        """Households or square metres per cell."""
        return float(self.area_m2 if self.area_m2 is not None else self.households or 0)


@dataclass(frozen=True, slots=True)
class Frame:
    """Everything a proposal looks at, in WGS 84: outline, lines that may become borders, footprints with households."""

    outline: BaseGeometry
    lines: Sequence[BaseGeometry]
    footprints: Sequence[BaseGeometry] = ()
    households: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class ProposedCell:
    """A cell of a proposal in WGS 84; `compactness` is 1 for a circle."""

    geom: BaseGeometry
    households: int
    area_m2: float
    compactness: float


@dataclass(frozen=True, slots=True)
class Quality:
    """How good a proposal is. `deviation` is the median of |weight / target − 1|; `along_roads` a share of border."""

    cells: int
    faces: int
    households: tuple[int, int, int]
    area_m2: tuple[int, int, int]
    deviation: float
    compactness: float
    along_roads: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """Cells in reading order with their figures."""

    cells: list[ProposedCell]
    quality: Quality


def propose(frame: Frame, target: Target) -> Proposal:
    """Split an outline into cells. Error: target_without_households when nothing there has any."""
    from geodata.planning.regions import group_faces  # noqa: PLC0415 - spopt takes seconds to load, pages do not wait

    plane = Plane.around([frame.outline])
    (outline,) = plane.ground([frame.outline], remember=True)
    lines = plane.ground(frame.lines)
    load = Load(plane.ground(frame.footprints), np.asarray(frame.households, dtype=np.float64))
    if not target.by_area and not load.weights.sum():
        raise DomainError(
            code="target_without_households",
            message="No households or dwellings are known here; choose an area per cell instead.",
            status=422,
        )
    faces = cut_faces(outline, lines)
    faces = cut_heavy(faces, outline, load, target.value, by_area=target.by_area)
    weights = face_weights(faces, load, by_area=target.by_area)
    labels = group_faces(faces, weights, target.value)
    ground = dissolve(faces, labels)
    ground = ground[_order(ground)]
    cells = _cells(ground, plane, load)
    return Proposal(cells, _quality(cells, faces, ground, lines, target))


def dissolve(faces: Faces, labels: NDArray[np.int_]) -> Shapes:
    """Regions as polygons: unions of exact faces, smoothed only where two of them meet."""
    regions = [shapely.coverage_union_all(faces.shapes[labels == label]) for label in np.unique(labels)]
    smooth: Shapes = shapely.coverage_simplify(
        np.array(regions, dtype=object), SMOOTH_M, simplify_boundary=False
    )
    return smooth


def figures(ground: Shapes, load: Load) -> tuple[NDArray[np.int_], Floats, Floats]:
    """Households, square metres and compactness of shapes in metres."""
    whole = Faces(ground, {})
    households = face_weights(whole, load, by_area=False) if len(load.footprints) else np.zeros(len(ground))
    areas = shapely.area(ground)
    return np.rint(households).astype(int), areas, 4 * pi * areas / shapely.length(ground) ** 2


def _cells(ground: Shapes, plane: Plane, load: Load) -> list[ProposedCell]:
    households, areas, round_ = figures(ground, load)
    return [
        ProposedCell(shape, int(households[k]), float(areas[k]), float(round_[k]))
        for k, shape in enumerate(plane.degrees(ground))
    ]


def _order(ground: Shapes) -> list[int]:
    middles = [(point.x, point.y) for point in shapely.point_on_surface(ground)]
    return reading_order(middles, float(np.mean(shapely.area(ground))))


def _quality(
    cells: Sequence[ProposedCell], faces: Faces, ground: Shapes, lines: Shapes, target: Target
) -> Quality:
    households = np.array([cell.households for cell in cells])
    areas = np.array([cell.area_m2 for cell in cells])
    weights = areas if target.by_area else households
    return Quality(
        cells=len(cells),
        faces=len(faces),
        households=_spread(households),
        area_m2=_spread(areas),
        deviation=round(float(np.median(np.abs(weights / target.value - 1))), 3),
        compactness=round(float(np.median([cell.compactness for cell in cells])), 3),
        along_roads=round(share_along(ground, lines), 3),
    )


def share_along(ground: Shapes, lines: Shapes) -> float:
    """The share of common border that runs along the lines; 1 when there is no common border."""
    edges = shapely.boundary(ground)
    outer = shapely.boundary(shapely.coverage_union_all(ground))
    inner = shapely.difference(shapely.union_all(edges), outer)
    if not inner.length:
        return 1.0
    near = lines[shapely.intersects(lines, inner.buffer(ALONG_M))] if len(lines) else lines
    return float(
        shapely.intersection(inner, shapely.union_all(shapely.buffer(near, ALONG_M))).length / inner.length
    )


def _spread(values: NDArray[Any]) -> tuple[int, int, int]:
    """Smallest, median, largest."""
    return int(np.min(values)), int(np.median(values)), int(np.max(values))
