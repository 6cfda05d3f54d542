"""Twins and corrections on pages: proposed side by side, flagged in the list, joined by a button, followed by reporters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from gridmgmt.cases.models import Case, Category
from gridmgmt.organisation.models import User
from tests.world import World

Browser = Callable[[str], Client]
Report = Callable[..., Case]


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def act(client: Client, case: Case, action: str, **fields: str) -> Any:
    case.refresh_from_db()
    values = {"action": action, "version": str(case.version), **fields}
    return client.post(f"/cases/{case.number}/steps", values, headers={"Accept": "application/json"})


def test_the_panel_proposes_the_earlier_case_and_joins_with_one_press(
    as_person: Browser, new_case: Report
) -> None:
    first, second = new_case("A"), new_case("A")
    client = as_person("acceptor")
    page = text(client, f"/cases/{second.number}")
    assert "疑似同一事项" in page
    assert f'name="master" value="{first.number}"' in page
    assert act(client, second, "merge", master=first.number).status_code == 200
    assert "疑似同一事项" not in text(client, f"/cases/{second.number}")
    second.refresh_from_db()
    assert second.master == first


def test_departments_and_neighbours_are_not_told(as_person: Browser, new_case: Report) -> None:
    new_case("A")
    second = new_case("A")
    assert "疑似同一事项" not in text(as_person("handler"), f"/cases/{second.number}")
    assert as_person("neighbour").get(f"/cases/{second.number}").status_code == 404


def test_the_acceptors_list_flags_twins_with_one_more_query(as_person: Browser, new_case: Report) -> None:
    new_case("A")
    assert "疑似重复" not in text(as_person("acceptor"), "/cases")
    new_case("A")
    assert text(as_person("acceptor"), "/cases").count("疑似重复") == 2
    assert "疑似重复" not in text(as_person("worker"), "/cases")


def test_the_reporter_of_a_joined_case_sees_how_far_the_master_is(
    as_person: Browser, new_case: Report
) -> None:
    first, second = new_case("A"), new_case("A")
    centre = as_person("acceptor")
    act(centre, second, "merge", master=first.number)
    act(centre, first, "accept")
    assert "已并案 · 待立案" in text(as_person("worker"), "/my-reports")
    assert "待立案" in text(as_person("worker"), f"/cases/{second.number}")


def test_a_category_is_corrected_by_key_and_name(as_person: Browser, new_case: Report) -> None:
    case = new_case("A")
    client = as_person("acceptor")
    assert "correct_category" in text(client, f"/cases/{case.number}")
    answer = act(client, case, "correct_category", category="E0501 供水管道破裂", text="看错了")
    assert answer.status_code == 200
    case.refresh_from_db()
    assert case.category_id == "E0501"
    assert "E0110 → E0501" in text(client, f"/cases/{case.number}")


def test_a_position_is_corrected(as_person: Browser, new_case: Report, world: World) -> None:
    case = new_case("A")
    lon, lat = world.point("B")
    client = as_person("dispatcher")
    assert act(client, case, "correct_point", point=f"{lon},{lat}", text="定位漂移").status_code == 200
    assert f"{world.cells['A'].code} → {world.cells['B'].code}" in text(client, f"/cases/{case.number}")
    bad = act(client, case, "correct_point", point="nan,nan", text="x")
    assert bad.status_code in (400, 422)


def test_settings_are_read_by_the_centre_and_written_by_the_administrator(as_person: Browser) -> None:
    change = {"category": "E0110", "metres": "30", "hours": "12"}
    assert "暴露" in text(as_person("leader"), "/routing/duplicates?text=E0110")
    assert as_person("worker").get("/routing/duplicates").status_code == 403
    assert as_person("leader").post("/routing/duplicates/change", change).status_code == 403
    client = Client()
    client.force_login(User.objects.create(username="root", name="管理员", is_superuser=True))
    assert client.post("/routing/duplicates/change", change).status_code == 302
    row = Category.objects.get(key="E0110")
    assert (row.duplicate_m, row.duplicate_hours) == (30, 12)
    assert text(client, "/routing/duplicates?only=1").count("<tr>") == 2
    assert client.get("/routing/duplicates.csv?only=1").status_code == 200


@pytest.mark.parametrize(
    "changes",
    [{"metres": "-1"}, {"metres": "nan"}, {"hours": "99999"}, {"category": "E9999"}, {"category": ""}],
)
def test_a_forged_setting_is_refused(world: World, changes: dict[str, str]) -> None:
    client = Client()
    client.force_login(User.objects.create(username="root", name="管理员", is_superuser=True))
    change = {"category": "E0110", "metres": "30", "hours": "12"} | changes
    assert client.post("/routing/duplicates/change", change).status_code == 422
