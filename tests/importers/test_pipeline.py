"""In = new + changed + same + conflict + rejected; a second run changes nothing; undo restores the state before."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon

from geodata.errors import DomainError
from geodata.models import Area, Building, Cell, Component, Edition, Organisation
from importers import actions, staging
from importers.models import ImportImage
from tests.importers.conftest import AT, Run, codes, collection, fates, point, square

pytestmark = pytest.mark.django_db
COUNTY = "000101"


def dump(model: type) -> list[tuple[object, ...]]:
    """Every stored value of a table, in order."""
    names = [
        field.attname
        for field in model._meta.concrete_fields  # type: ignore[attr-defined]
        if not getattr(field, "generated", False)
    ]
    rows = model.objects.order_by("pk").values_list(*names)  # type: ignore[attr-defined]
    return [tuple(value.wkb if hasattr(value, "wkb") else value for value in row) for row in rows]


def box(lon: float, lat: float, size: float) -> MultiPolygon:
    """A square as the database has it."""
    corners = ((lon, lat), (lon + size, lat), (lon + size, lat + size), (lon, lat + size), (lon, lat))
    return MultiPolygon(Polygon(corners), srid=4326)


@pytest.fixture
def two_cells() -> None:
    """A community of two cells side by side, west ...001 and east ...002."""
    Area.objects.create(code="000101001001", level=12, name="甲社区", geom=box(113, 23, 0.02))
    edition = Edition.objects.create(scope_code="000101", number=1, state="active", valid_from=AT)
    for number, lon in ((1, 113.0), (2, 113.01)):
        Cell.objects.create(
            edition=edition,
            code=f"00010100100100{number}",
            county=COUNTY,
            community_code="000101001001",
            geom=box(lon, 23, 0.01),
            active=True,
        )


def test_new_rows_are_written_with_source_and_datum(run: Run, tmp_path: Path) -> None:
    path = collection(tmp_path / "b.geojson", (square(113, 23), {"@id": "7", "name": "甲楼", "floors": "6"}))
    batch = run("buildings", path, to="applied", datum="wgs84", county=COUNTY, source="survey")
    assert fates(batch) == {"new": 1}
    building = Building.objects.get()
    assert (building.source, building.external_id, building.floors) == ("survey", "7", 6)
    assert (building.source_datum, building.county, building.use) == ("wgs84", COUNTY, "other")
    assert building.id.version == 7


def test_second_run_changes_nothing(run: Run, tmp_path: Path) -> None:
    path = collection(
        tmp_path / "b.geojson",
        (square(113, 23), {"@id": "7", "name": "甲楼"}),
        (square(114, 23), {"name": "无编号"}),
    )
    said = {"datum": "gcj02", "county": COUNTY}
    run("buildings", path, to="applied", **said)
    before = dump(Building)
    again = run("buildings", path, to="applied", at=AT + timedelta(hours=1), **said)
    assert fates(again) == {"same": 2}
    assert dump(Building) == before


def test_empty_value_never_overwrites(run: Run, tmp_path: Path) -> None:
    full = collection(tmp_path / "1.geojson", (square(113, 23), {"@id": "7", "name": "甲楼", "floors": 6}))
    thin = collection(tmp_path / "2.geojson", (square(113, 23), {"@id": "7", "name": "", "floors": 7}))
    run("buildings", full, to="applied", datum="wgs84", county=COUNTY)
    batch = run("buildings", thin, to="applied", datum="wgs84", county=COUNTY)
    assert fates(batch) == {"changed": 1}
    building = Building.objects.get()
    assert (building.name, building.floors) == ("甲楼", 7)


def test_undo_restores_changed_rows_and_removes_new_ones(run: Run, tmp_path: Path) -> None:
    first = collection(tmp_path / "1.geojson", (square(113, 23), {"@id": "7", "name": "甲楼", "高": 3.25}))
    second = collection(
        tmp_path / "2.geojson",
        (square(113.0000001, 23), {"@id": "7", "name": "乙楼"}),
        (square(113.1, 23), {"@id": "8"}),
    )
    run("buildings", first, to="applied", datum="wgs84", county=COUNTY)
    before = dump(Building)
    batch = run("buildings", second, to="applied", datum="wgs84", county=COUNTY, at=AT + timedelta(hours=1))
    assert fates(batch) == {"new": 1, "changed": 1}
    assert dump(Building) != before
    undone = actions.undo(batch_id=batch.pk, by=None, at=AT + timedelta(hours=2))
    assert undone.state == "undone"
    assert dump(Building) == before
    assert not ImportImage.objects.filter(batch=batch).exists()
    assert actions.undo(batch_id=batch.pk, by=None, at=AT).state == "undone"


def test_undo_refuses_rows_changed_since(run: Run, tmp_path: Path) -> None:
    path = collection(tmp_path / "b.geojson", (square(113, 23), {"@id": "7"}))
    batch = run("buildings", path, to="applied", datum="wgs84", county=COUNTY)
    building = Building.objects.get()
    building.name = "by hand"
    building.save()
    with pytest.raises(DomainError) as caught:
        actions.undo(batch_id=batch.pk, by=None, at=AT)
    assert (caught.value.code, caught.value.data["count"]) == ("undo_rows_changed", 1)
    assert Building.objects.get().name == "by hand"


def test_undo_refuses_rows_that_others_use(run: Run, tmp_path: Path) -> None:
    path = collection(tmp_path / "b.geojson", (square(113, 23), {"@id": "7"}))
    batch = run("buildings", path, to="applied", datum="wgs84", county=COUNTY)
    shop = collection(tmp_path / "o.geojson", (point(113.0005, 23.0005), {"name": "小店"}))
    run("organisations", shop, to="applied", datum="wgs84", county=COUNTY)
    assert Organisation.objects.get().building_id == Building.objects.get().pk
    with pytest.raises(DomainError) as caught:
        actions.undo(batch_id=batch.pk, by=None, at=AT)
    assert caught.value.code == "undo_rows_in_use"
    assert Building.objects.count() == 1


def test_every_bad_field_is_reported_with_place_and_value(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    path.write_text(
        "名称,统一社会信用代码,所在楼层,经度,纬度\n,91440101MA00000000,二楼,113.1,23.1\n好店,,2,113.1,23.1\n",
        encoding="utf-8",
    )
    batch = run("organisations", path, datum="wgs84", county=COUNTY)
    assert fates(batch) == {"new": 1, "rejected": 1}
    found = {(row.ref, row.field, row.value) for row in batch.findings.filter(severity="error")}
    assert found == {
        ("line 2", "name", ""),
        ("line 2", "credit_code", "91440101MA00000000"),
        ("line 2", "floor", "二楼"),
    }


def test_rows_are_stamped_by_cell_then_area_then_county(run: Run, tmp_path: Path, two_cells: None) -> None:
    Area.objects.create(code="000101002", level=9, name="乙街道", geom=box(113.1, 23, 0.01))
    path = collection(
        tmp_path / "c.geojson",
        (point(113.005, 23.005), {"@id": "1", "class_code": "0101"}),
        (point(113.01, 23.005), {"@id": "2", "class_code": "0101"}),
        (point(113.105, 23.005), {"@id": "3", "class_code": "0101"}),
        (point(120, 30), {"@id": "4", "class_code": "0102"}),
    )
    batch = run("components", path, to="applied", datum="wgs84", county=COUNTY)
    stamped = dict(Component.objects.values_list("external_id", "cell_code"))
    border = "000101001001001"
    assert stamped == {"1": "000101001001001", "2": border, "3": "000101002", "4": COUNTY}
    assert codes(batch) == {"outside_areas"}
    assert sorted(Component.objects.values_list("code", flat=True)) == [
        "0001010101000001",
        "0001010101000002",
        "0001010101000003",
        "0001010102000001",
    ]


def test_outside_rows_are_rejected_when_asked_or_without_a_county(run: Run, tmp_path: Path) -> None:
    path = collection(tmp_path / "c.geojson", (point(120, 30), {"@id": "4", "class_code": "0102"}))
    for said in ({"county": COUNTY, "outside": "reject"}, {}):
        batch = run("components", path, datum="wgs84", **said)
        assert (fates(batch), codes(batch)) == ({"rejected": 1}, {"outside_areas"})


def test_nobody_writes_outside_their_grants(run: Run, tmp_path: Path, two_cells: None) -> None:
    path = collection(
        tmp_path / "c.geojson",
        (point(113.005, 23.005), {"@id": "1", "class_code": "0101"}),
        (point(113.015, 23.005), {"@id": "2", "class_code": "0101"}),
    )
    batch = run("components", path, to="applied", datum="wgs84", prefixes=("000101001001002",))
    assert fates(batch) == {"new": 1, "rejected": 1}
    assert codes(batch) == {"outside_scope"}
    areas = collection(tmp_path / "a.geojson", (square(113, 23), {"code": "000102", "name": "乙区"}))
    assert codes(run("areas", areas, datum="wgs84", prefixes=("000101",))) == {"outside_scope"}


def test_same_key_with_other_content_is_a_conflict_and_a_repeat_is_told(run: Run, tmp_path: Path) -> None:
    path = collection(
        tmp_path / "b.geojson",
        (square(113, 23), {"@id": "1", "name": "甲"}),
        (square(113, 23), {"@id": "1", "name": "甲"}),
        (square(114, 23), {"@id": "2", "name": "乙"}),
        (square(114, 23), {"@id": "2", "name": "丙"}),
    )
    batch = run("buildings", path, to="applied", datum="wgs84", county=COUNTY)
    assert fates(batch) == {"new": 1, "conflict": 2, "rejected": 1}
    assert codes(batch) == {"repeated_in_file", "key_twice_in_file", "outside_areas"}
    assert Building.objects.get().name == "甲"


def test_id_and_code_that_point_to_two_rows_are_a_conflict(run: Run, tmp_path: Path) -> None:
    code_a, code_b = "00010100100100001", "00010100100100002"
    first = collection(
        tmp_path / "1.geojson",
        (square(113, 23), {"@id": "1", "code": code_a}),
        (square(114, 23), {"@id": "2", "code": code_b}),
    )
    second = collection(
        tmp_path / "2.geojson",
        (square(113, 23), {"@id": "1", "code": code_b}),
        (square(115, 23), {"@id": "3", "code": code_a}),
    )
    run("buildings", first, to="applied", datum="wgs84", county=COUNTY)
    batch = run("buildings", second, to="applied", datum="wgs84", county=COUNTY)
    assert fates(batch) == {"conflict": 2}
    assert {"two_rows_match", "code_taken"} <= codes(batch)


def test_refused_headings_are_dropped_and_named(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    path.write_text(
        "name,lon,lat,政治面貌,联系电话,面积\n小店,113.1,23.1,群众,13900000000,30\n", encoding="utf-8"
    )
    batch = run("organisations", path, to="applied", datum="wgs84", county=COUNTY)
    assert batch.summary["dropped_columns"] == ["政治面貌", "联系电话"]
    assert Organisation.objects.get().extra == {"面积": "30"}


def test_cells_become_a_draft_edition_and_twice_makes_no_second(
    run: Run, tmp_path: Path, two_cells: None
) -> None:
    def cells(split: float) -> Path:
        return collection(
            tmp_path / f"{split}.geojson",
            (
                {"type": "Polygon", "coordinates": [ring(113, split)]},
                {"code": "000101001001001", "name": "西"},
            ),
            ({"type": "Polygon", "coordinates": [ring(split, 113.02)]}, {"code": "000101001001002"}),
        )

    def ring(west: float, east: float) -> list[list[float]]:
        return [[west, 23], [east, 23], [east, 23.02], [west, 23.02], [west, 23]]

    batch = run("cells", cells(113.012), to="applied", datum="wgs84")
    assert fates(batch) == {"changed": 2}
    drafted = Edition.objects.get(pk=batch.summary["edition"]["id"])
    assert (drafted.scope_code, drafted.number, drafted.state) == (COUNTY, 2, "draft")
    assert not drafted.cells.filter(active=True).exists()
    again = run("cells", cells(113.012), to="applied", datum="wgs84")
    assert fates(again) == {"same": 2}
    assert Edition.objects.count() == 2
    actions.undo(batch_id=batch.pk, by=None, at=AT)
    assert Edition.objects.count() == 1


def test_undo_after_an_activation_gives_the_present_cell(run: Run, tmp_path: Path, two_cells: None) -> None:
    first = collection(tmp_path / "1.geojson", (point(113.012, 23.005), {"@id": "1", "class_code": "0101"}))
    second = collection(
        tmp_path / "2.geojson", (point(113.012, 23.005), {"@id": "1", "class_code": "0101", "name": "灯"})
    )
    run("components", first, to="applied", datum="wgs84")
    batch = run("components", second, to="applied", datum="wgs84")
    later = Edition.objects.create(
        scope_code="000101", number=2, state="draft", valid_from=AT + timedelta(days=1)
    )
    Cell.objects.filter(active=True).update(active=False)
    Cell.objects.create(
        edition=later,
        code="000101001001009",
        county=COUNTY,
        community_code="000101001001",
        geom=box(113, 23, 0.02),
        active=True,
    )
    Component.objects.update(cell_code="000101001001009")
    actions.undo(batch_id=batch.pk, by=None, at=AT + timedelta(days=2))
    component = Component.objects.get()
    assert (component.name, component.cell_code) == ("", "000101001001009")


def test_same_unfinished_file_is_taken_up_again(run: Run, tmp_path: Path) -> None:
    path = collection(tmp_path / "b.geojson", (square(113, 23), {"@id": "7"}))
    first = run("buildings", path, datum="wgs84", county=COUNTY)
    assert run("buildings", path, datum="wgs84", county=COUNTY).pk == first.pk
    assert run("buildings", path, datum="wgs84", county="000102").pk != first.pk


def test_staging_that_a_crash_emptied_is_read_again(run: Run, tmp_path: Path) -> None:
    path = collection(tmp_path / "b.geojson", (square(113, 23), {"@id": "7"}))
    batch = run("buildings", path, datum="wgs84", county=COUNTY)
    staging.drop(batch.pk)
    applied = actions.apply(batch_id=batch.pk, by=None, at=AT)
    assert (fates(applied), Building.objects.count()) == ({"new": 1}, 1)


def test_settled_imports_leave_no_staging_and_no_file(run: Run, tmp_path: Path) -> None:
    path = collection(tmp_path / "b.geojson", (square(113, 23), {"@id": "7"}))
    kept = run("buildings", path, datum="wgs84", county=COUNTY)
    assert staging.present() == {kept.pk}
    assert actions.tidy(AT) == 0
    actions.discard(batch_id=kept.pk)
    assert staging.present() == set()
    assert not list((tmp_path / "var" / "imports").iterdir())
    with pytest.raises(DomainError, match="batch_wrong_state"):
        actions.apply(batch_id=kept.pk, by=None, at=AT)
