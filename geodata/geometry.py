"""Geometry from strangers, checked before anything else touches it: size, kind, numbers, validity, place.

Readers of GeoJSON (geojson) and WKB (wkb) build the shape, `accept` judges it and turns it to WGS 84. Repair is never
silent: it happens when asked for and leaves a note.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.errors import GEOSException
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

from geodata.crs import Datum, geometry_to_wgs84
from geodata.errors import DomainError
from geodata.errors import mark as _

POLYGONS = frozenset({"Polygon", "MultiPolygon"})
LINES = frozenset({"LineString", "MultiLineString"})
POINTS = frozenset({"Point", "MultiPoint"})
ALL_TYPES = POLYGONS | LINES | POINTS | {"GeometryCollection"}

_GRID = 1e-11
"""Of the largest coordinate: about a tenth of a millimetre in degrees and in metres."""

_WGS84 = Datum("wgs84")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a caller accepts. `box` is west, south, east, north in WGS 84 degrees; nothing outside it is taken."""

    types: frozenset[str] = POLYGONS | LINES | POINTS
    max_vertices: int = 200_000
    max_depth: int = 1
    box: tuple[float, float, float, float] | None = None
    repair: bool = False
    allow_missing: bool = False
    allow_empty: bool = False


class Accepted(NamedTuple):
    """A geometry in WGS 84 and two dimensions; `notes` name what was changed on the way, as stable codes:
    z_dropped, extra_values_dropped, repeated_points_removed, rings_reoriented, repaired."""

    geometry: BaseGeometry
    notes: tuple[str, ...]


def accept(
    geometry: BaseGeometry, limits: Limits, datum: str | Datum = _WGS84, notes: tuple[str, ...] = ()
) -> Accepted:
    """Judges a shape in `datum` and gives it in WGS 84. Errors: geometry_type_not_allowed,
    geometry_too_many_vertices, geometry_empty, geometry_degenerate, geometry_invalid, geometry_outside_box,
    geometry_crosses_antimeridian, coordinate_not_finite and the other errors of `to_wgs84`."""
    _check_kind(geometry, limits)
    found = list(notes)
    if shapely.has_z(geometry):
        geometry = shapely.force_2d(geometry)
        found.append("z_dropped")
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        raise geometry_error("coordinate_not_finite")
    if shapely.is_empty(geometry):
        if limits.allow_empty:
            return Accepted(geometry, tuple(found))
        raise geometry_error("geometry_empty")
    try:
        geometry = _valid(geometry, found, repair=limits.repair)
    except GEOSException:
        raise geometry_error("geometry_invalid", reason="GEOS") from None
    check_type(geometry.geom_type, limits)  # a repaired polygon may have fallen into several
    geometry = _noted(found, "repeated_points_removed", geometry, shapely.remove_repeated_points(geometry))
    geometry = _noted(found, "rings_reoriented", geometry, shapely.orient_polygons(geometry))
    return Accepted(_placed(geometry, limits, Datum.parse(datum)), tuple(found))


def geometry_error(code: str, **data: Any) -> DomainError:
    """The error for one of the known faults of a geometry."""
    return DomainError(code=code, message=_MESSAGES[code], data=data)


def check_vertices(count: int, limits: Limits) -> None:
    """Error: geometry_too_many_vertices."""
    if count > limits.max_vertices:
        raise geometry_error("geometry_too_many_vertices", limit=limits.max_vertices)


def check_type(name: str, limits: Limits) -> None:
    """Error: geometry_type_not_allowed."""
    if name not in limits.types:
        raise geometry_error("geometry_type_not_allowed", type=name, allowed=", ".join(sorted(limits.types)))


def _check_kind(geometry: BaseGeometry, limits: Limits) -> None:
    check_type(geometry.geom_type, limits)
    check_vertices(int(shapely.get_num_coordinates(geometry)), limits)


def _noted(found: list[str], note: str, before: BaseGeometry, after: BaseGeometry) -> BaseGeometry:
    if shapely.equals_identical(before, after):
        return before
    found.append(note)
    return after


