"""PUT and GET of amendments, and their photos."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from geodata.ids import uuid7
from gridmgmt.registers.models import Amendment
from tests.mobile_api.conftest import Phone, picture
from tests.registers import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def head(world: Any) -> Any:
    return people.family(people.build(world))[1]


def body(head: Any, **changes: Any) -> dict[str, Any]:
    plain = {
        "field": "person.phone", "row": str(head.pk), "old": "100****0001", "new": "10000000009",
        "captured_at": "2026-11-20T10:00:00+08:00", "note": "本人当面更正",
    }  # fmt: skip
    return plain | changes


def put(phone: Phone, said: dict[str, Any], key: Any = None) -> Any:
    return phone.put_bytes(f"amendments/{key or uuid7()}", json.dumps(said).encode())


def test_sent_twice_it_is_the_same_answer_to_the_byte(phone: Phone, head: Any) -> None:
    key = uuid7()
    first, second = put(phone, body(head), key), put(phone, body(head), key)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.content == second.content
    assert first.json()["taken"] == "waiting"
    assert first.json()["photo"] == "none"
    other = put(phone, body(head, new="10000000008"), key)
    assert (other.status_code, other.json()["code"]) == (409, "amendment_conflict")
    assert Amendment.objects.get().device == phone.device.pk


def test_what_became_of_mine_is_told_masked(phone: Phone, head: Any, world: Any) -> None:
    key = uuid7()
    put(phone, body(head), key)
    (told,) = phone.get("amendments").json()["results"]
    assert (told["state"], told["new"], told["field"]) == ("waiting", "100****0009", "person.phone")
    assert "10000000009" not in phone.get(f"amendments/{key}").content.decode()
    colleague = Phone(world, "other_worker")
    assert colleague.get("amendments").json()["results"] == []
    assert colleague.get(f"amendments/{key}").status_code == 404


@pytest.mark.parametrize(
    ("status", "code", "changes"),
    [
        (422, "field_unknown", {"colour": "red"}),
        (422, "amendment_field_unknown", {"field": "person.religion"}),
        (422, "field_invalid", {"field": "building.name"}),
        (404, "person_unknown", {"row": "00000000-0000-7000-8000-000000000001"}),
        (422, "field_invalid", {"photo_sha256": "x"}),
        (422, "clock_impossible", {"captured_at": "1900-01-01T00:00:00Z"}),
    ],
)
def test_what_is_refused(phone: Phone, head: Any, status: int, code: str, changes: dict[str, Any]) -> None:
    answer = put(phone, body(head, **changes))
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_an_impossible_value_is_taken_with_its_problem(phone: Phone, head: Any) -> None:
    answer = put(phone, body(head, new="1"))
    assert (answer.status_code, answer.json()["problem"]) == (201, "phone_form")


def test_the_photo_follows_and_is_kept_without_metadata(phone: Phone, head: Any, settings: Any) -> None:
    key, data = uuid7(), picture(size=(80, 60))
    put(phone, body(head, photo_sha256=hashlib.sha256(data).hexdigest()), key)
    wrong = phone.put_bytes(f"amendments/{key}/photo", picture("blue"), "image/jpeg")
    assert wrong.json()["code"] == "photo_hash_mismatch"
    for _again in range(2):
        stored = phone.put_bytes(f"amendments/{key}/photo", data, "image/jpeg")
        assert stored.json() == {"amendment": str(key), "sha256": hashlib.sha256(data).hexdigest()}
    row = Amendment.objects.get()
    assert (settings.MEDIA_ROOT / row.photo).is_file()
    assert phone.get(f"amendments/{key}").json()["photo_stored"]


def test_no_photo_that_was_not_announced(phone: Phone, head: Any) -> None:
    key = uuid7()
    put(phone, body(head), key)
    answer = phone.put_bytes(f"amendments/{key}/photo", picture(), "image/jpeg")
    assert (answer.status_code, answer.json()["code"]) == (404, "amendment_photo_unknown")


def test_without_a_token_nothing(world: Any, client: Any) -> None:
    for path in ("amendments", f"amendments/{uuid7()}"):
        assert client.get(f"/api/v1/{path}").status_code == 401
