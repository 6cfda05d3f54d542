"""What no page of ours sends is refused in words, and never reaches the log as a fault of ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from geodata.ids import uuid7
from gridmgmt.cases.models import Report
from tests.world import World

Browser = Callable[[str], Client]
REFUSED = {
    "body_not_json",
    "field_unknown",
    "field_invalid",
    "clock_impossible",
    "photo_twice",
    "number_not_finite",
}
PHOTO = {"id": "00000000-0000-7000-8000-000000000001", "sha256": "0" * 64}


def frozen(world: World, **changes: Any) -> str:
    lon, lat = world.point("A")
    report = {"category": "E0110", "text": "一堆垃圾", "address": "", "photos": []}
    point = {"x": lon, "y": lat, "datum": "wgs84"}
    report |= {"point": point, "captured_at": "2026-11-20T02:00:00Z"} | changes
    return json.dumps(report)


@pytest.mark.parametrize(
    "changes",
    [
        {"more": float("nan")},
        {"more": "\x00"},
        {"more": {"\x00": 1}},
        {"more": "\ud800"},
        {"text": "\ud800"},
        {"point": {"x": 10**400, "y": 1, "datum": "wgs84"}},
        {"captured_at": "0001-01-01T00:00:00+14:00"},
        {"captured_at": "9999-12-31T23:59:59-14:00"},
        {"photos": [PHOTO, PHOTO]},
    ],
)
def test_a_report_that_could_not_be_stored_is_refused(
    world: World, as_person: Browser, changes: dict[str, Any]
) -> None:
    answer = as_person("worker").post(
        f"/report/{uuid7()}/send",
        frozen(world, **changes),
        content_type="application/json",
        headers={"Accept": "application/json"},
    )
    assert answer.status_code in {400, 422}
    assert answer.json()["code"] in REFUSED
    assert not Report.objects.exists()


def test_the_empty_number_is_nobodys(world: World, as_person: Browser) -> None:
    address = f"/report/{UUID(int=0)}/send"
    answer = as_person("worker").post(address, frozen(world), content_type="application/json")
    assert answer.status_code == 422
    assert "uuid_empty" in answer.content.decode()


def test_an_endless_number_is_refused(world: World, as_person: Browser) -> None:
    body = frozen(world, more=1).replace('"more": 1', '"more": 1e999')
    answer = as_person("worker").post(f"/report/{uuid7()}/send", body, content_type="application/json")
    assert answer.status_code == 422


def test_a_text_that_only_looks_like_an_escape_is_taken(world: World, as_person: Browser) -> None:
    body = frozen(world, text="C:\\u0000")
    answer = as_person("worker").post(f"/report/{uuid7()}/send", body, content_type="application/json")
    assert answer.status_code == 201


def test_the_last_day_of_all_is_a_filter(as_person: Browser) -> None:
    assert as_person("leader").get("/cases", {"until": "9999-12-31"}).status_code == 200


@pytest.mark.parametrize("path", ["/cases/%00", "/map/cells/%00", "/cases/%00/panel"])
def test_an_address_that_no_database_can_hold_is_refused(as_person: Browser, path: str) -> None:
    assert as_person("leader").get(path).status_code == 400


def test_a_step_whose_text_no_database_can_hold_is_refused(as_person: Browser, new_case: Any) -> None:
    case = new_case("A")
    step = {"action": "accept", "version": "1", "text": "a\x00b"}
    answer = as_person("acceptor").post(f"/cases/{case.number}/steps", step)
    assert answer.status_code == 400


def test_a_cookie_that_is_none_of_ours_is_refused(db: None) -> None:
    cookie = {"cookie": 'sessionid="\\000aaaaaaaaaaaa"'}
    assert Client().get("/map/state", headers=cookie).status_code == 400
    assert Client().get("/tiles/cells/14/1/1.mvt", headers=cookie).status_code == 400


def test_the_address_of_a_button_opened_in_a_tab_says_so(world: World, as_person: Browser) -> None:
    answer = as_person("worker").get("/logout")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"
    assert "method_not_allowed" in answer.content.decode()