def _valid(geometry: BaseGeometry, found: list[str], *, repair: bool) -> BaseGeometry:
    """The geometry when it is valid and has the extent its kind promises, else its repaired form if asked."""
    parts = shapely.get_parts(geometry)
    kinds = shapely.get_dimensions(parts)
    valid = bool(shapely.is_valid(geometry))
    if valid and _extended(parts, kinds).all():
        return geometry
    # A bow tie has no signed area either, so emptiness is told by the hull.
    if (valid and not repair) or not _extended(shapely.convex_hull(parts), kinds).any():
        raise geometry_error("geometry_degenerate")
    if not repair:
        reason = explain_validity(geometry).split("[", 1)[0]
        raise geometry_error("geometry_invalid", reason=reason)
    found.append("repaired")
    return _repaired(geometry)


def _extended(parts: NDArray[np.object_], kinds: NDArray[np.signedinteger[Any]]) -> NDArray[np.bool_]:
    """Which parts have the area (kind 2) or length (1) that is promised; points (0) always do."""
    extent = np.where(kinds == 2, shapely.area(parts), shapely.length(parts))
    result: NDArray[np.bool_] = (kinds == 0) | (extent > 0.0)
    return result


def _repaired(geometry: BaseGeometry) -> BaseGeometry:
    """Valid parts of the same dimension: a repaired surface keeps no stray lines, points or slivers."""
    parts = shapely.get_parts(
        shapely.get_parts(shapely.make_valid(geometry, method="structure", keep_collapsed=False))
    )
    kinds = shapely.get_dimensions(parts)
    kept = (kinds == shapely.get_dimensions(geometry)) & _extended(parts, kinds)
    if not kept.any():
        raise geometry_error("geometry_degenerate")
    joined: BaseGeometry = shapely.union_all(parts[kept])
    if not shapely.is_valid(joined):  # nearly parallel edges: the last digits of a double are not enough
        joined = shapely.set_precision(joined, float(np.abs(shapely.bounds(joined)).max()) * _GRID)
    return joined


def _placed(geometry: BaseGeometry, limits: Limits, datum: Datum) -> BaseGeometry:
    placed = geometry_to_wgs84(geometry, datum)
    west, south, east, north = shapely.bounds(placed)
    if east - west > 180.0:
        raise geometry_error("geometry_crosses_antimeridian")
    if limits.box is not None:
        box_west, box_south, box_east, box_north = limits.box
        if west < box_west or south < box_south or east > box_east or north > box_north:
            raise geometry_error("geometry_outside_box")
    return placed


_MESSAGES = {
    "coordinate_not_finite": _("A coordinate must be a finite number."),
    "coordinate_not_number": _("A coordinate must be a number."),
    "geometry_crosses_antimeridian": _("The geometry spans more than half of the earth."),
    "geometry_degenerate": _("The geometry has no extent."),
    "geometry_empty": _("The geometry is empty."),
    "geometry_invalid": _("The geometry is not valid: %(reason)s."),
    "geometry_missing": _("There is no geometry."),
    "geometry_outside_box": _("The geometry lies outside the area that is accepted."),
    "geometry_srid_conflict": _("The geometry says EPSG:%(found)s, but %(declared)s was declared."),
    "geometry_structure": _("The coordinates are nested wrongly for this type."),
    "geometry_too_many_vertices": _("The geometry has more than %(limit)s vertices."),
    "geometry_too_nested": _("Geometry collections are nested too deeply."),
    "geometry_type_not_allowed": _("A %(type)s is not accepted here; accepted are %(allowed)s."),
    "geometry_type_unknown": _("The type of the geometry is unknown."),
    "ring_not_closed": _("A ring does not end where it begins."),
    "ring_too_short": _("A ring needs four positions, three of them different."),
    "line_too_short": _("A line needs two positions."),
    "wkb_invalid": _("The binary geometry cannot be read."),
}
