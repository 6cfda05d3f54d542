"""The report form's requests: strict, repeatable, photos announced first."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from geodata.ids import uuid7
from gridmgmt.cases.models import Case
from tests.world import World

Browser = Callable[[str], Client]
JSON = {"Accept": "application/json"}


def jpeg() -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (320, 240), "teal").save(kept, "JPEG")
    return kept.getvalue()


def body(
    world: World, letter: str = "A", pictures: list[tuple[str, bytes]] | None = None, **changes: Any
) -> bytes:
    lon, lat = world.point(letter)
    given: dict[str, Any] = {
        "category": "E0110",
        "text": "路边有一堆垃圾",
        "address": "",
        "point": {"x": lon, "y": lat, "datum": "wgs84", "accuracy_m": 8},
        "captured_at": "2026-11-20T02:00:00Z",
        "photos": [{"id": name, "sha256": hashlib.sha256(data).hexdigest()} for name, data in pictures or []],
    }
    return json.dumps(given | changes).encode()


def send(client: Client, content: bytes, number: str = "") -> Any:
    address = f"/report/{number or uuid7()}/send"
    return client.post(address, content, content_type="application/json", headers=JSON)


def test_a_report_tells_its_number_and_where_it_went(world: World, as_person: Browser) -> None:
    answer = send(as_person("worker"), body(world))
    assert answer.status_code == 201
    receipt = answer.json()
    assert receipt["department"] == "环卫站"
    assert receipt["missing"] == []
    assert Case.objects.get(number=receipt["number"]).cell_code == world.cells["A"].code


def test_sent_again_it_is_the_same_report(world: World, as_person: Browser) -> None:
    client, content, number = as_person("worker"), body(world), str(uuid7())
    first, second = send(client, content, number), send(client, content, number)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["number"] == second.json()["number"]
    assert Case.objects.count() == 1


def test_the_same_number_with_another_content_is_a_conflict(world: World, as_person: Browser) -> None:
    client, number = as_person("worker"), str(uuid7())
    send(client, body(world), number)
    answer = send(client, body(world, text="别的内容"), number)
    assert answer.status_code == 409
    assert answer.json()["code"] == "report_conflict"


def test_photos_follow_and_complete_the_report(
    world: World, as_person: Browser, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    client, name, data = as_person("worker"), str(uuid7()), jpeg()
    receipt = send(client, body(world, pictures=[(name, data)])).json()
    assert receipt["missing"] == [name]
    stored = client.put(f"/report/photos/{name}", data, content_type="image/jpeg", headers=JSON)
    assert stored.json() == {"complete": True, "missing": []}
    shown = client.get(f"/photos/{name}/full")
    assert shown["Content-Type"] == "image/jpeg"
    assert client.get(f"/photos/{name}/full", headers={"If-None-Match": shown["ETag"]}).status_code == 304


def test_the_neighbour_does_not_get_the_photo(
    world: World, as_person: Browser, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    client, name, data = as_person("worker"), str(uuid7()), jpeg()
    send(client, body(world, pictures=[(name, data)]))
    client.put(f"/report/photos/{name}", data, content_type="image/jpeg", headers=JSON)
    assert as_person("neighbour").get(f"/photos/{name}/full").status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": str(uuid7())}, "id"),
        ({"point": None}, "point"),
        ({"point": {"x": "114", "y": 20, "datum": "wgs84"}}, "point.x"),
        ({"point": {"x": True, "y": 20, "datum": "wgs84"}}, "point.x"),
        ({"captured_at": "2026-11-20"}, "captured_at"),
        ({"captured_at": "2026-99-20T00:00:00Z"}, "captured_at"),
        ({"text": "x" * 2001}, "text"),
        ({"text": 5}, "text"),
        ({"photos": "x"}, "photos"),
        ({"photos": [{}] * 10}, "photos.0.id"),
        ({"photos": [{"id": "0", "sha256": "zz"}]}, "photos.0.id"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_field(
    world: World, as_person: Browser, change: dict[str, Any], field: str
) -> None:
    answer = send(as_person("worker"), body(world, **change))
    assert answer.status_code == 422
    assert answer.json()["data"]["errors"][0]["field"] == field
    assert Case.objects.count() == 0


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "body_not_json"),
        (b"[]", "field_invalid"),
        (b"{", "body_not_json"),
        (b"\xff", "body_not_json"),
        (b"x" * 70_000, "body_too_large"),
    ],
)
def test_a_body_that_is_none_is_refused(world: World, as_person: Browser, content: bytes, code: str) -> None:
    assert send(as_person("worker"), content).json()["code"] == code


def test_outside_every_cell_it_is_taken_and_said(world: World, as_person: Browser) -> None:
    answer = send(as_person("worker"), body(world, point={"x": 113.9, "y": 20.0, "datum": "wgs84"}))
    assert answer.status_code == 201
    assert "不在任何网格内" in answer.json()["flags"]


def test_a_role_that_does_not_report_is_told_so(world: World, as_person: Browser) -> None:
    answer = send(as_person("handler"), body(world))
    assert answer.status_code == 403
    assert answer.json()["code"] == "report_not_permitted"


def test_my_reports_are_mine(world: World, as_person: Browser) -> None:
    number = send(as_person("worker"), body(world)).json()["number"]
    assert number in as_person("worker").get("/my-reports").content.decode()
    assert number not in as_person("other_worker").get("/my-reports").content.decode()


def test_the_form_offers_what_one_reported_before(world: World, as_person: Browser) -> None:
    client = as_person("worker")
    send(client, body(world, category="E0110"))
    data = client.get("/report").context["data"]
    assert data["frequent"][0] == "E0110"
    assert len(data["frequent"]) == 8


def announced(role: str) -> dict[str, str]:
    return {"id": str(uuid7()), "sha256": hashlib.sha256(role.encode()).hexdigest(), "role": role}


def test_what_was_put_right_on_the_spot_is_said_and_shown(world: World, as_person: Browser) -> None:
    client = as_person("worker")
    photos = [announced("before"), announced("after")]
    receipt = send(client, body(world, fixed=True, photos=photos)).json()
    case = Case.objects.get(number=receipt["number"])
    assert case.procedure.key == "on_the_spot"
    assert list(case.photos.order_by("position").values_list("role", flat=True)) == ["before", "after"]
    assert {photo["id"] for photo in photos} == set(receipt["missing"])


@pytest.mark.parametrize(("changes", "code"), [
    ({"fixed": True, "photos": [announced("before")]}, "photo_after_missing"),
    ({"fixed": "yes"}, "field_invalid"),
    ({"photos": [announced("site")]}, "field_invalid"),
    ({"photos": [announced("after") for _ in range(10)]}, "list_too_long"),
])  # fmt: skip
def test_saying_so_without_a_photo_is_refused(
    world: World, as_person: Browser, changes: dict[str, Any], code: str
) -> None:
    answer = send(as_person("worker"), body(world, **changes))
    assert (answer.status_code, answer.json()["code"]) == (422, code)
