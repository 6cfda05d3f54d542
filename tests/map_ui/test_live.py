"""What the live map reads stays within the scope."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from gridmgmt.cases.models import Case
from tests.registers import people
from tests.world import World

Browser = Callable[[str], Client]
Report = Callable[..., Case]


def test_the_state_has_points_counts_and_figures(as_person: Browser, new_case: Report) -> None:
    case = new_case("A")
    state = as_person("leader").get("/map/state").json()
    assert [point["properties"]["number"] for point in state["cases"]["features"]] == [case.number]
    assert [(cell["code"], cell["open"]) for cell in state["cells"]] == [(case.cell_code, 1)]
    assert state["figures"]["open"] == 1


def test_the_neighbour_sees_nothing_of_it(as_person: Browser, new_case: Report) -> None:
    case = new_case("A")
    client = as_person("neighbour_leader")
    assert client.get("/map/state").json()["cases"]["features"] == []
    assert client.get(f"/cases/{case.number}").status_code == 404
    assert client.get(f"/cases/{case.number}/panel").status_code == 404
    assert client.get(f"/map/cells/{case.cell_code}").status_code == 404
    assert client.get("/map/search", {"q": case.number}).json()["findings"] == []


def test_a_clicked_point_names_its_cell(world: World, as_person: Browser) -> None:
    lon, lat = world.point("c")
    found = as_person("leader").get("/map/at", {"lon": lon, "lat": lat}).json()
    assert found == {"code": world.cells["c"].code}


@pytest.mark.parametrize("query", ["", "?lon=x&lat=1", "?lon=nan&lat=1", "?lon=181&lat=1"])
def test_a_point_that_is_none_is_refused(as_person: Browser, query: str) -> None:
    answer = as_person("leader").get(f"/map/at{query}", headers={"Accept": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["code"] == "bad_point"


def test_the_card_tells_who_answers_and_what_is_open(
    world: World, as_person: Browser, new_case: Report
) -> None:
    case = new_case("A")
    page = as_person("leader").get(f"/map/cells/{case.cell_code}").content.decode()
    assert case.number in page
    assert "worker" in page  # the duty of the community's worker
    assert world.cells["A"].name in page


def test_cases_cells_are_found_by_number_and_code(world: World, as_person: Browser, new_case: Report) -> None:
    case = new_case("A")
    client = as_person("leader")
    kinds = {
        text: [found["kind"] for found in client.get("/map/search", {"q": text}).json()["findings"]]
        for text in (case.number[-6:], case.cell_code, "不存在的")
    }
    assert "case" in kinds[case.number[-6:]]
    assert kinds[case.cell_code] == ["cell"]
    assert kinds["不存在的"] == []


def test_a_changed_case_alone_is_read_again(as_person: Browser, new_case: Report) -> None:
    new_case("A")
    client = as_person("leader")
    later = "2030-01-01T00:00:00+08:00"
    assert client.get("/map/state", {"since": later}).json()["cases"]["features"] == []
    wrong = client.get("/map/state", {"since": "yesterday"}, headers={"Accept": "application/json"})
    assert wrong.json()["code"] == "bad_time"


def test_reading_the_state_takes_few_queries(
    as_person: Browser, new_case: Report, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    for letter in "ABCD":
        new_case(letter)
    client = as_person("leader")
    with django_assert_max_num_queries(6):  # type: ignore[attr-defined]
        client.get("/map/state")


def test_a_click_on_a_building_leads_to_its_doors(world: World, client: Client) -> None:
    building = people.build(world).buildings["one"]
    lon, lat = building.geom.point_on_surface.coords
    address = f"/map/cells/{building.cell_code}?lon={lon}&lat={lat}"
    client.force_login(world.worker)
    assert f"/buildings/{building.pk}" in client.get(address).content.decode()
    assert f"/buildings/{building.pk}" not in client.get(address.partition("?")[0]).content.decode()
    assert client.get(f"/map/cells/{building.cell_code}?lon=x").status_code == 400
    client.force_login(world.other_worker)
    assert client.get(address).status_code == 404
