"""Component codes in both layouts, the class they hold, and owners as files name them."""

from __future__ import annotations

from pathlib import Path

import pytest

from geodata.models import Component
from gridmgmt.cases.models.catalogue import ComponentOwner
from gridmgmt.organisation.models import Department
from tests.importers.conftest import Run, codes, collection, fates, point

pytestmark = pytest.mark.django_db
COUNTY = "000101"


def lamps(path: Path, *rows: dict[str, str]) -> Path:
    return collection(path, *[(point(113 + at / 1000, 23), row) for at, row in enumerate(rows)])


@pytest.mark.parametrize(
    ("row", "class_code", "reason"),
    [
        ({"部件编码": "0001010101000001", "分类代码": "0101"}, "0101", ""),
        ({"部件编码": "0001010100700001", "分类代码": "01007"}, "01007", ""),
        ({"部件编码": "0001010101000001", "编码结构": "2+2+6"}, "0101", "taken_from_code"),
        ({"部件编码": "0001010199900001", "编码结构": "2+3+5"}, "01999", "taken_from_code"),
        ({"部件编码": "0001010101000001"}, "", "component_layout_unsaid"),
        ({"部件编码": "0001010101000001", "分类代码": "0102"}, "", "class_against_code"),
        ({"部件编码": "0001010199900001", "分类代码": "01998"}, "", "class_against_code"),
        ({"部件编码": "0001010100000001", "分类代码": "0100"}, "", "component_class_zero"),
        ({"部件编码": "0001010100700000", "分类代码": "01007"}, "", "component_serial_zero"),
        ({"部件编码": "00010101", "分类代码": "0101"}, "", "code_malformed"),
        ({"部件编码": "0001010101000001", "分类代码": "0101", "编码结构": "4+4"}, "", "value_unknown"),
    ],
)
def test_both_layouts(run: Run, tmp_path: Path, row: dict[str, str], class_code: str, reason: str) -> None:
    path = lamps(tmp_path / "c.geojson", {"@id": "1", **row})
    batch = run("components", path, datum="wgs84", county=COUNTY, to="applied")
    assert not reason or reason in codes(batch)
    assert fates(batch) == ({"new": 1} if class_code else {"rejected": 1})
    made = Component.objects.first()
    assert (made.class_code if made else "") == class_code


def test_missing_codes_are_made_in_the_layout_of_their_class(run: Run, tmp_path: Path) -> None:
    rows = [{"@id": "1", "分类代码": "0101"}, {"@id": "2", "分类代码": "01007"}]
    run("components", lamps(tmp_path / "c.geojson", *rows), datum="wgs84", county=COUNTY, to="applied")
    assert set(Component.objects.values_list("code", flat=True)) == {"0001010101000001", "0001010100700001"}


def test_owners_are_named_by_key_name_or_department(run: Run, tmp_path: Path) -> None:
    for key, name, department in (
        ("water", "供水单位", "w"),
        ("gas", "燃气单位", "g"),
        ("heat", "供热单位", "h"),
        ("steam", "供汽单位", "h"),
    ):
        ComponentOwner.objects.create(key=key, name=name, department_key=department)
    for key, name in (("g", "燃气公司"), ("h", "热力公司")):
        Department.objects.create(key=key, name=name, path=f"/{key}/", level=9, scope_code=COUNTY)
    said = {"1": "water", "2": "供水单位", "3": "燃气公司", "4": "热力公司", "5": ""}
    rows = [{"@id": key, "分类代码": "0101", "权属单位": owner} for key, owner in said.items()]
    path = lamps(tmp_path / "c.geojson", *rows)
    batch = run("components", path, datum="wgs84", county=COUNTY)
    assert batch.summary["reasons"]["note"] == {"outside_areas": 5, "owner_unknown": 1}
    batch = run("components", path, datum="wgs84", county=COUNTY, to="applied")
    assert batch.summary["reasons"]["note"]["owner_unknown"] == 1, "judged twice, noted once"
    owners = dict(Component.objects.values_list("external_id", "owner_key"))
    assert owners == {"1": "water", "2": "water", "3": "gas", "4": "热力公司", "5": ""}
    again = run("components", path, datum="wgs84", county=COUNTY, to="applied")
    assert fates(again) == {"same": 5}
