"""PUT /reports: taken once, answered alike for ever, bad input refused by code or flagged when nobody is to blame."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from geodata.ids import uuid7
from gridmgmt.cases.models import Case, Report
from tests.mobile_api.conftest import Phone, body, picture


def test_report_is_taken_and_routed_and_the_manifest_names_missing_photos(world, phone):
    photo = {"id": str(uuid7()), "sha256": "ab" * 32}
    report_id = uuid7()
    answer = phone.report(body(world, photos=[photo]), report_id)
    assert answer.status_code == 201
    told = answer.json()
    assert told["report"] == str(report_id)
    assert told["number"].startswith("YX")
    assert told["cell"] == world.cells["A"].code
    assert told["department"]
    assert told["photos"] == {photo["id"]: "missing"}
    assert told["complete"] is False
    stored = Report.objects.get(pk=report_id)
    assert (stored.reporter, stored.device) == (world.worker, phone.device)
    assert "photos" not in stored.payload


@pytest.mark.parametrize(("said", "flow"), [
    ({}, "on_the_spot"), ({"fixed": True}, "on_the_spot"), ({"fixed": False}, "street_case"),
])  # fmt: skip
def test_a_report_that_is_put_right_takes_the_short_flow(world, phone, said, flow):
    photo = {"id": str(uuid7()), "sha256": "ab" * 32, "role": "after"}
    told = phone.report(body(world, photos=[photo], **said)).json()
    assert Case.objects.get(number=told["number"]).procedure.key == flow
    assert ("fixed" in told["flags"]) is (flow == "on_the_spot")


def test_report_without_photos_is_complete_at_once(world, phone):
    assert phone.report(body(world)).json()["complete"] is True


def test_swallowed_response_is_healed_by_sending_the_same_bytes_again(world, phone):
    raw, report_id = json.dumps(body(world)).encode(), uuid7()
    first = phone.report(raw, report_id)
    again = phone.report(raw, report_id)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert Report.objects.count() == Case.objects.count() == 1


def test_other_bytes_under_the_same_number_conflict_and_both_hashes_are_named(world, phone):
    report_id = uuid7()
    phone.report(body(world), report_id)
    answer = phone.report(body(world, text="另一件事"), report_id)
    assert (answer.status_code, answer.json()["code"]) == (409, "report_conflict")
    assert len(answer.json()["data"]["stored_sha256"]) == len(answer.json()["data"]["sent_sha256"]) == 64
    assert Report.objects.get().payload["text"] == "路边有一堆垃圾"


def test_number_in_capital_letters_is_the_same_number(world, phone):
    raw, report_id = json.dumps(body(world)).encode(), uuid7()
    phone.report(raw, report_id)
    assert phone.put_bytes(f"reports/{str(report_id).upper()}", raw).status_code == 200


@pytest.mark.parametrize("days", [-400, -3, 2, 3650])
def test_clock_days_off_is_taken_and_flagged(world, phone, days):
    when = datetime.now(UTC) + timedelta(days=days)
    answer = phone.report(body(world, captured_at=when.isoformat()))
    assert answer.status_code == 201
    assert set(answer.json()["flags"]) & {"clock_ahead", "late"}


def test_point_outside_every_cell_is_taken_flagged_and_owned(world, phone):
    answer = phone.report(body(world, point={"x": 120.0, "y": -10.0, "datum": "wgs84"}))
    assert answer.status_code == 201
    assert "outside_cells" in answer.json()["flags"]
    assert answer.json()["cell"].startswith("009901001")


def test_coarse_and_simulated_positions_are_flagged(world, phone):
    x, y = world.point("A")
    point = {"x": x, "y": y, "datum": "wgs84", "accuracy_m": 900, "mock": True}
    assert {"low_accuracy", "mock_location"} <= set(phone.report(body(world, point=point)).json()["flags"])


@pytest.mark.parametrize(
    ("x", "y", "datum", "codes"),
    [
        ("NaN", "20.4", "wgs84", {"number_not_finite", "body_not_json"}),
        ("1e999", "20.4", "wgs84", {"number_not_finite"}),
        ("-Infinity", "20.4", "wgs84", {"number_not_finite", "body_not_json"}),
        ("500", "20.4", "wgs84", {"coordinate_out_of_range", "coordinate_in_metres"}),
        ("20.4", "114.0", "wgs84", {"coordinate_axes_swapped"}),
        ("114.0", "20.4", "epsg:1234", {"datum_unknown"}),
        ("114.0", "20.4", "mars", {"field_invalid"}),
        ('"114"', "20.4", "wgs84", {"field_invalid"}),
        ("null", "20.4", "wgs84", {"field_invalid"}),
    ],
)
def test_impossible_points_are_refused_by_code_and_nothing_is_written(world, phone, x, y, datum, codes):
    point = f'"point": {{"x": {x}, "y": {y}, "datum": "{datum}"}}'
    raw = f'{{"category": "E0110", "captured_at": "2026-11-20T02:00:00Z", {point}}}'.encode()
    answer = phone.report(raw)
    assert answer.status_code in {400, 422}
    assert answer.json()["code"] in codes
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({"category": "E9999"}, 422, "unknown_category", None),
        ({"category": "../etc"}, 422, "field_invalid", "category"),
        ({"standard": 99}, 422, "standard_unknown", None),
        ({"source": "carrier_pigeon"}, 422, "unknown_source", None),
        ({"colour": "red"}, 422, "field_unknown", "colour"),
        ({"text": "x" * 2001}, 422, "field_too_long", "text"),
        ({"text": "a\x00b"}, 422, "text_control_character", "text"),
        ({"text": "a\x1b[31mb"}, 422, "text_control_character", "text"),
        ({"address": "a\nb"}, 422, "text_control_character", "address"),
        ({"captured_at": "2026-11-20T02:00:00"}, 422, "field_invalid", "captured_at"),
        ({"captured_at": 1_700_000_000}, 422, "field_invalid", "captured_at"),
        ({"captured_at": "9999-12-31T23:59:59Z"}, 422, "clock_impossible", "captured_at"),
        ({"captured_at": "yesterday"}, 422, "field_invalid", "captured_at"),
        ({"standard": True}, 422, "field_invalid", "standard"),
        ({"photos": [{"id": "x", "sha256": "ab" * 32}]}, 422, "field_invalid", "photos.0.id"),
        ({"photos": [{"id": str(UUID(int=0)), "sha256": "ab" * 32}]}, 422, "field_invalid", "photos.0.id"),
        (
            {"photos": [{"id": str(UUID(int=7)), "sha256": "AB" * 32}]},
            422,
            "field_invalid",
            "photos.0.sha256",
        ),
        ({"photos": [{"id": str(UUID(int=7)), "sha256": "ab" * 32}] * 2}, 422, "photo_twice", ""),
        ({"fixed": True}, 422, "photo_after_missing", ""),
        (
            {"fixed": True, "photos": [{"id": str(UUID(int=7)), "sha256": "ab" * 32, "role": "before"}]},
            422,
            "photo_after_missing",
            "",
        ),
        ({"fixed": "yes"}, 422, "field_invalid", "fixed"),
        (
            {"photos": [{"id": str(UUID(int=n)), "sha256": "ab" * 32} for n in range(1, 11)]},
            422,
            "list_too_long",
            "",
        ),
    ],
)
def test_bad_fields_are_refused_by_code_and_nothing_is_written(world, phone, changes, status, code, field):
    answer = phone.report(body(world) | changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    if field is not None:
        assert answer.json()["data"]["errors"][0]["field"] == field
    assert not Report.objects.exists()
    assert not Case.objects.exists()


@pytest.mark.parametrize("raw", [b"[]", b"null", b"{", b'"x"', b"\xff\xfe", b'{"text": "\\ud800"}'])
def test_bodies_that_are_no_report_are_refused(world, phone, raw):
    answer = phone.report(raw)
    assert answer.status_code in {400, 422}
    assert answer.json()["code"] in {"body_not_json", "field_missing", "field_invalid"}


def test_deep_nesting_is_refused_without_harm(world, phone):
    assert phone.report(b"[" * 30000 + b"]" * 30000).json()["code"] in {"body_not_json", "field_invalid"}


def test_body_over_the_limit_is_413(world, phone):
    answer = phone.report(b" " * (64 * 1024 + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_other_media_types_are_415(world, phone):
    answer = phone.put_bytes(f"reports/{uuid7()}", b"a=b", "application/x-www-form-urlencoded")
    assert (answer.status_code, answer.json()["code"]) == (415, "media_type_unsupported")


def test_values_are_never_repeated_in_a_refusal(world, phone):
    answer = phone.report(body(world, text="secret" * 400, component="13800000000"))
    assert b"secret" not in answer.content
    assert b"13800000000" not in answer.content


def test_roles_that_do_not_report_are_refused(world):
    answer = Phone(world, "handler").report(body(world))
    assert (answer.status_code, answer.json()["code"]) == (403, "report_not_permitted")


def test_state_manifest_and_tracker_of_my_report(world, phone):
    report_id = uuid7()
    phone.report(body(world), report_id)
    told = phone.get(f"reports/{report_id}").json()
    assert told["tracker"][0]["action"] == "report"
    assert told["tracker"][0]["who"] == "worker"
    assert told["category"] == "E0110"
    assert math.isclose(told["version"], 1)


@pytest.mark.parametrize("name", ["other_worker", "neighbour", "leader"])
def test_reports_of_others_do_not_exist_for_me(world, phone, name):
    report_id = uuid7()
    phone.report(body(world), report_id)
    answer = Phone(world, name).get(f"reports/{report_id}")
    assert (answer.status_code, answer.json()["code"]) == (404, "report_unknown")


def test_my_reports_come_in_pages_without_gap_or_repeat(world, phone):
    sent = [uuid7() for _ in range(7)]
    for report_id in sent:
        phone.report(body(world), report_id)
    Phone(world, "other_worker").report(body(world))
    seen, cursor = [], ""
    while True:
        page = phone.get(f"reports?limit=3&cursor={cursor}").json()
        seen += [row["report"] for row in page["results"]]
        phone.report(body(world))  # one more arrives while the pages are read
        if not page["next"]:
            break
        cursor = page["next"]
    assert seen == [str(report_id) for report_id in reversed(sent)]


@pytest.mark.parametrize(
    "query", ["limit=", "limit=0", "limit=201", "limit=x", "limit=-1", "cursor=zzz", "cursor=MjAyNg=="]
)
def test_bad_page_marks_are_422(phone, query):
    assert phone.get(f"reports?{query}").status_code == 422


def test_list_costs_one_statement_however_long(world, phone, django_assert_num_queries):
    for _ in range(3):
        phone.report(body(world))
    phone.get("reports")
    with django_assert_num_queries(1):
        phone.get("reports?limit=200")


def test_manifest_says_stored_after_the_photo(world, phone):
    data = picture()
    (photo_id,) = phone.announce(world, data)
    phone.photo(photo_id, data)
    report_id = Report.objects.get().pk
    told = phone.get(f"reports/{report_id}").json()
    assert (told["photos"], told["complete"]) == ({str(photo_id): "stored"}, True)
