"""The map beside the addresses: candidates with their place, and the building under a tap – of one's own area only."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.test import Client

from geodata.models import Building
from tests.importers import people_world as world
from tests.importers.test_pages import somebody, upload, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def street() -> dict[str, Building]:
    return world.make_street()


@pytest.fixture
def importer(street: dict[str, Building]) -> Client:
    return somebody("importer", "importer", world.STREET)


def test_candidates_stand_on_the_map(importer: Client, street: dict[str, Building], tmp_path: Path) -> None:
    rows = [
        ("周甲", world.number("1980-01-02", 1), "嘉禾苑1栋501"),
        ("周乙", world.number("1980-01-02", 3), "无名巷7号"),
    ]
    path = world.write_csv(tmp_path / "p.csv", ("姓名", "身份证号", "住址"), rows)
    page = upload(importer, path.read_bytes(), "p.csv", kind="people", datum="", county="").headers[
        "Location"
    ]
    batch = work()
    shown = importer.get(f"{page}/addresses").content.decode()
    found = re.search(r'<script id="address-data" type="application/json">(.*?)</script>', shown)
    assert found
    data = json.loads(found[1])
    spots = {spot["id"]: spot for spot in data["spots"][str(batch.questions.get(text="嘉禾苑1栋").pk)]}
    first = spots[str(street["嘉1"].pk)]
    assert street["嘉1"].geom.contains(street["嘉1"].geom.point_on_surface)
    assert (round(first["lon"], 3), round(first["lat"], 3)) == (113.0, 23.0)
    assert data["map"]["bounds"][0] == [23.0, 113.0]
    assert data["spots"][str(batch.questions.get(text="无名巷7号").pk)] == []
    assert "importers/address_map" in shown


@pytest.mark.parametrize(
    ("lon", "lat", "short"),
    [
        (113.0002, 23.0002, "嘉1"),
        (113.0008, 23.0002, "嘉2"),
        (113.0202, 23.0202, ""),
        (113.0062, 23.0002, ""),
    ],
)
def test_a_tap_finds_the_building_or_none(
    importer: Client, street: dict[str, Building], lon: float, lat: float, short: str
) -> None:
    answer = importer.get(f"/import/buildings/at?lon={lon}&lat={lat}").json()["building"]
    assert (answer and answer["id"]) == (str(street[short].pk) if short else None)


def test_a_neighbours_building_is_not_told(importer: Client, street: dict[str, Building]) -> None:
    point = street["邻"].geom.point_on_surface
    assert importer.get(f"/import/buildings/at?lon={point.x}&lat={point.y}").json() == {"building": None}
    assert somebody("w", "worker", world.STREET).get("/import/buildings/at?lon=113&lat=23").status_code == 403


@pytest.mark.parametrize("query", ["", "lon=x&lat=1", "lon=113", "lon=nan&lat=23", "lon=500&lat=23"])
def test_no_place_is_refused(importer: Client, query: str) -> None:
    assert importer.get(f"/import/buildings/at?{query}").status_code == 422
