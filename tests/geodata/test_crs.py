"""Coordinates: known offsets, exact inverses, where the national shift applies, and what is refused and why."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pyproj
import pyproj.network
import pytest
import shapely
from django.test import override_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata import crs
from geodata.china_extent import shifted_area
from geodata.crs import Datum, from_wgs84, to_wgs84
from geodata.datum_shift import bd_to_gcj, gcj_to_bd, gcj_to_wgs, wgs_to_gcj
from geodata.errors import DomainError

GEOD = pyproj.Geod(ellps="WGS84")
CITIES = {
    # name: lon, lat, metres and azimuth of GCJ-02 against WGS 84, as measured with another implementation
    "Guangzhou": (113.2615, 23.1312, 621, 119),
    "Changsha": (112.9388, 28.2282, 665, None),
    "Zhengzhou": (113.6253, 34.7466, 568, None),
    "Wuhu": (118.3762, 31.3263, 553, None),
    "Beijing": (116.2768, 40.0139, 533, 75),
}
OUTSIDE = {
    "Hong Kong Central": (114.158, 22.282),
    "Sheung Shui": (114.128, 22.502),
    "Macao": (113.549, 22.198),
    "Taipei": (121.56, 25.04),
    "Kinmen": (118.32, 24.44),
    "Tokyo": (139.69, 35.69),
    "Seoul": (126.98, 37.57),
    "Hanoi": (105.85, 21.03),
    "Ulan Bator": (106.91, 47.92),
    "Vladivostok": (131.89, 43.12),
    "Kathmandu": (85.32, 27.71),
    "Almaty": (76.93, 43.24),
    "Helsinki": (24.94, 60.17),
    "Boston": (-71.06, 42.36),
}
INSIDE = {
    "Luohu station, 600 m from Hong Kong": (114.1136, 22.5333),
    "Gongbei, 500 m from Macao": (113.549, 22.2215),
    "Xiamen": (118.08, 24.48),
    "Dandong": (124.39, 40.12),
    "Heihe": (127.49, 50.25),
    "Fuyuan": (134.30, 48.36),
    "Kashgar": (75.99, 39.47),
    "Lhasa": (91.10, 29.65),
    "Ruili": (97.85, 24.01),
    "Sanya": (109.51, 18.25),
    "Yongxing island": (112.34, 16.83),
    "Chongming": (121.40, 31.63),
}
# Well inside: further from any border than the shift reaches.
mainland = st.tuples(st.floats(100.0, 118.5), st.floats(25.0, 39.0))


def refusal(x: object, y: object, datum: str = "wgs84") -> DomainError:
    with pytest.raises(DomainError) as refused:
        to_wgs84(x, y, datum)  # type: ignore[arg-type]
    assert refused.value.as_dict()["message"]
    return refused.value


@pytest.mark.parametrize("city", CITIES)
def test_gcj_lies_off_as_measured(city: str) -> None:
    lon, lat, metres, azimuth = CITIES[city]
    found_azimuth, _, found = GEOD.inv(lon, lat, *from_wgs84(lon, lat, "gcj02"))
    assert found == pytest.approx(metres, abs=6)
    if azimuth is not None:
        assert found_azimuth == pytest.approx(azimuth, abs=2)


@pytest.mark.parametrize("city", CITIES)
def test_bd_lies_off_as_measured(city: str) -> None:
    lon, lat, _, _ = CITIES[city]
    gcj, bd = from_wgs84(lon, lat, "gcj02"), from_wgs84(lon, lat, "bd09")
    azimuth, _, metres = GEOD.inv(lon, lat, *bd)
    assert 1190 < metres < 1400
    assert 50 < azimuth < 80
    assert 870 < crs.distance_m(*gcj, *bd) < 970


@settings(deadline=None)
@given(mainland, st.sampled_from(["gcj02", "bd09"]))
def test_shifted_pairs_come_back_within_a_millimetre(point: tuple[float, float], datum: str) -> None:
    back = to_wgs84(*from_wgs84(*point, datum), datum)
    assert crs.distance_m(*point, back.lon, back.lat) < 1e-3
    assert back.datum == datum


@settings(deadline=None)
@given(st.tuples(st.floats(73.0, 135.0), st.floats(3.0, 54.0)))
def test_the_arithmetic_itself_inverts_everywhere_in_china(point: tuple[float, float]) -> None:
    lon, lat = point
    assert GEOD.inv(lon, lat, *gcj_to_wgs(*wgs_to_gcj(lon, lat)))[2] < 1e-3
    assert GEOD.inv(lon, lat, *bd_to_gcj(*gcj_to_bd(lon, lat)))[2] < 1e-3


@settings(deadline=None)
@given(mainland, st.floats(1e-5, 0.5), st.sampled_from(["gcj02", "bd09"]))
def test_east_stays_east_and_north_stays_north(point: tuple[float, float], step: float, datum: str) -> None:
    lon, lat = point
    here = from_wgs84(lon, lat, datum)
    assert from_wgs84(lon + step, lat, datum)[0] > here[0]
    assert from_wgs84(lon, lat + step, datum)[1] > here[1]


@pytest.mark.parametrize("place", OUTSIDE)
@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_nothing_is_shifted_outside_the_mainland(place: str, datum: str) -> None:
    assert from_wgs84(*OUTSIDE[place], datum) == OUTSIDE[place]
    assert to_wgs84(*OUTSIDE[place], datum)[:2] == OUTSIDE[place]
    assert not crs.is_shifted_at(*OUTSIDE[place])


@pytest.mark.parametrize("place", INSIDE)
def test_border_towns_and_islands_of_the_mainland_are_shifted(place: str) -> None:
    assert crs.is_shifted_at(*INSIDE[place])
    shifted = from_wgs84(*INSIDE[place], "gcj02")
    assert 100 < crs.distance_m(*INSIDE[place], *shifted) < 1000
    back = to_wgs84(*shifted, "gcj02")
    assert crs.distance_m(*INSIDE[place], back.lon, back.lat) < 1e-3


def test_the_outline_is_one_sound_shape() -> None:
    assert shapely.is_valid(shifted_area())
    assert 950 < shifted_area().area < 1050  # square degrees


def test_points_of_a_district_agree_with_another_implementation(shared_domain: Path) -> None:
    with (shared_domain / "division_points_sample.csv").open(encoding="utf-8-sig") as rows:
        points = [
            tuple(float(row[name]) for name in ("lon_gcj02", "lat_gcj02", "lon_wgs84", "lat_wgs84"))
            for row in csv.DictReader(rows)
            if row["lon_gcj02"] and row["lon_wgs84"]
        ]
    assert len(points) > 100
    for gcj_lon, gcj_lat, lon, lat in points:
        found = to_wgs84(gcj_lon, gcj_lat, "gcj02")
        assert crs.distance_m(lon, lat, found.lon, found.lat) < 0.2  # they are rounded to six decimals


@pytest.mark.parametrize(
    "datum", ["epsg:4547", "epsg:4526", "epsg:4490", "epsg:3857", "epsg:32649", "epsg:2383", "epsg:4610"]
)
def test_epsg_numbers_agree_with_pyproj(datum: str) -> None:
    transformer = pyproj.Transformer.from_crs("EPSG:4326", datum, always_xy=True)
    expected = transformer.transform(113.2615, 23.1312)
    assert from_wgs84(113.2615, 23.1312, datum) == pytest.approx(expected)
    back = to_wgs84(*expected, datum)
    assert crs.distance_m(113.2615, 23.1312, back.lon, back.lat) < 1e-3


@settings(deadline=None)
@given(
    st.tuples(st.floats(112.0, 116.0), st.floats(20.0, 40.0)),
    st.sampled_from(["epsg:4547", "epsg:4526", "epsg:3857"]),
)
def test_projected_pairs_come_back(point: tuple[float, float], datum: str) -> None:
    back = to_wgs84(*from_wgs84(*point, datum), datum)
    assert crs.distance_m(*point, back.lon, back.lat) < 1e-3


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("wgs84", "wgs84"),
        (" WGS-84 ", "wgs84"),
        ("EPSG:4326", "wgs84"),
        ("epsg:4490", "cgcs2000"),
        ("GCJ02", "gcj02"),
        ("gcj-02", "gcj02"),
        ("bd09ll", "bd09"),
        ("Epsg:4547", "epsg:4547"),
        ("epsg:04547", "epsg:4547"),
    ],
)
def test_names_of_datums_have_one_canonical_form(text: str, name: str) -> None:
    assert str(Datum.parse(text)) == name
    assert Datum.parse(Datum.parse(text)) == Datum.parse(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "datum_unknown"),
        ("mars", "datum_unknown"),
        ("+proj=longlat", "datum_unknown"),
        ("/etc/passwd", "datum_unknown"),
        ("epsg:4547 +nadgrids=/x", "datum_unknown"),
        ("epsg:٤٥٤٧", "datum_unknown"),
        ("epsg:99999", "datum_unknown"),
        ("epsg:" + "4" * 5000, "datum_unknown"),
        (4547, "datum_unknown"),
        (None, "datum_unknown"),
        ("epsg:5773", "datum_not_horizontal"),
        ("epsg:4479", "datum_not_horizontal"),
        ("epsg:28992", "datum_elsewhere"),
        ("epsg:32632", "datum_elsewhere"),
    ],
)
def test_unknown_and_unfit_datums_are_refused(text: object, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        Datum.parse(text)  # type: ignore[arg-type]
    assert refused.value.code == code
    assert refused.value.as_dict()["message"]


def test_all_chinese_systems_of_the_list_are_allowed(shared_domain: Path) -> None:
    with (shared_domain / "epsg_china.csv").open(encoding="utf-8-sig") as rows:
        listed = [(int(row["epsg"]), row["kind"]) for row in csv.DictReader(rows)]
    flat = [code for code, kind in listed if "geocentric" not in kind and "vertical" not in kind]
    allowed = [code for code in flat if _allowed(code)]
    assert len(allowed) >= 250


def _allowed(code: int) -> bool:
    try:
        Datum.parse(f"epsg:{code}")
    except DomainError:
        return False
    return True


@pytest.mark.parametrize(
    ("x", "y", "datum", "code"),
    [
        (math.nan, 23.0, "wgs84", "coordinate_not_finite"),
        (113.0, math.inf, "gcj02", "coordinate_not_finite"),
        (10**400, 23.0, "wgs84", "coordinate_not_finite"),
        ("113", 23.0, "wgs84", "coordinate_not_number"),
        (None, 23.0, "wgs84", "coordinate_not_number"),
        (True, 23.0, "wgs84", "coordinate_not_number"),
        (np.bool_(True), 23.0, "wgs84", "coordinate_not_number"),
        (23.13, 113.26, "wgs84", "coordinate_axes_swapped"),
        (39.47, 75.99, "gcj02", "coordinate_axes_swapped"),
        (23.13, 113.26, "epsg:4610", "coordinate_axes_swapped"),
        (2560000.0, 435000.0, "epsg:4547", "coordinate_axes_swapped"),
        (2560000.0, 38435000.0, "epsg:4526", "coordinate_axes_swapped"),
        (181.0, 23.0, "wgs84", "coordinate_out_of_range"),
        (113.0, -91.0, "bd09", "coordinate_out_of_range"),
        (435000.0, 9e6, "epsg:4547", "coordinate_out_of_range"),
        (1e300, 1e300, "epsg:4547", "coordinate_out_of_range"),
        (435000.0, 2560000.0, "wgs84", "coordinate_in_metres"),
        (12608000.0, 2646000.0, "gcj02", "coordinate_in_metres"),
        (113.26, 23.13, "epsg:4547", "coordinate_in_degrees"),
        (23.13, 113.26, "epsg:4547", "coordinate_in_degrees"),
        (38435000.0, 2560000.0, "epsg:4547", "coordinate_zone_prefix"),
        (435000.0, 2560000.0, "epsg:4526", "coordinate_zone_prefix_missing"),
    ],
)
def test_a_pair_that_cannot_be_meant_is_refused_with_the_reason(
    x: object, y: object, datum: str, code: str
) -> None:
    assert refusal(x, y, datum).code == code


def test_the_zone_in_front_is_named() -> None:
    assert refusal(38435000.0, 2560000.0, "epsg:4547").data == {"zone": 38}
    assert refusal(435000.0, 2560000.0, "epsg:4526").data == {"zone": 38}


@given(
    st.floats() | st.integers(),
    st.floats() | st.integers(),
    st.sampled_from(["wgs84", "gcj02", "bd09", "epsg:4547", "epsg:3857"]),
)
@settings(deadline=None)
def test_any_numbers_are_a_position_or_a_domain_error(x: float, y: float, datum: str) -> None:
    try:
        lon, lat, _ = to_wgs84(x, y, datum)
    except DomainError as error:
        assert error.code.startswith("coordinate_")  # noqa: PT017 - both ends are the rule
        return
    assert -180 <= lon <= 180
    assert -90 <= lat <= 90


def test_numpy_numbers_and_integers_are_numbers() -> None:
    assert to_wgs84(np.float64(113.0), np.int32(23), "wgs84") == (113.0, 23.0, "wgs84")
    assert to_wgs84(113, 23, "cgcs2000") == (113.0, 23.0, "cgcs2000")


@pytest.mark.parametrize(
    "datum", ["wgs84", "cgcs2000", "gcj02", "bd09", "epsg:4547", "epsg:3857", "epsg:4610"]
)
def test_columns_agree_with_single_pairs(datum: str) -> None:
    places = [(113.26, 23.13), (113.55, 22.30), (114.0, 22.7), (115.9, 28.7), (114.158, 22.282)]
    x, y = crs.from_wgs84_many([p[0] for p in places], [p[1] for p in places], datum)
    assert np.column_stack([x, y]) == pytest.approx(np.array([from_wgs84(*p, datum) for p in places]))
    lon, lat = crs.to_wgs84_many(x, y, datum)
    assert np.column_stack([lon, lat]) == pytest.approx(np.array(places), abs=1e-8)


def test_columns_name_the_first_bad_pair_or_leave_holes() -> None:
    x, y = [113.0, 23.0, math.nan, 114.0], [23.0, 113.0, 23.0, 23.5]
    with pytest.raises(DomainError) as refused:
        crs.to_wgs84_many(x, y, "gcj02")
    assert (refused.value.code, refused.value.data["index"]) == ("coordinate_axes_swapped", 1)
    lon, lat = crs.to_wgs84_many(x, y, "gcj02", strict=False)
    assert np.isnan(lon).tolist() == np.isnan(lat).tolist() == [False, True, True, False]
    metres = crs.to_wgs84_many([435000.0, 113.0, math.nan], [2560000.0, 23.0, 1.0], "epsg:4547", strict=False)
    assert np.isnan(metres[0]).tolist() == [False, True, True]
    assert crs.to_wgs84_many([], [], "bd09")[0].size == 0


def test_columns_given_in_are_left_alone() -> None:
    x, y = np.array([113.0]), np.array([23.0])
    crs.to_wgs84_many(x, y, "bd09")
    crs.from_wgs84_many(x, y, "bd09")
    assert (x[0], y[0]) == (113.0, 23.0)


def test_geometry_is_converted_vertex_by_vertex() -> None:
    square = shapely.box(113.0, 23.0, 113.01, 23.01)
    for datum in ("gcj02", "bd09", "epsg:4547"):
        there = crs.geometry_from_wgs84(square, datum)
        assert shapely.hausdorff_distance(crs.geometry_to_wgs84(there, datum), square) < 1e-8
    with pytest.raises(DomainError) as refused:
        crs.geometry_to_wgs84(shapely.LineString([(113, 23), (23, 113)]), "wgs84")
    assert refused.value.data["index"] == 1


def test_metric_system_comes_from_the_settings() -> None:
    square = shapely.box(113.0, 23.0, 113.01, 23.01)
    with override_settings(GRID_METRIC_SRID=4547):
        area = crs.geometry_to_metric(square).area
    assert area == pytest.approx(abs(GEOD.geometry_area_perimeter(square)[0]), rel=1e-3)
    with override_settings(GRID_METRIC_SRID=4549):
        assert crs.metric_srid() == 4549


def test_possible_error_of_a_conversion_is_stated() -> None:
    known = {
        "wgs84": 0.0,
        "gcj02": 0.0,
        "cgcs2000": 1.0,
        "epsg:4547": 1.0,
        "epsg:3857": 0.0,
        "epsg:4610": 200.0,
        "epsg:4214": 200.0,
    }
    assert {name: Datum.parse(name).error_m for name in known} == known


def test_distance_is_metres_on_the_ellipsoid() -> None:
    assert crs.distance_m(113.0, 23.0, 113.0, 23.01) == pytest.approx(1107.5, abs=1)


def test_proj_never_asks_the_internet() -> None:
    assert pyproj.network.is_network_enabled() is False
