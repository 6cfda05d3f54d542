"""One case: panel, steps, conflicts, who may know the reporter."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from geodata.ids import uuid7
from gridmgmt.cases import step_positions
from gridmgmt.cases.actions import take_step
from gridmgmt.cases.intake import Found, PhotoDeclaration, ReportDraft, honest_flags
from gridmgmt.cases.models import Case, Photo
from gridmgmt.organisation.actions import grant_role
from gridmgmt.organisation.models import Role
from gridmgmt.organisation.shifts import Seen
from map_ui.case_page import FLAGS
from tests.cases.joint_scenes import done, filed, hour, joint
from tests.world import AT, OTHER, World, stored_photo

Browser = Callable[[str], Client]
Report = Callable[..., Case]
JSON = {"Accept": "application/json"}


def picture(colour: str = "olive") -> SimpleUploadedFile:
    kept = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(kept, "JPEG")
    return SimpleUploadedFile("after.jpg", kept.getvalue(), "image/jpeg")


def step(client: Client, case: Case, action: str, **fields: object) -> object:
    case.refresh_from_db()
    data = {"action": action, "version": case.version, **fields}
    return client.post(f"/cases/{case.number}/steps", data, headers=JSON)


def test_the_panel_tells_state_tracker_and_reason(as_person: Browser, new_case: Report) -> None:
    case = new_case("A")
    page = as_person("dispatcher").get(f"/cases/{case.number}/panel").content.decode()
    for told in (case.number, "已上报", "环卫站", "有规则指定了该部门", "路边有一堆垃圾", "网格员上报"):
        assert told in page


def test_only_permitted_steps_are_offered(as_person: Browser, new_case: Report) -> None:
    case = new_case("A")
    acceptor = as_person("acceptor").get(f"/cases/{case.number}/panel").content.decode()
    dispatcher = as_person("dispatcher").get(f"/cases/{case.number}/panel").content.decode()
    assert 'data-action="accept"' in acceptor
    assert 'data-action="accept"' not in dispatcher


def test_a_case_goes_all_the_way_by_the_buttons(
    world: World, as_person: Browser, new_case: Report, settings: object, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    case = new_case("A")
    department = str(world.department("sanitation_station").pk)
    way = [
        ("acceptor", "accept", {}),
        ("registrar", "register", {"standard": "1"}),
        ("dispatcher", "dispatch", {"department": department}),
        ("handler", "sign", {}),
        ("handler", "feed_back", {"text": "已清运", "photos": [picture()]}),
        ("worker", "check_pass", {"photos": [picture()]}),
    ]
    for who, action, fields in way:
        answer = step(as_person(who), case, action, **fields)
        assert answer.status_code == 200, answer.content.decode()  # type: ignore[attr-defined]
    case.refresh_from_db()
    assert case.stage == "closed"
    page = as_person("leader").get(f"/cases/{case.number}").content.decode()
    assert "已结案" in page
    assert "已清运" in page


def test_whoever_is_slower_reads_where_the_case_is_now(as_person: Browser, new_case: Report) -> None:
    case = new_case("A")
    slow = {"action": "accept", "version": case.version}
    assert step(as_person("acceptor"), case, "accept").status_code == 200  # type: ignore[attr-defined]
    answer = as_person("acceptor").post(f"/cases/{case.number}/steps", slow, headers=JSON)
    assert answer.status_code == 409
    assert answer.json()["code"] == "case_version_stale"
    assert answer.json()["data"]["stage_name"] == "待立案"


def test_a_photo_says_when_it_was_taken(as_person: Browser, new_case: Report) -> None:
    """One of a check is no picture of how it was before."""
    case = new_case("A")
    stored_photo(case, "site", AT)
    page = as_person("leader").get(f"/cases/{case.number}/panel").content.decode()
    assert ">现场</span>" in page
    assert "处置前" not in page


def test_a_missing_field_is_named_in_words(as_person: Browser, new_case: Report) -> None:
    case = new_case("A")
    answer = step(as_person("acceptor"), case, "not_accept")
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert "原因" in answer.json()["message"]  # type: ignore[attr-defined]


def test_without_scripts_a_step_leads_back_to_the_case(as_person: Browser, new_case: Report) -> None:
    case = new_case("A")
    client = as_person("acceptor")
    data = {"action": "accept", "version": case.version}
    answer = client.post(f"/cases/{case.number}/steps", data, follow=True)
    assert answer.redirect_chain == [(f"/cases/{case.number}", 302)]
    assert "待立案" in answer.content.decode()


def test_a_refusal_without_scripts_is_a_page_in_words(as_person: Browser, new_case: Report) -> None:
    case = new_case("A")
    answer = as_person("dispatcher").post(
        f"/cases/{case.number}/steps", {"action": "accept", "version": case.version}
    )
    assert answer.status_code == 403
    assert "您无权执行这一步" in answer.content.decode()


def test_an_unreadable_photo_leaves_nothing_waiting(
    world: World, as_person: Browser, new_case: Report, settings: object, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    case = new_case("A")
    broken = SimpleUploadedFile("after.jpg", b"no picture at all", "image/jpeg")
    answer = step(as_person("acceptor"), case, "accept", photos=[broken])
    assert answer.status_code == 415  # type: ignore[attr-defined]
    case.refresh_from_db()
    assert case.complete
    assert case.stage == "reported"
    assert not Photo.objects.filter(case=case).exists()


def test_the_department_never_learns_which_resident_reported(
    world: World, as_person: Browser, new_case: Report
) -> None:
    case = new_case("A", source="wechat")
    Case.objects.filter(pk=case.pk).update(reporter=world.people["other_worker"])
    handler = as_person("handler").get(f"/cases/{case.number}/panel").content.decode()
    acceptor = as_person("acceptor").get(f"/cases/{case.number}/panel").content.decode()
    assert "上报人" not in handler
    assert "other_worker" not in handler
    assert "other_worker" in acceptor


def test_a_desk_elsewhere_opens_no_resident_here(world: World, as_person: Browser, new_case: Report) -> None:
    """Somebody who handles here and accepts in another street learns no more here than a handler."""
    grant_role(user=world.people["handler"], role=Role.ACCEPTOR, scope_code=OTHER, at=AT.replace(month=1))
    case = new_case("A", source="wechat")
    Case.objects.filter(pk=case.pk).update(reporter=world.people["other_worker"])
    page = as_person("handler").get(f"/cases/{case.number}/panel").content.decode()
    assert case.number in page
    assert "other_worker" not in page


@pytest.mark.parametrize("version", ["", "x", "-"])
def test_a_form_without_its_version_is_refused(as_person: Browser, new_case: Report, version: str) -> None:
    case = new_case("A")
    data = {"action": "accept", "version": version}
    answer = as_person("acceptor").post(f"/cases/{case.number}/steps", data, headers=JSON)
    assert answer.json()["code"] == "version_missing"


def test_text_of_a_reporter_is_never_markup(world: World, as_person: Browser, new_case: Report) -> None:
    case = new_case("A", text="<script>alert(1)</script>")
    take_step(
        case_id=case.pk,
        action="accept",
        by=world.people["acceptor"],
        expected_version=1,
        at=AT,
        text="<b>x</b>",
    )
    page = as_person("leader").get(f"/cases/{case.number}").content.decode()
    assert "<script>alert(1)" not in page
    assert "<b>x</b>" not in page


def test_every_flag_of_a_report_has_words() -> None:
    everything_odd = ReportDraft(
        id=uuid7(),
        category_key="E0110",
        source="worker",
        x=0,
        y=0,
        datum="wgs84",
        captured_at=AT,
        payload={},
        payload_sha256=b"",
        component_code="1",
        mock_location=True,
        clock_offset_s=7200.0,
        photos=(PhotoDeclaration(uuid7(), b"", "after"),),
    )
    moments = ((AT - timedelta(days=2), None), (AT + timedelta(days=2), 900.0))
    found = {"outside_cells", "no_owner", "calendar_estimated"}  # intake.route tells these
    for at, accuracy in moments:
        found |= set(honest_flags(replace(everything_odd, accuracy_m=accuracy), Found(1, None), at))
    assert found == set(FLAGS)


def test_who_may_not_take_the_step_adds_no_photo_by_it(
    world: World, as_person: Browser, new_case: Report, settings: object, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    case = new_case("A")
    answer = step(as_person("leader"), case, "feed_back", text="已清运", photos=[picture()])
    assert answer.status_code == 403  # type: ignore[attr-defined]
    assert not Photo.objects.filter(case=case).exists()


def test_a_joint_case_shows_its_branches_and_a_branch_its_case(world: World, as_person: Browser) -> None:
    case = joint(world)
    done(world, case, 1, at=hour(1))
    told = as_person("dispatcher").get(f"/cases/{case.number}").content.decode()
    assert "1/2 已完成" in told
    assert told.count('class="branch-head"') == 2
    assert f"/cases/{case.number}-2" in told
    part = as_person("other_handler").get(f"/cases/{case.number}-2").content.decode()
    assert "联合处置分支，所属案件" in part
    assert f'href="/cases/{case.number}"' not in part  # another department does not see the whole
    listed = as_person("dispatcher").get("/cases").content.decode()
    assert listed.count('class="branch-row"') == 2


def test_the_dispatchers_form_begins_branches(world: World, as_person: Browser) -> None:
    case = filed(world)
    page = as_person("dispatcher").get(f"/cases/{case.number}").content.decode()
    assert page.count("data-joint-lead") > 5
    chosen = [str(world.department(key).pk) for key in ("enforcement_squad", "sanitation_station")]
    answer = as_person("dispatcher").post(
        f"/cases/{case.number}/steps",
        {"action": "dispatch_joint", "version": case.version, "departments": chosen, "lead": chosen[0],
         f"standard-{chosen[1]}": "1"},
        headers=JSON,
    )  # fmt: skip
    assert answer.status_code == 200, answer.content
    case.refresh_from_db()
    assert (case.stage, case.department.key) == ("joint", "enforcement_squad")
    assert list(case.branches.order_by("pk").values_list("department__key", flat=True)) == [
        "enforcement_squad", "sanitation_station",
    ]  # fmt: skip


def test_the_worker_names_the_parts_that_failed(world: World, as_person: Browser) -> None:
    case = joint(world)
    for place in (1, 2):
        done(world, case, place, at=hour(1))
    case.refresh_from_db()
    stored_photo(case, "site", case.stage_since + timedelta(minutes=1))
    page = as_person("worker").get(f"/cases/{case.number}").content.decode()
    assert page.count('name="branches"') == 2
    answer = as_person("worker").post(
        f"/cases/{case.number}/steps",
        {
            "action": "check_fail_joint",
            "version": case.version,
            "text": "没做完",
            "branches": f"{case.number}-2",
        },
        headers=JSON,
    )
    assert answer.status_code == 200, answer.content
    assert [b.stage for b in case.branches.order_by("pk")] == ["done", "pending_handle"]


def test_the_tracker_tells_how_far_from_the_point_the_phone_stood(
    world: World, as_person: Browser, new_case: Report
) -> None:
    case = new_case()
    (x, y), at = world.point("B"), timezone.now()
    seen = Seen(x, y, "wgs84", 12.0, at)
    step_positions.keep(case, seen, at=at)
    shown = as_person("registrar").get(f"/cases/{case.number}").content.decode()
    assert "距点位过远" in shown
    assert "精度 12 米" in shown
