"""GeoJSON (RFC 7946) from strangers, read more strictly than OGR, which loads every third broken file in silence.

A fault names its place in the document (`at`), so that whoever made the file can find it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple, Never

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geodata.crs import SRID_CGCS2000, SRID_WGS84, Datum
from geodata.errors import DomainError
from geodata.errors import mark as _
from geodata.geometry import Accepted, Limits, accept, check_type, check_vertices, geometry_error

Floats = NDArray[np.float64]
_BBOX_LENGTHS = (4, 6)
_CRS_EPSG = re.compile(r".*epsg.*?:([0-9]{4,5})", re.ASCII)


class Feature(NamedTuple):
    """A checked feature; `accepted` is None where the geometry is null and the limits allow that."""

    accepted: Accepted | None
    properties: dict[str, Any]
    identifier: str | int | float | None


def parse_json(data: bytes | str) -> Any:
    """Strict JSON: UTF-8, no NaN or Infinity, not too deep. Errors: json_invalid, json_too_deep."""
    try:
        text = data if isinstance(data, str) else data.decode("utf-8-sig")
        return json.loads(text, parse_constant=_no_constant)
    except RecursionError:
        raise _error("json_too_deep", _("The JSON is nested too deeply.")) from None
    except ValueError:  # broken UTF-8, broken JSON, NaN, numbers of thousands of digits
        raise _error("json_invalid", _("The file is not valid JSON in UTF-8.")) from None


def read_geojson(document: Any, limits: Limits, datum: str | Datum = "wgs84") -> list[Feature]:
    """All features of a parsed document: collection, single feature or bare geometry. The first fault raises.

    Errors: geojson_member_missing, geojson_member_type, geojson_type_unknown, geojson_crs_conflict, those of
    `read_geometry`; `data["at"]` is the path."""
    declared = Datum.parse(datum)
    kind = _member(document, "type", str, "$")
    if kind != "FeatureCollection":
        check_crs(document, declared)
        if kind == "Feature":
            return [read_feature(document, limits, declared, at="$")]
        return [Feature(read_geometry(document, limits, declared, at="$"), {}, None)]
    features = collection_features(document, declared)
    return [
        read_feature(feature, limits, declared, at=f"$.features[{i}]") for i, feature in enumerate(features)
    ]


def collection_features(document: Any, datum: str | Datum = "wgs84") -> list[Any]:
    """The unread features of a collection, for importers that report faults feature by feature."""
    if _member(document, "type", str, "$") != "FeatureCollection":
        raise _error("geojson_type_unknown", _("This is no GeoJSON feature collection."), at="$.type")
    _check_bbox(document, "$")
    check_crs(document, Datum.parse(datum))
    features: list[Any] = _member(document, "features", list, "$")
    return features


def read_feature(feature: Any, limits: Limits, datum: str | Datum = "wgs84", *, at: str = "$") -> Feature:
    """One feature. Errors as in `read_geojson`; geometry_missing for null where a geometry is wanted."""
    geometry, properties, identifier = feature_parts(feature, at=at)
    if geometry is None:
        if limits.allow_missing:
            return Feature(None, properties, identifier)
        raise geometry_error("geometry_missing", at=f"{at}.geometry")
    return Feature(read_geometry(geometry, limits, datum, at=f"{at}.geometry"), properties, identifier)


def feature_parts(
    feature: Any, *, at: str = "$"
) -> tuple[dict[str, Any] | None, dict[str, Any], str | int | float | None]:
    """Unread geometry, properties and identifier of a feature whose own members are checked."""
    if _member(feature, "type", str, at) != "Feature":
        raise _error("geojson_type_unknown", _("The GeoJSON type is unknown."), at=f"{at}.type")
    _check_bbox(feature, at)
    identifier = feature.get("id")
    if isinstance(identifier, bool) or not isinstance(identifier, str | int | float | None):
        raise _wrong_type(f"{at}.id")
    properties = _member(feature, "properties", (dict, type(None)), at) or {}
    return _member(feature, "geometry", (dict, type(None)), at), properties, identifier


def build_shape(geometry: Any, limits: Limits, *, at: str = "$") -> tuple[BaseGeometry, tuple[str, ...]]:
    """A geometry object whose structure is checked, in its own datum, and notes of what was left out. For bulk
    importers, which judge and convert many shapes at once. Errors: those of `read_geometry` before `accept`."""
    builder = _Builder(limits)
    try:
        return builder.build(geometry, at, 0), tuple(sorted(builder.notes))
    except DomainError as error:
        error.data.setdefault("at", at)
        raise


def read_geometry(geometry: Any, limits: Limits, datum: str | Datum = "wgs84", *, at: str = "$") -> Accepted:
    """One geometry object. Errors: geometry_type_unknown, geometry_structure, ring_not_closed, ring_too_short,
    line_too_short, geometry_too_nested, coordinate_not_number and those of `accept`."""
    shape, notes = build_shape(geometry, limits, at=at)
    try:
        return accept(shape, limits, datum, notes)
    except DomainError as error:
        error.data.setdefault("at", at)
        raise


def check_crs(document: Any, datum: Datum) -> None:
    """Old files name a system in `crs`; it must be the declared one. Error: geojson_crs_conflict."""
    if "crs" not in document or document["crs"] is None:
        return
    holder = _member(document["crs"], "properties", dict, "$.crs")
    name = _member(holder, "name", str, "$.crs.properties").lower()
    match = _CRS_EPSG.fullmatch(name)
    number = int(match[1]) if match else None
    if name.endswith(":crs84") or number in (SRID_WGS84, SRID_CGCS2000):
        # Programs write this label on anything in degrees, shifted national datums included.
        if datum.is_degrees:
            return
    elif number is not None and number == datum.epsg:
        return
    raise _error(
        "geojson_crs_conflict",
        _("The file names another coordinate system (%(found)s) than was declared (%(declared)s)."),
        at="$.crs",
        found=name[:60],
        declared=datum.name,
    )


class _Builder:
    """Builds the shape of one geometry object and collects what was left out."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.notes: set[str] = set()
        self.vertices = 0
        self._makers: dict[str, Callable[[Any, str], BaseGeometry]] = {
            "Point": self._point,
            "LineString": self._line,
            "Polygon": self._polygon,
            "MultiPoint": self._multi(self._point, shapely.multipoints),
            "MultiLineString": self._multi(self._line, shapely.multilinestrings),
            "MultiPolygon": self._multi(self._polygon, shapely.multipolygons),
        }

    def build(self, geometry: Any, at: str, depth: int) -> BaseGeometry:
        kind = _member(geometry, "type", str, at)
        _check_bbox(geometry, at)
        if kind == "GeometryCollection":
            return self._collection(geometry, at, depth)
        maker = self._makers.get(kind)
        if maker is None:
            raise geometry_error("geometry_type_unknown", at=f"{at}.type")
        if depth == 0:
            check_type(kind, self.limits)
        coordinates = _member(geometry, "coordinates", list, at)
        return maker(coordinates, f"{at}.coordinates")

    def _collection(self, geometry: Any, at: str, depth: int) -> BaseGeometry:
        if depth >= self.limits.max_depth:
            raise geometry_error("geometry_too_nested", at=at)
        if depth == 0:
            check_type("GeometryCollection", self.limits)
        members = _member(geometry, "geometries", list, at)
        return shapely.GeometryCollection(
            [self.build(member, f"{at}.geometries[{i}]", depth + 1) for i, member in enumerate(members)]
        )

    def _multi(
        self, maker: Callable[[Any, str], BaseGeometry], join: Callable[[Any], BaseGeometry]
    ) -> Callable[[Any, str], BaseGeometry]:
        def make(coordinates: Any, at: str) -> BaseGeometry:
            parts = [maker(_list(part, f"{at}[{i}]"), f"{at}[{i}]") for i, part in enumerate(coordinates)]
            return join(np.array(parts, dtype=object))

        return make

    def _point(self, coordinates: Any, at: str) -> BaseGeometry:
        return shapely.Point(self._positions([coordinates], at)[0]) if coordinates else shapely.Point()

    def _line(self, coordinates: Any, at: str) -> BaseGeometry:
        if not coordinates:
            return shapely.LineString()
        positions = self._positions(coordinates, at)
        if len(positions) < 2:
            raise geometry_error("line_too_short", at=at)
        return shapely.LineString(positions)

    def _polygon(self, coordinates: Any, at: str) -> BaseGeometry:
        rings = [self._ring(_list(ring, f"{at}[{i}]"), f"{at}[{i}]") for i, ring in enumerate(coordinates)]
        return shapely.Polygon(rings[0], rings[1:]) if rings else shapely.Polygon()

    def _ring(self, coordinates: list[Any], at: str) -> Floats:
        positions = self._positions(coordinates, at)
        if len(positions) < 4:
            raise geometry_error("ring_too_short", at=at)
        if (positions[0] != positions[-1]).any():
            raise geometry_error("ring_not_closed", at=at)
        return positions

    def _positions(self, coordinates: list[Any], at: str) -> Floats:
        """Longitude and latitude of a list of positions, heights and more left out with a note."""
        self.vertices += len(coordinates)
        check_vertices(self.vertices, self.limits)
        flat: list[float] = []
        for i, position in enumerate(coordinates):
            if type(position) is not list or len(position) < 2:
                raise geometry_error("geometry_structure", at=f"{at}[{i}]")
            for value in position:
                if type(value) is not float and type(value) is not int:
                    _not_number(value, f"{at}[{i}]")
            if len(position) > 2:
                self.notes.add("z_dropped" if len(position) == 3 else "extra_values_dropped")
            flat += position[:2]
        return _finite(flat, at).reshape(-1, 2)


