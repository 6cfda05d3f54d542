"""The real files: read, written, the same a second time, taken back to nothing; the same place in every datum."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path

import geopandas
import pytest
from django.contrib.gis.db.models import Union
from django.db import connection

from geodata.crs import from_wgs84
from geodata.models import Area, Building, Component, ContextFeature, Organisation
from importers import actions
from importers.models import ImportBatch
from tests.importers.conftest import AT, Run, codes, fates

pytestmark = [pytest.mark.shared, pytest.mark.django_db]
LATER = AT + timedelta(hours=1)


def yuexiu(shared_data: Path, name: str) -> Path:
    return shared_data / "boundaries-yuexiu" / f"yuexiu_{name}_wgs84.geojson"


def test_streets_of_yuexiu_with_their_county(shared_data: Path, run: Run) -> None:
    path = yuexiu(shared_data, "subdistricts_18")
    batch = run("areas", path, to="applied", profile="yuexiu-subdistricts")
    assert fates(batch) == {"new": 18}
    assert codes(batch) == set()
    assert Area.objects.get(code="440104004").name == "六榕街道"
    county = Area.objects.get(code="440104")
    assert (county.name, county.source) == ("越秀区", "union")
    assert county.area_m2 == pytest.approx(33.648e6, rel=0.001)
    assert Area.objects.filter(level=9, parent_id="440104").count() == 18
    again = run("areas", path, to="applied", profile="yuexiu-subdistricts", at=LATER)
    assert fates(again) == {"same": 18}
    actions.undo(batch_id=again.pk, by=None, at=LATER)
    actions.undo(batch_id=batch.pk, by=None, at=LATER)
    assert Area.objects.count() == 0


def test_context_of_yuexiu_lies_in_its_county(shared_data: Path, run: Run) -> None:
    run("areas", yuexiu(shared_data, "subdistricts_18"), to="applied", profile="yuexiu-subdistricts")
    files = (
        ("roads", "yuexiu-roads", 4043),
        ("green", "yuexiu-green", 354),
        ("water_polygon", "yuexiu-water", 41),
        ("water", "yuexiu-water", 52),
    )
    batches: list[ImportBatch] = []
    for name, profile, count in files:
        batch = run("context", yuexiu(shared_data, name), to="applied", profile=profile)
        assert fates(batch) == {"new": count}, name
        batches.append(batch)
    assert ContextFeature.objects.filter(county="440104").count() == 4490
    assert ContextFeature.objects.filter(kind="road").exclude(name="").count() == 1817
    again = run("context", yuexiu(shared_data, "roads"), to="applied", profile="yuexiu-roads", at=LATER)
    assert fates(again) == {"same": 4043}
    for batch in (*batches, again):
        actions.undo(batch_id=batch.pk, by=None, at=LATER)
    assert ContextFeature.objects.count() == 0


def test_buildings_and_points_of_shanghai(shared_data: Path, run: Run) -> None:
    folder = shared_data / "buildings-shanghai"
    buildings = run(
        "buildings", folder / "buildings_merged.geojson", to="applied", profile="shanghai-buildings"
    )
    assert fates(buildings) == {"new": 1450}
    assert Building.objects.filter(height_m=17, floors=5).exists()
    assert Building.objects.filter(height_m=23, floors=7).exists()
    assert not Building.objects.filter(floors__gt=100).exists()
    shops = run("organisations", folder / "pois.geojson", to="applied", profile="shanghai-pois-organisations")
    things = run("components", folder / "pois.geojson", to="applied", profile="shanghai-pois-components")
    assert fates(shops) == {"new": 189, "conflict": 2, "rejected": 2}
    assert fates(things) == {"new": 179, "rejected": 1}
    assert shops.counts["read"] == 494 == shops.counts["in"] + shops.counts["left_out"]
    assert Organisation.objects.filter(building__isnull=False).count() > 100
    assert Component.objects.filter(class_code="0298").count() == 77
    for kind, name, profile in (
        ("buildings", "buildings_merged", "shanghai-buildings"),
        ("organisations", "pois", "shanghai-pois-organisations"),
        ("components", "pois", "shanghai-pois-components"),
    ):
        again = run(kind, folder / f"{name}.geojson", to="applied", profile=profile, at=LATER)
        assert again.counts["new"] == again.counts["changed"] == 0, kind
    for batch in (things, shops, buildings):
        actions.undo(batch_id=batch.pk, by=None, at=LATER)
    assert (Component.objects.count(), Organisation.objects.count(), Building.objects.count()) == (0, 0, 0)


def test_openstreetmap_extract_of_helsinki(shared_data: Path, run: Run) -> None:
    path = shared_data / "pbf-helsinki" / "Helsinki.osm.pbf"
    batch = run("buildings", path, to="applied", profile="helsinki-buildings")
    assert batch.counts["in"] == 494
    assert fates(batch) == {"new": 482, "rejected": 12}
    assert codes(batch) == {"outside_areas", "repaired", "geometry_unreadable", "geometry_invalid"}
    assert Building.objects.filter(floors__isnull=False).count() > 150
    roads = run("context", path, to="applied", profile="helsinki-roads")
    assert fates(roads) == {"new": roads.counts["in"]}
    assert roads.counts["in"] > 2000
    assert fates(run("buildings", path, to="applied", profile="helsinki-buildings", at=LATER)) == {
        "same": 482,
        "rejected": 12,
    }


def test_division_codes_of_one_county_without_boundaries(shared_data: Path, run: Run) -> None:
    path = shared_data / "division-codes" / "streets.csv"
    batch = run("areas", path, to="applied", profile="division-streets", prefixes=("440104",))
    assert batch.counts["new"] == 18
    assert batch.counts["rejected"] == 41352 - 18
    assert batch.summary["reasons"]["error"]["outside_scope"] == 41352 - 18
    boundaries = run(
        "areas", yuexiu(shared_data, "subdistricts_18"), to="applied", profile="yuexiu-subdistricts"
    )
    assert fates(boundaries) == {"changed": 18}
    again = run("areas", path, to="applied", profile="division-streets", prefixes=("440104",), at=LATER)
    assert again.counts["same"] == 18
    assert Area.objects.filter(level=9, geom__isnull=False).count() == 18


@pytest.mark.parametrize("form", ["gpkg", "shapefile", "csv"])
def test_other_formats_and_datums_give_the_same_places(
    shared_data: Path, run: Run, tmp_path: Path, form: str
) -> None:
    """EPSG:4547 in GeoPackage and Shapefile, GCJ-02 in CSV: within half a metre of the original."""
    green = geopandas.read_file(yuexiu(shared_data, "green"))
    names = [f"绿地 {number} 号路" for number in green["osm_id"]]
    frame = geopandas.GeoDataFrame(
        {"id": green["osm_id"], "name": names}, geometry=green.representative_point(), crs=4326
    )
    if form == "csv":
        path = _as_gcj02(frame, tmp_path / "points.csv")
        batch = run("organisations", path, to="applied", datum="gcj02", county="440104")
    else:
        path = tmp_path / ("points.gpkg" if form == "gpkg" else "points.shp")
        frame.to_crs(4547).to_file(path, encoding="gb18030" if form == "shapefile" else None)
        batch = run("organisations", path, to="applied", county="440104", fields={"external_id": "id"})
    assert fates(batch) == {"new": len(frame)}
    assert Organisation.objects.filter(name__contains="路").exists()
    truth = {str(row.id): row.geometry for row in frame.itertuples()}
    for found in Organisation.objects.all():
        place = truth[found.external_id]
        metres_north, metres_east = (found.geom.y - place.y) * 110_900, (found.geom.x - place.x) * 102_400
        assert (metres_north**2 + metres_east**2) ** 0.5 < 0.5


def _as_gcj02(frame: geopandas.GeoDataFrame, path: Path) -> Path:
    with path.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["唯一标识", "名称", "经度", "纬度"])
        for row in frame.itertuples():
            writer.writerow([row.id, row.name, *from_wgs84(row.geometry.x, row.geometry.y, "gcj02")])
    return path


def test_the_union_of_streets_is_their_county(shared_data: Path, run: Run) -> None:
    run("areas", yuexiu(shared_data, "subdistricts_18"), to="applied", profile="yuexiu-subdistricts")
    streets = Area.objects.filter(level=9).aggregate(whole=Union("geom"))["whole"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ST_Area(ST_SymDifference(geom, %s::geometry)::geography) FROM geodata_area WHERE level = 6",
            [streets.ewkt],
        )
        assert cursor.fetchone()[0] < 1.0
