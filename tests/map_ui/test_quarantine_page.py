"""Bodies nobody could read: seen by administrators of the place, opened for a reason, dealt with by hand."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from django.test import Client

from geodata.ids import uuid7
from gridmgmt import health
from gridmgmt.audit.models import AccessRecord
from gridmgmt.cases import quarantine
from gridmgmt.cases.models import Quarantined
from gridmgmt.organisation.devices import device_register
from tests.world import AT, OTHER, STREET, World

Browser = Callable[[str], Client]
SECRET = '{"text": "<b>张三 13800000000</b>"}'


def held(world: World, place: str = STREET, name: str = "worker") -> Quarantined:
    device = device_register(user=world.people[name], name="p", platform="android", at=AT).device
    letter = quarantine.Letter(
        device_id=device.pk, user_id=device.user_id, place_code=place, kind="report", subject_id=uuid7(),
        raw=SECRET.encode(), reason="field_unknown", faults=[{"field": "colour", "code": "field_unknown"}],
    )  # fmt: skip
    row_id = quarantine.keep(letter, at=AT)
    assert isinstance(row_id, UUID)
    return Quarantined.objects.get(pk=row_id)


@pytest.mark.parametrize("name", ["worker", "leader", "supervisor"])
def test_only_administrators_open_it(as_person: Browser, world: World, name: str) -> None:
    row = held(world)
    browser = as_person(name)
    assert browser.get("/quarantine").status_code == 403
    assert browser.post(f"/quarantine/{row.pk}/open", {"reason": "to take it in"}).status_code == 403
    assert not AccessRecord.objects.exists()


def test_the_list_holds_no_content_and_only_the_own_place(as_person: Browser, world: World) -> None:
    own, foreign = held(world), held(world, OTHER, "neighbour")
    admin = as_person("administrator")
    page = admin.get("/quarantine").content.decode()
    assert str(own.pk) in page
    assert str(foreign.pk) not in page
    one = admin.get(f"/quarantine/{own.pk}").content.decode()
    assert "colour" in one
    assert "13800000000" not in page + one
    assert admin.get(f"/quarantine/{foreign.pk}").status_code == 404
    assert admin.post(f"/quarantine/{foreign.pk}/open", {"reason": "curious"}).status_code == 404


def test_opening_is_written_down_and_shows_the_content_escaped(as_person: Browser, world: World) -> None:
    row = held(world)
    answer = as_person("administrator").post(f"/quarantine/{row.pk}/open", {"reason": "to take it in"})
    page = answer.content.decode()
    assert "&lt;b&gt;张三 13800000000&lt;/b&gt;" in page
    assert answer["Cache-Control"] == "no-store"
    told = AccessRecord.objects.get()
    assert (told.action, told.subject_kind, told.subject_ids) == ("revealed", "quarantine", [row.pk])
    assert (told.purpose, told.user) == ("to take it in", world.people["administrator"])
    row.refresh_from_db()
    assert (row.state, row.state_by) == ("looked", world.people["administrator"])


@pytest.mark.parametrize("reason", ["", "abc", "call 13800000000"])
def test_without_a_reason_it_stays_closed(as_person: Browser, world: World, reason: str) -> None:
    row = held(world)
    answer = as_person("administrator").post(f"/quarantine/{row.pk}/open", {"reason": reason})
    assert answer.status_code == 422
    assert "张三" not in answer.content.decode()
    assert not AccessRecord.objects.exists()


@pytest.mark.parametrize("state", ["taken", "void"])
def test_it_is_dealt_with_and_counts_no_longer(as_person: Browser, world: World, state: str) -> None:
    row = held(world)
    assert "1 unreadable" in (health.warn_quarantine() or "")
    admin = as_person("administrator")
    path = f"/quarantine/{row.pk}/settle"
    assert admin.post(path, {"state": state, "note": ""}).status_code == 422
    assert admin.post(path, {"state": "lost", "note": "reported again"}).status_code == 422
    assert admin.post(path, {"state": state, "note": "reported again"}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.note, bytes(row.body) != b"") == (state, "reported again", True)
    assert health.warn_quarantine() is None
    assert str(row.pk) not in admin.get("/quarantine").content.decode()
    assert str(row.pk) in admin.get("/quarantine?show=settled").content.decode()
