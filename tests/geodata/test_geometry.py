"""Geometry from strangers: every fault is refused by its own code, what is changed leaves a note."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.crs import from_wgs84
from geodata.errors import DomainError
from geodata.geojson import (
    Feature,
    collection_features,
    parse_json,
    read_feature,
    read_geojson,
    read_geometry,
)
from geodata.geometry import ALL_TYPES, POLYGONS, Limits, accept
from geodata.wkb import read_wkb

SQUARE = [[113.0, 23.0], [113.1, 23.0], [113.1, 23.1], [113.0, 23.1], [113.0, 23.0]]
BOW_TIE = [[113.0, 23.0], [113.1, 23.1], [113.1, 23.0], [113.0, 23.1], [113.0, 23.0]]
ANY = Limits(types=ALL_TYPES, allow_missing=True, allow_empty=True)


def polygon(*rings: list[list[float]]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def refusal(document: Any, limits: Limits = ANY, datum: str = "wgs84") -> tuple[str, str | None]:
    with pytest.raises(DomainError) as refused:
        read_geojson(document, limits, datum)
    assert refused.value.as_dict()["message"]
    return refused.value.code, refused.value.data.get("at")


def test_a_square_is_read_as_it_stands() -> None:
    accepted = read_geometry(polygon(SQUARE), Limits())
    assert accepted.notes == ()
    assert accepted.geometry.bounds == (113.0, 23.0, 113.1, 23.1)


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (polygon(SQUARE[:-1]), "ring_not_closed"),
        (polygon([*SQUARE[:2], SQUARE[0]]), "ring_too_short"),
        (polygon([]), "ring_too_short"),
        (polygon([SQUARE[0]] * 4), "geometry_degenerate"),
        (polygon([[113.0, 23.0], [113.1, 23.0], [113.2, 23.0], [113.0, 23.0]]), "geometry_degenerate"),
        (polygon(BOW_TIE), "geometry_invalid"),
        (polygon(SQUARE, SQUARE), "geometry_invalid"),
        ({"type": "LineString", "coordinates": [SQUARE[0]]}, "line_too_short"),
        ({"type": "LineString", "coordinates": [SQUARE[0], SQUARE[0]]}, "geometry_degenerate"),
        ({"type": "Point", "coordinates": [113.0]}, "geometry_structure"),
        ({"type": "Point", "coordinates": [True, 23.0]}, "coordinate_not_number"),
        ({"type": "Point", "coordinates": [None, 23.0]}, "coordinate_not_number"),
        ({"type": "Point", "coordinates": [113.0, float("nan")]}, "coordinate_not_finite"),
        ({"type": "Point", "coordinates": [10**400, 23.0]}, "coordinate_not_finite"),
        ({"type": "Point", "coordinates": [23.0, 113.0]}, "coordinate_axes_swapped"),
        ({"type": "Point", "coordinates": [435000.0, 2560000.0]}, "coordinate_in_metres"),
        ({"type": "Point", "coordinates": "113,23"}, "geojson_member_type"),
        ({"type": "point", "coordinates": [113.0, 23.0]}, "geometry_type_unknown"),
        ({"type": ["Point"], "coordinates": [113.0, 23.0]}, "geojson_member_type"),
        ([], "geojson_member_type"),
        (None, "geojson_member_type"),
        ({}, "geojson_member_missing"),
    ],
)
def test_each_fault_has_its_own_code(document: Any, code: str) -> None:
    assert refusal(document)[0] == code


def test_the_place_of_a_fault_is_named() -> None:
    good = {"type": "Feature", "properties": {}, "geometry": polygon(SQUARE)}
    bad = {"type": "Feature", "properties": {}, "geometry": polygon(SQUARE, SQUARE[:-1])}
    found = refusal({"type": "FeatureCollection", "features": [good, bad]})
    assert found == ("ring_not_closed", "$.features[1].geometry.coordinates[1]")


def test_only_allowed_types_pass() -> None:
    point = {"type": "Point", "coordinates": [113.0, 23.0]}
    assert refusal(point, Limits(types=POLYGONS))[0] == "geometry_type_not_allowed"
    collection = {"type": "GeometryCollection", "geometries": [point]}
    assert refusal(collection, Limits())[0] == "geometry_type_not_allowed"


def test_vertices_are_counted_before_anything_is_built() -> None:
    assert refusal(polygon(SQUARE), Limits(max_vertices=4))[0] == "geometry_too_many_vertices"
    assert read_geometry(polygon(SQUARE), Limits(max_vertices=5)).notes == ()


def test_missing_and_empty_geometry_pass_only_when_allowed() -> None:
    without = {"type": "Feature", "properties": None, "geometry": None, "id": 7}
    assert refusal(without, Limits())[0] == "geometry_missing"
    assert read_geojson(without, ANY) == [Feature(None, {}, 7)]
    assert refusal({"type": "MultiPolygon", "coordinates": []}, Limits())[0] == "geometry_empty"
    assert read_geometry({"type": "MultiPolygon", "coordinates": []}, ANY).geometry.is_empty


def test_repair_happens_only_when_asked_and_leaves_a_note() -> None:
    repaired = read_geometry(polygon(BOW_TIE), Limits(repair=True))
    assert "repaired" in repaired.notes
    assert repaired.geometry.is_valid
    assert repaired.geometry.geom_type == "MultiPolygon"
    assert (
        refusal(polygon(BOW_TIE), Limits(types=frozenset({"Polygon"}), repair=True))[0]
        == "geometry_type_not_allowed"
    )


def test_repair_keeps_no_lines_of_a_surface_and_invents_nothing() -> None:
    spike = [
        [113.0, 23.0],
        [113.1, 23.0],
        [113.2, 23.0],
        [113.1, 23.0],
        [113.1, 23.1],
        [113.0, 23.1],
        [113.0, 23.0],
    ]
    repaired = read_geometry(polygon(spike), Limits(repair=True))
    assert repaired.geometry.geom_type == "Polygon"
    assert repaired.geometry.area == pytest.approx(0.01)
    flat = polygon([[113.0, 23.0], [113.1, 23.0], [113.2, 23.0], [113.0, 23.0]])
    assert refusal(flat, Limits(repair=True))[0] == "geometry_degenerate"


def test_what_is_left_out_or_turned_leaves_a_note() -> None:
    high = [[*position, 5.0] for position in SQUARE]
    assert read_geometry(polygon(high), Limits()).notes == ("z_dropped",)
    measured = [[*position, 5.0, 9.0] for position in SQUARE]
    assert read_geometry(polygon(measured), Limits()).notes == ("extra_values_dropped",)
    assert read_geometry(polygon(SQUARE[::-1]), Limits()).notes == ("rings_reoriented",)
    twice = [SQUARE[0], *SQUARE]
    assert read_geometry(polygon(twice), Limits()).notes == ("repeated_points_removed",)


def test_declared_datum_is_converted_and_the_box_is_asked_afterwards() -> None:
    shifted = [list(from_wgs84(x, y, "gcj02")) for x, y in SQUARE]
    near = Limits(box=(112.9999, 22.9999, 113.1001, 23.1001))
    accepted = read_geometry(polygon(shifted), near, "gcj02")
    assert shapely.hausdorff_distance(accepted.geometry, shapely.Polygon(SQUARE)) < 1e-9
    assert refusal(polygon(shifted), near, "wgs84")[0] == "geometry_outside_box"


def test_a_shape_around_half_the_earth_is_refused() -> None:
    ring = [[177.9, -18.0], [-179.7, -18.0], [-179.7, -16.0], [177.9, -16.0], [177.9, -18.0]]
    assert refusal(polygon(ring))[0] == "geometry_crosses_antimeridian"


@pytest.mark.parametrize(
    ("name", "datum", "refused"),
    [
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "wgs84", False),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "gcj02", False),
        ("EPSG:4326", "wgs84", False),
        ("urn:ogc:def:crs:EPSG::4490", "cgcs2000", False),
        ("urn:ogc:def:crs:EPSG::4547", "epsg:4547", False),
        ("urn:ogc:def:crs:EPSG::4547", "wgs84", True),
        ("urn:ogc:def:crs:EPSG::4326", "epsg:4547", True),
        ("somewhere", "wgs84", True),
        ("EPSG:99999999", "wgs84", True),
    ],
)
def test_a_crs_in_the_file_must_be_the_declared_one(name: str, datum: str, *, refused: bool) -> None:
    document = {
        "type": "FeatureCollection",
        "features": [],
        "crs": {"type": "name", "properties": {"name": name}},
    }
    if refused:
        assert refusal(document, ANY, datum)[0] == "geojson_crs_conflict"
    else:
        assert read_geojson(document, ANY, datum) == []


def test_features_can_be_judged_one_by_one() -> None:
    good = {"type": "Feature", "properties": {"name": "a"}, "geometry": polygon(SQUARE)}
    features = collection_features({"type": "FeatureCollection", "features": [good, 5]})
    assert read_feature(features[0], Limits()).properties == {"name": "a"}
    with pytest.raises(DomainError) as refused:
        read_feature(features[1], Limits(), at="$.features[1]")
    assert refused.value.data["at"] == "$.features[1]"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "json_invalid"),
        (b"{", "json_invalid"),
        (b'{"type": NaN}', "json_invalid"),
        (b"[Infinity]", "json_invalid"),
        (b"\xff\xfe{}", "json_invalid"),
        (b"[1" + b"0" * 5000 + b"]", "json_invalid"),
        (b"[" * 100_000, "json_too_deep"),
    ],
)
def test_broken_json_is_refused(text: bytes, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        parse_json(text)
    assert refused.value.code == code


def test_byte_order_mark_is_no_fault() -> None:
    assert parse_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


VERDICTS = {
    "invalid_geometries/invalid_exterior_not_ccw": "rings_reoriented",
    "invalid_geometries/invalid_interior_not_cw": "rings_reoriented",
    "invalid_geometries/invalid_incorrect_geometry_data_type": "geometry_structure",
    "invalid_geometries/invalid_less_three_unique_nodes": "ring_too_short",
    "invalid_geometries/invalid_unclosed": "ring_not_closed",
    "problematic_geometries/problematic_3d_coordinates": "z_dropped",
    "problematic_geometries/problematic_4d_coordinates": "extra_values_dropped",
    "problematic_geometries/problematic_crosses_antimeridian": "geometry_crosses_antimeridian",
    "problematic_geometries/problematic_duplicate_nodes": "repeated_points_removed",
    "problematic_geometries/problematic_excessive_coordinate_precision": "",
    "problematic_geometries/problematic_excessive_vertices": "",
    "problematic_geometries/problematic_feature_null_geometry": "",
    "problematic_geometries/problematic_holes": "",
    "problematic_geometries/problematic_inner_and_exterior_ring_intersect": "geometry_invalid",
    "problematic_geometries/problematic_multitype_geometry_with_just_one_geometry": "",
    "problematic_geometries/problematic_outside_lat_lon_boundaries": "coordinate_out_of_range",
    "problematic_geometries/problematic_self_intersection_large": "geometry_invalid",
    "problematic_geometries/problematic_self_intersection_small": "geometry_invalid",
    "problematic_geometries/problematic_wrong_bbox_coordinate_order": "",
    "problematic_geometries/problematic_zero_length_linestring": "geometry_degenerate",
    "problematic_structure/problematic_crs_defined": "geojson_crs_conflict",
    "problematic_structure/problematic_geometry_not_wrapped": "",
    "problematic_structure/problematic_geometrycollection_single": "",
    "problematic_structure/problematic_nested_geometrycollection": "geometry_too_nested",
}
"""Refusal code, note, or nothing, by file."""


def verdict(file: Path) -> str:
    try:
        features = read_geojson(parse_json(file.read_bytes()), ANY)
    except DomainError as error:
        return error.code
    return ",".join(note for feature in features if feature.accepted for note in feature.accepted.notes)


def test_published_bad_and_problematic_files_get_their_verdict(shared_data: Path) -> None:
    folder = shared_data / "bad-geojson"
    kinds = ("invalid_geometries", "problematic_geometries", "problematic_structure")
    files = [file for kind in kinds for file in sorted((folder / kind).glob("*.geojson"))]
    assert {f"{file.parent.name}/{file.stem}": verdict(file) for file in files} == VERDICTS


def test_every_published_broken_structure_is_refused(shared_data: Path) -> None:
    files = sorted((shared_data / "bad-geojson" / "invalid_structure").glob("*.geojson"))
    assert len(files) == 28
    for file in files:
        assert refusal(parse_json(file.read_bytes()))[0].startswith(
            ("geojson_", "geometry_", "coordinate_")
        ), file.name


def test_every_published_valid_file_is_taken(shared_data: Path) -> None:
    files = sorted((shared_data / "bad-geojson" / "valid").glob("*.geojson"))
    assert len(files) == 22
    assert {verdict(file) for file in files} <= {"", "z_dropped", "rings_reoriented"}


def test_self_intersecting_published_files_can_be_repaired(shared_data: Path) -> None:
    limits = Limits(repair=True)
    for file in sorted((shared_data / "bad-geojson" / "problematic_geometries").glob("*inters*.geojson")):
        (feature,) = read_geojson(parse_json(file.read_bytes()), limits)
        assert feature.accepted is not None
        assert "repaired" in feature.accepted.notes
        assert feature.accepted.geometry.is_valid


def wkb_refusal(data: bytes, limits: Limits = ANY) -> str:
    with pytest.raises(DomainError) as refused:
        read_wkb(data, limits)
    return refused.value.code


SHAPES = [
    shapely.Polygon(SQUARE),
    shapely.MultiPolygon([shapely.Polygon(SQUARE)]),
    shapely.LineString(SQUARE),
    shapely.MultiPoint(SQUARE[:2]),
    shapely.GeometryCollection([shapely.Point(113, 23), shapely.MultiPolygon([shapely.Polygon(SQUARE)])]),
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.geom_type)
@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("flavor", ["iso", "extended"])
def test_binary_geometry_in_all_flavours(shape: shapely.Geometry, order: int, flavor: str) -> None:
    high = shapely.force_3d(shape, 4.0)
    assert read_wkb(shapely.to_wkb(shape, byte_order=order, flavor=flavor), ANY).geometry.equals(shape)
    assert read_wkb(shapely.to_wkb(high, byte_order=order, flavor=flavor), ANY).notes[0] == "z_dropped"


def test_srid_inside_must_be_the_declared_one() -> None:
    data = shapely.to_wkb(shapely.set_srid(SHAPES[0], 4326), include_srid=True)
    assert read_wkb(data, Limits()).geometry.equals(SHAPES[0])
    with pytest.raises(DomainError) as refused:
        read_wkb(data, Limits(), "epsg:4547")
    assert refused.value.code == "geometry_srid_conflict"


def nested(depth: int, kind: int) -> bytes:
    return struct.pack("<BII", 1, kind, 1) * depth + struct.pack("<BIdd", 1, 1, 113.0, 23.0)


@pytest.mark.parametrize("kind", [4, 6, 7])
def test_collections_nested_a_hundred_thousand_deep_do_not_kill_the_process(kind: int) -> None:
    assert wkb_refusal(nested(100_000, kind)) == "geometry_too_nested"


def test_one_collection_may_hold_multi_parts_but_no_collection() -> None:
    assert wkb_refusal(nested(2, 7)) == "geometry_too_nested"
    assert read_wkb(nested(1, 7), ANY).geometry.geom_type == "GeometryCollection"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "wkb_invalid"),
        (b"\x05\x01\x00\x00\x00", "wkb_invalid"),
        (struct.pack("<BI", 1, 1), "wkb_invalid"),
        (struct.pack("<BII", 1, 2, 4_000_000_000), "wkb_invalid"),
        (struct.pack("<BII", 1, 3, 4_000_000_000), "wkb_invalid"),
        (struct.pack("<BII", 1, 6, 4_000_000_000), "wkb_invalid"),
        (struct.pack("<BII", 1, 8, 0), "geometry_type_unknown"),
        (struct.pack("<BI", 1, 0), "geometry_type_unknown"),
        (struct.pack("<BIdd", 1, 1, 113.0, 23.0) + b"tail", "wkb_invalid"),
        (struct.pack("<BIdd", 1, 1, float("inf"), 23.0), "coordinate_not_finite"),
        (struct.pack("<BIII", 1, 3, 1, 0), "geometry_empty"),
    ],
)
def test_broken_binary_geometry_is_refused(data: bytes, code: str) -> None:
    assert wkb_refusal(data, Limits(types=ALL_TYPES)) == code


def test_binary_vertices_are_counted_before_anything_is_built() -> None:
    assert wkb_refusal(shapely.to_wkb(SHAPES[0]), Limits(max_vertices=4)) == "geometry_too_many_vertices"


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=80), st.integers(0, 4))
def test_any_bytes_are_a_geometry_or_a_domain_error(tail: bytes, kind: int) -> None:
    data = struct.pack("<BI", 1, (1, 2, 3, 6, 7)[kind]) + tail
    try:
        accepted = read_wkb(data, ANY)
    except DomainError:
        return
    assert shapely.is_valid(accepted.geometry)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.sampled_from(["Point", "Polygon", "Feature", "x"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["type", "coordinates", "geometry", "geometries", "bbox", "features"]), inner
        )
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(json_values)
def test_any_json_is_read_or_a_domain_error(document: Any) -> None:
    try:
        features = read_geojson(document, ANY)
    except DomainError:
        return
    assert all(shapely.is_valid(f.accepted.geometry) for f in features if f.accepted)


def test_shapes_from_other_readers_pass_the_same_judgement() -> None:
    assert accept(shapely.Polygon(SQUARE), Limits()).notes == ()
    with pytest.raises(DomainError) as refused:
        accept(shapely.LineString([[float("nan"), 1], [2, 3]]), Limits())
    assert refused.value.code == "coordinate_not_finite"


def test_a_read_geometry_reads_back_the_same() -> None:
    accepted = read_geometry(polygon(SQUARE), Limits())
    again = read_geometry(json.loads(shapely.to_geojson(accepted.geometry)), Limits())
    assert again.geometry.equals(accepted.geometry)
    assert again.notes == ()
