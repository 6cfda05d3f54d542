"""What cannot be read is refused and kept: sealed, once, within a share; good bodies pay nothing for it. (F13)"""

from __future__ import annotations

import io
import json
from typing import Any
from uuid import UUID

import pytest

from geodata.ids import uuid7
from geodata.personal import unseal_bytes
from gridmgmt.cases import quarantine
from gridmgmt.cases.models import Quarantined
from gridmgmt.organisation.models import Device
from tests.mobile_api.conftest import Phone, body
from tests.world import STREET


def kept(answer: Any) -> Quarantined:
    return Quarantined.objects.get(pk=answer.json()["data"]["quarantine"])


def content(row: Quarantined) -> bytes:
    return unseal_bytes(bytes(row.body), column=quarantine.COLUMN, row=row.pk)


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"{not json", 400, "body_not_json"),
        (b"\xff\xfe\x00", 400, "body_not_json"),
        (b"[]", 422, "field_invalid"),
        (b'{"app": "9.9", "colour": "\xe7\xba\xa2"}', 422, "field_missing"),
    ],
)
def test_unreadable_reports_are_kept_as_they_came(world, phone, raw, status, code):
    report_id = uuid7()
    answer = phone.report(raw, report_id)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    row = kept(answer)
    assert content(row) == raw
    assert raw not in bytes(row.body)
    assert (row.kind, row.subject_id, row.reason, row.size) == ("report", report_id, code, len(raw))
    assert (row.device_id, row.user, row.state) == (phone.device.pk, world.worker, "new")
    assert row.place_code == STREET + "001"


def test_a_report_of_a_newer_program_is_kept_with_its_version(world, phone):
    answer = phone.report(body(world, app="7.2", urgency="high"))
    assert answer.json()["code"] == "field_unknown"
    row = kept(answer)
    assert (row.app, row.faults) == ("7.2", [{"field": "urgency", "code": "field_unknown"}])


def test_a_report_of_an_older_catalogue_is_kept(world, phone):
    Device.objects.filter(pk=phone.device.pk).update(app="0.9")
    answer = phone.report(body(world, category="Z0999"))
    assert answer.json()["code"] == "unknown_category"
    assert (kept(answer).reason, kept(answer).app) == ("unknown_category", "0.9")


def test_field_names_that_could_tell_about_people_are_not_kept_in_clear(world, phone):
    row = kept(phone.report(body(world, **{"440106199001011234": 1, "张三": 2})))
    assert {fault["field"] for fault in row.faults} == {"…"}


def test_unreadable_amendments_and_steps_are_kept_too(world, phone):
    amendment, case = uuid7(), uuid7()
    answer = phone.put_bytes(f"amendments/{amendment}", b'{"field": "person.phone"}')
    assert (answer.json()["code"], kept(answer).kind, kept(answer).subject_id) == (
        "field_missing", "amendment", amendment,
    )  # fmt: skip
    step = phone.client.post(
        f"/api/v1/cases/{case}/steps", b'{"key": 1', content_type="application/json", headers=phone.headers
    )
    assert (step.json()["code"], kept(step).kind, kept(step).subject_id) == ("body_not_json", "step", case)


def test_the_same_bytes_again_are_the_same_row(world, phone):
    report_id = uuid7()
    first, again = (phone.report(b"{", report_id).json()["data"]["quarantine"] for _ in range(2))
    assert first == again
    other = phone.report(b"{ ", report_id).json()["data"]["quarantine"]
    stranger = Phone(world, "other_worker").report(b"{", report_id).json()["data"]["quarantine"]
    assert len({first, other, stranger}) == Quarantined.objects.count() == 3


def test_a_device_has_a_share_a_day(world, phone, monkeypatch):
    monkeypatch.setattr(quarantine, "MOST_ROWS", 2)
    ids = [phone.report(b"{", uuid7()).json()["data"].get("quarantine") for _ in range(3)]
    assert [one is None for one in ids] == [False, False, True]
    assert phone.report(b"{", Quarantined.objects.get(pk=UUID(ids[0])).subject_id).json()["data"] == {
        "quarantine": ids[0]
    }
    assert Phone(world, "other_worker").report(b"{").json()["data"]["quarantine"]
    monkeypatch.setattr(quarantine, "MOST_ROWS", 99)
    monkeypatch.setattr(quarantine, "MOST_BYTES", 3)
    assert phone.report(b"{{{{").json()["data"] == {}


def test_without_a_token_and_for_refusals_of_another_kind_nothing_is_kept(world, phone):
    phone.report(body(world, text="x" * 70_000))
    phone.report(body(world, point={"x": 500.0, "y": 20.0, "datum": "wgs84"}))
    phone.put_bytes(f"reports/{uuid7()}", b"x", "text/plain")
    phone.headers = {}
    phone.report(b"{")
    assert not Quarantined.objects.exists()


def test_a_cut_body_is_no_case_for_quarantine(world, phone):
    raw = json.dumps(body(world)).encode()
    answer = phone.client.generic(
        "PUT", f"/api/v1/reports/{uuid7()}", raw, "application/json", headers=phone.headers,
        **{"wsgi.input": io.BytesIO(raw[:50])},
    )  # fmt: skip
    assert answer.status_code == 400
    assert not Quarantined.objects.exists()


def test_a_good_report_pays_no_query_for_it(world, phone, django_assert_num_queries, monkeypatch):
    phone.report(body(world))
    asked: list[Any] = []
    monkeypatch.setattr("gridmgmt.cases.quarantine.keep", lambda *args, **named: asked.append(args))
    assert phone.report(body(world)).status_code == 201
    assert asked == []
