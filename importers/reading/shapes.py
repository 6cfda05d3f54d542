"""Geometry of a piece of records, all at once: to WGS 84, to two dimensions, to the kind's type, valid."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import GeometryType
from shapely.geometry.base import BaseGeometry

from geodata.crs import SRID_WGS84, Datum, to_wgs84, to_wgs84_many
from geodata.errors import DomainError
from importers import limits
from importers.reading.records import Record

POINT: Final = "point"
POLYGON: Final = "polygon"
ANY: Final = "any"

_TYPES: Final = {
    POINT: {GeometryType.POINT},
    POLYGON: {GeometryType.POLYGON, GeometryType.MULTIPOLYGON},
    ANY: {
        GeometryType.LINESTRING,
        GeometryType.MULTILINESTRING,
        GeometryType.POLYGON,
        GeometryType.MULTIPOLYGON,
        GeometryType.POINT,
    },
}
_HASH_DIGITS: Final = 7
_HALF_SIDE_M: Final = 5.0
_METRES_PER_DEGREE: Final = 111_320.0


@dataclass(frozen=True, slots=True)
class Rules:
    """What a kind asks of its geometry."""

    wanted: str
    required: bool
    point_from_shape: bool = False
    shape_from_point: bool = False


@dataclass(slots=True)
class Shaped:
    """A record's geometry, ready to be stored: EWKB in hex (empty: none), the raw pair of points."""

    ewkb: str = ""
    raw: tuple[float, float] | None = None
    hash: str = ""


def shape_all(records: list[Record], datum: Datum | None, rules: Rules, *, hashed: bool) -> list[Shaped]:
    """Converts the shapes of a piece; what is wrong is added to each record's problems and notes."""
    kept = [index for index, record in enumerate(records) if _fits(record, rules)]
    result = [Shaped() for _ in records]
    if not kept or datum is None:
        return result
    owners = [records[index] for index in kept]
    shapes = np.array([record.shape for record in owners], dtype=object)
    for index, shape in zip(kept, shapes, strict=True):
        if shape.geom_type == "Point":
            result[index].raw = (shape.x, shape.y)
    shapes = _valid(_to_wgs84(shapes, owners, datum), owners)
    if rules.wanted == POLYGON:
        shapes = _multi(_squares(shapes, owners) if rules.shape_from_point else shapes)
    _store(result, kept, owners, shapes, hashed=hashed)
    return result


def _store(
    result: list[Shaped], kept: list[int], owners: list[Record], shapes: NDArray[Any], *, hashed: bool
) -> None:
    """Puts the binary form (and the fingerprint) of good shapes into their places."""
    hexes = shapely.to_wkb(shapely.set_srid(shapes, SRID_WGS84), hex=True, include_srid=True, byte_order=1)
    hashes = _hashes(shapes) if hashed else [""] * len(kept)
    for at, index in enumerate(kept):
        if not owners[at].problems:
            result[index].ewkb, result[index].hash = hexes[at], hashes[at]


def _fits(record: Record, rules: Rules) -> bool:
    """Type, size and dimensions; the record's shape is simplified in type where nothing is lost by it."""
    shape = record.shape
    if record.problems or shape is None:
        if rules.required and not record.problems:
            record.problems.append("geometry_missing")
        return False
    if shape.is_empty:
        record.problems.append("geometry_empty")
        return False
    shape = _single(shape)
    if rules.point_from_shape and rules.wanted == POINT and shape.geom_type != "Point":
        shape = shapely.point_on_surface(shape)
        record.notes.append("point_from_shape")
    allowed = _TYPES[rules.wanted] | (_TYPES[POINT] if rules.shape_from_point else set())
    if GeometryType(int(shapely.get_type_id(shape))) not in allowed:
        record.problems.append("geometry_type_not_allowed")
        return False
    if shapely.get_num_coordinates(shape) > limits.FEATURE_VERTICES:
        record.problems.append("geometry_too_many_vertices")
        return False
    if shapely.has_z(shape):
        record.notes.append("z_dropped")
        shape = shapely.force_2d(shape)
    record.shape = shape
    return True


