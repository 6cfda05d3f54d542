"""Catalogue and cells: complete, and 304 while nothing changes."""

from __future__ import annotations

from gridmgmt.cases.models import Category
from tests.mobile_api.conftest import Phone


def test_catalogue_has_every_active_category_with_its_standards(world, phone):
    known = phone.get("catalogue").json()
    keys = [category["key"] for category in known["categories"]]
    assert sorted(keys) == sorted(Category.objects.filter(active=True).values_list("key", flat=True))
    rubbish = next(category for category in known["categories"] if category["key"] == "E0110")
    assert rubbish["standards"][0]["limit_unit"] in {"urgent_hour", "urgent_day", "work_hour", "work_day"}
    assert {"worker", "hotline"} <= {source["key"] for source in known["sources"]}
    assert "reported" in {stage["key"] for stage in known["stages"]}


def test_catalogue_is_304_until_reference_data_changes(world, phone):
    tag = phone.get("catalogue")["ETag"]
    again = phone.get("catalogue", **{"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    Category.objects.filter(key="E0110").update(active=False)
    changed = phone.get("catalogue", **{"if-none-match": tag})
    assert changed.status_code == 200
    assert changed["ETag"] != tag
    assert "E0110" not in {category["key"] for category in changed.json()["categories"]}


def test_known_catalogue_costs_one_query(world, phone, django_assert_num_queries):
    phone.get("catalogue")
    with django_assert_num_queries(1):
        phone.get("catalogue")


def test_my_cells_are_those_of_my_duty_as_geojson(world, phone):
    answer = phone.get("cells")
    codes = {feature["properties"]["code"] for feature in answer.json()["features"]}
    assert codes == {world.cells[letter].code for letter in "ABCD"}
    assert answer.json()["features"][0]["geometry"]["type"] == "MultiPolygon"
    assert phone.get("cells", **{"if-none-match": f"W/{answer['ETag']}"}).status_code == 304


def test_without_duty_the_cells_of_the_roles(world):
    codes = {f["id"] for f in Phone(world, "other_worker").get("cells").json()["features"]}
    assert codes == {world.cells[letter].code for letter in "abcdefgh"}


def test_neighbour_sees_none_of_our_cells(world):
    ours = {cell.code for cell in world.cells.values()}
    assert not ours & {f["id"] for f in Phone(world, "neighbour").get("cells").json()["features"]}
