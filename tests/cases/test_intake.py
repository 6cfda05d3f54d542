"""A report comes in: stored once, routed, timed, numbered, told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from geodata.errors import DomainError
from geodata.ids import uuid7
from gridmgmt.cases.intake import PhotoDeclaration, manifest, submit_report
from gridmgmt.cases.models import Case, CaseHistory, Photo, Report
from gridmgmt.events.models import OutboxEvent
from tests.world import AT, COUNTY, STREET, draft, sender


def test_report_opens_a_case_with_history_deadline_and_event(world):
    receipt = submit_report(draft=draft(world), sender=sender(world), at=AT)
    case = Case.objects.get(pk=receipt.case_id)
    assert receipt.created
    assert receipt.number == case.number
    assert case.number.startswith("YX20261120-")
    assert case.cell_code == world.cells["A"].code
    assert case.department.key == "sanitation_station"
    assert case.stage == "reported"
    assert case.due_at > AT
    history = CaseHistory.objects.get(case=case)
    assert (history.seq, history.action, history.from_stage, history.to_stage) == (
        1,
        "report",
        "",
        "reported",
    )
    event = OutboxEvent.objects.get()
    assert event.topic == "case.reported"
    assert event.payload["number"] == case.number
    assert case.decision["reason"] == "rule"
    assert case.decision["rule"]


def test_same_report_again_gives_the_same_receipt(world):
    first = submit_report(draft=draft(world), sender=sender(world), at=AT)
    the_report = Report.objects.get()
    again = submit_report(
        draft=draft(world, id=the_report.pk), sender=sender(world), at=AT + timedelta(days=80)
    )
    assert not again.created
    assert (again.case_id, again.number) == (first.case_id, first.number)
    assert Case.objects.count() == CaseHistory.objects.count() == OutboxEvent.objects.count() == 1


def test_other_content_under_the_same_number_is_a_conflict_with_both_hashes(world):
    one = draft(world)
    submit_report(draft=one, sender=sender(world), at=AT)
    with pytest.raises(DomainError) as error:
        submit_report(draft=replace(one, payload_sha256=b"\x02" * 32), sender=sender(world), at=AT)
    assert error.value.code == "report_conflict"
    assert error.value.status == 409
    assert error.value.data == {"stored_sha256": "01" * 32, "sent_sha256": "02" * 32}


def test_point_on_a_border_goes_to_the_smaller_code(world):
    shape = world.cells["A"].geom
    east = shape.extent[2]
    receipt = submit_report(draft=draft(world, x=east, y=world.point("A")[1]), sender=sender(world), at=AT)
    assert receipt.cell_code == min(world.cells["A"].code, world.cells["B"].code)


def test_point_outside_every_cell_is_kept_with_the_senders_area_and_a_flag(world):
    receipt = submit_report(draft=draft(world, x=100.0, y=20.0), sender=sender(world), at=AT)
    assert "outside_cells" in receipt.flags
    assert receipt.cell_code == STREET + "001"
    assert Case.objects.get().department is not None


@pytest.mark.parametrize(
    ("x", "y"), [(float("nan"), 20.0), (float("inf"), 20.0), (500.0, 20.0), (20.0, 114.0)]
)
def test_impossible_coordinates_are_refused_and_nothing_is_written(world, x, y):
    with pytest.raises(DomainError) as error:
        submit_report(draft=draft(world, x=x, y=y), sender=sender(world), at=AT)
    assert error.value.code.startswith("coordinate_")
    assert Report.objects.count() == Case.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"category_key": "E9999"}, "unknown_category"),
        ({"source": "pigeon"}, "unknown_source"),
        ({"standard_seq": 99}, "standard_unknown"),
    ],
)
def test_unknown_reference_values_are_named(world, change, code):
    with pytest.raises(DomainError) as error:
        submit_report(draft=draft(world, **change), sender=sender(world), at=AT)
    assert error.value.code == code
    assert Report.objects.count() == 0


def test_clock_of_the_phone_is_flagged_never_believed(world):
    receipt = submit_report(
        draft=draft(world, captured_at=AT + timedelta(days=2)), sender=sender(world), at=AT
    )
    late = submit_report(draft=draft(world, captured_at=AT - timedelta(days=3)), sender=sender(world), at=AT)
    assert "clock_ahead" in receipt.flags
    assert "late" in late.flags
    behind = submit_report(draft=draft(world, clock_offset_s=3 * 86_400.0), sender=sender(world), at=AT)
    ahead = submit_report(draft=draft(world, clock_offset_s=-7200.0), sender=sender(world), at=AT)
    near = submit_report(draft=draft(world, clock_offset_s=20.0), sender=sender(world), at=AT)
    assert "clock_behind" in behind.flags
    assert "clock_ahead" in ahead.flags
    assert not {"clock_behind", "clock_ahead"} & set(near.flags)
    assert set(Case.objects.values_list("reported_at", flat=True)) == {AT}


def test_declared_photos_make_the_case_incomplete(world):
    photos = tuple(PhotoDeclaration(uuid7(), bytes([n]) * 32) for n in range(3))
    receipt = submit_report(draft=draft(world, photos=photos), sender=sender(world), at=AT)
    assert not receipt.complete
    assert set(Photo.objects.values_list("state", flat=True)) == {"expected"}
    assert Photo.objects.filter(case_id=receipt.case_id).count() == 3


def test_public_report_waits_for_verification_like_its_table_says(world):
    receipt = submit_report(draft=draft(world, source="hotline"), sender=sender(world), at=AT)
    assert receipt.stage == "reported"


def test_gcj02_reports_land_where_the_worker_stood(world):
    from geodata import crs

    lon, lat = world.point("A")
    x, y = crs.from_wgs84(lon, lat, "gcj02")
    receipt = submit_report(draft=draft(world, x=x, y=y, datum="gcj02"), sender=sender(world), at=AT)
    assert receipt.cell_code == world.cells["A"].code
    report = Report.objects.get()
    assert (report.source_x, report.source_y, report.datum) == (x, y, "gcj02")


@pytest.mark.django_db(transaction=True)
def test_twenty_parallel_twins_make_one_case(committed_world):
    one = draft(committed_world)
    who = sender(committed_world)

    def send(_n: int) -> tuple[bool, str]:
        try:
            receipt = submit_report(draft=one, sender=who, at=AT)
            return receipt.created, receipt.number
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(send, range(20)))
    assert sum(created for created, _number in answers) == 1
    assert len({number for _created, number in answers}) == 1
    assert Case.objects.count() == CaseHistory.objects.count() == OutboxEvent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_numbers_stay_unique_under_concurrency(committed_world):
    who = sender(committed_world)

    def send(_n: int) -> str:
        try:
            return submit_report(draft=draft(committed_world), sender=who, at=AT).number
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(send, range(80)))
    assert len(set(numbers)) == 80
    assert all(number.startswith("YX20261120-") and len(number) == 17 for number in numbers)


@pytest.mark.django_db(transaction=True)
def test_a_photo_number_of_another_report_is_refused_and_nothing_is_written(committed_world):
    photo = PhotoDeclaration(uuid7(), b"\x05" * 32)
    submit_report(draft=draft(committed_world, photos=(photo,)), sender=sender(committed_world), at=AT)
    with pytest.raises(DomainError) as error:
        submit_report(draft=draft(committed_world, photos=(photo,)), sender=sender(committed_world), at=AT)
    assert error.value.code == "photo_id_taken"
    assert Report.objects.count() == Case.objects.count() == OutboxEvent.objects.count() == 1


def test_a_changed_rule_is_used_by_the_very_next_report(world):
    from gridmgmt.cases.models import RoutingRule

    submit_report(draft=draft(world), sender=sender(world), at=AT)
    RoutingRule.objects.create(
        key="test", category_key="E0110", area_code=world.cells["A"].code, department_key="enforcement_squad"
    )
    receipt = submit_report(draft=draft(world), sender=sender(world), at=AT)
    case = Case.objects.get(pk=receipt.case_id)
    assert case.department.key == "enforcement_squad"
    assert case.decision["rule"] == "test"
    assert case.decision["runner_up_department"] == "sanitation_station"


def test_county_is_the_beginning_of_the_code(world):
    submit_report(draft=draft(world), sender=sender(world), at=AT)
    assert Report.objects.get().county == Case.objects.get().county == COUNTY


def test_manifest_names_what_is_missing_and_is_for_the_reporter_only(world):
    photos = tuple(PhotoDeclaration(uuid7(), bytes([n]) * 32) for n in range(2))
    one = draft(world, photos=photos)
    submit_report(draft=one, sender=sender(world), at=AT)
    Photo.objects.filter(pk=photos[0].id).update(state="stored", original="o", copy="c", size=1, stored_at=AT)
    found = manifest(report_id=one.id, sender=sender(world))
    assert found.missing == [photos[1].id]
    assert not found.receipt.complete
    with pytest.raises(DomainError, match="report_unknown"):
        manifest(report_id=one.id, sender=sender(world, "other_worker"))


def test_a_stored_report_keeps_its_answer_when_its_category_is_gone(world):
    from gridmgmt.cases.models import Category

    one = draft(world)
    first = submit_report(draft=one, sender=sender(world), at=AT)
    Category.objects.filter(key="E0110").update(active=False)
    again = submit_report(draft=one, sender=sender(world), at=AT)
    assert (again.created, again.number) == (False, first.number)
    with pytest.raises(DomainError, match="category_inactive"):
        submit_report(draft=draft(world), sender=sender(world), at=AT)


def test_a_limit_that_runs_past_the_published_calendar_is_flagged(world):
    at = AT.replace(year=2026, month=12, day=31, hour=9)
    receipt = submit_report(
        draft=draft(world, category_key="E0113", captured_at=at), sender=sender(world), at=at
    )
    assert receipt.due_at.year == 2027
    assert "calendar_estimated" in receipt.flags