def _single(shape: BaseGeometry) -> BaseGeometry:
    """A collection with one member is that member."""
    while shape.geom_type in {"GeometryCollection", "MultiPoint"} and shapely.get_num_geometries(shape) == 1:
        shape = shapely.get_parts(shape)[0]
    return shape


def _to_wgs84(shapes: NDArray[Any], records: list[Record], datum: Datum) -> NDArray[Any]:
    pairs, owners = shapely.get_coordinates(shapes, return_index=True)
    lon, lat = to_wgs84_many(pairs[:, 0], pairs[:, 1], datum, strict=False)
    bad = np.isnan(lon) | np.isnan(lat)
    for at in np.unique(owners[bad]) if bad.any() else ():
        first = int(np.flatnonzero(bad & (owners == at))[0])
        records[at].problems.append(_reason(pairs[first], datum))
    safe = np.column_stack([np.where(bad, 0.0, lon), np.where(bad, 0.0, lat)])
    return np.asarray(shapely.set_coordinates(shapes.copy(), safe))


def _reason(pair: NDArray[np.float64], datum: Datum) -> str:
    """Why a pair cannot be in its datum, in the words of the coordinate module."""
    try:
        to_wgs84(float(pair[0]), float(pair[1]), datum)
    except DomainError as error:
        return error.code
    return "coordinate_out_of_range"


def _valid(shapes: NDArray[Any], records: list[Record]) -> NDArray[Any]:
    """Repairs what can be repaired without inventing anything, and says so."""
    for at in np.flatnonzero(~shapely.is_valid(shapes)):
        if records[at].problems:
            continue
        repaired = _polygonal(shapely.make_valid(shapes[at])) if "Polygon" in shapes[at].geom_type else None
        if repaired is None:
            records[at].problems.append("geometry_invalid")
            continue
        shapes[at] = repaired
        records[at].notes.append("repaired")
    return shapes


def _polygonal(shape: BaseGeometry) -> BaseGeometry | None:
    """The surfaces of a repaired shape; None when none is left."""
    parts = [part for part in shapely.get_parts(shapely.get_parts(shape)) if part.geom_type == "Polygon"]
    if not parts:
        return None
    return shapely.MultiPolygon(parts) if len(parts) > 1 else parts[0]


def _squares(shapes: NDArray[Any], records: list[Record]) -> NDArray[Any]:
    """A point that stands for a footprint as a small square around it, and the row says so."""
    for at in np.flatnonzero(shapely.get_type_id(shapes) == GeometryType.POINT):
        lon, lat = shapes[at].x, shapes[at].y
        up = _HALF_SIDE_M / _METRES_PER_DEGREE
        aside = up / max(math.cos(math.radians(lat)), 0.01)
        shapes[at] = shapely.box(lon - aside, lat - up, lon + aside, lat + up)
        records[at].notes.append("shape_from_point")
    return shapes


def _multi(shapes: NDArray[Any]) -> NDArray[Any]:
    """Every polygon as a multipolygon, the type of the column."""
    single = shapely.get_type_id(shapes) == GeometryType.POLYGON
    for at in np.flatnonzero(single):
        shapes[at] = shapely.MultiPolygon([shapes[at]])
    return shapes


def _hashes(shapes: NDArray[Any]) -> list[str]:
    """A fingerprint that does not depend on where a ring begins nor on digits below a centimetre."""
    rounded = shapely.transform(shapes, lambda pairs: np.round(pairs, _HASH_DIGITS))
    return [
        hashlib.sha256(wkb).hexdigest()[:32]
        for wkb in shapely.to_wkb(shapely.normalize(rounded), byte_order=1).tolist()
    ]