def _finite(flat: list[float], at: str) -> Floats:
    try:
        values = np.array(flat, dtype=np.float64)
    except OverflowError:
        raise geometry_error("coordinate_not_finite", at=at) from None
    if not np.isfinite(values).all():
        raise geometry_error("coordinate_not_finite", at=at)
    return values


def _not_number(value: Any, at: str) -> Never:
    raise geometry_error("geometry_structure" if isinstance(value, list) else "coordinate_not_number", at=at)


def _list(value: Any, at: str) -> list[Any]:
    if not isinstance(value, list):
        raise geometry_error("geometry_structure", at=at)
    return value


def _member(parent: Any, name: str, kind: type | tuple[type, ...], at: str) -> Any:
    if not isinstance(parent, dict):
        raise _wrong_type(at)
    if name not in parent:
        raise _error("geojson_member_missing", _("The member %(member)s is missing."), at=at, member=name)
    value = parent[name]
    if not isinstance(value, kind):
        raise _wrong_type(f"{at}.{name}")
    return value


def _check_bbox(parent: Any, at: str) -> None:
    if "bbox" not in parent:
        return
    bbox = parent["bbox"]
    numbers = isinstance(bbox, list) and all(type(value) in (int, float) for value in bbox)
    if not numbers or len(bbox) not in _BBOX_LENGTHS:
        raise _wrong_type(f"{at}.bbox")


def _wrong_type(at: str) -> DomainError:
    return _error("geojson_member_type", _("A GeoJSON member has the wrong kind of value."), at=at)


def _no_constant(name: str) -> Never:
    raise ValueError(name)


def _error(code: str, message: str, **data: Any) -> DomainError:
    return DomainError(code=code, message=message, data=data)
