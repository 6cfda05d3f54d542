"""The page of working time: everybody reads it, administrators change it and see first what that does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from gridmgmt.cases import ledger, reference
from gridmgmt.cases.intake import submit_report
from gridmgmt.cases.models import CalendarDay, CalendarVersion, Case, CaseHistory
from gridmgmt.organisation.actions import grant_role
from gridmgmt.organisation.models import Role, User
from tests.world import AT, COUNTY, World, draft, sender

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(world: World, time_machine) -> Client:
    time_machine.move_to(AT, tick=False)
    user = User.objects.create(username="admin", name="管理员")
    grant_role(user=user, role=Role.ADMIN, scope_code=COUNTY, at=AT - timedelta(days=9))
    client = Client()
    client.force_login(user)
    return client


def as_leader(world: World) -> Client:
    client = Client()
    client.force_login(world.leader)
    return client


STORM = {"year": "2026", "day": "2026-11-23", "until": "2026-11-24", "kind": "holiday", "name": "台风停工"}


def running(world: World) -> Case:
    submit_report(draft=draft(world), sender=sender(world), at=AT)
    case = Case.objects.get()
    state = ledger.promised(reference.current(), 2, "work_day", AT, ledger.path_of(case))
    Case.objects.update(limit_value=2, limit_unit="work_day", due_at=state.due_at, near_at=state.near_at)
    case.refresh_from_db()
    return case


def test_a_year_shows_holidays_and_make_up_days(admin: Client) -> None:
    page = admin.get("/calendar?year=2026").content.decode()
    assert page.count('class="month"') == 12
    assert 'data-day="2026-10-01" data-state="holiday" data-name="国庆节"' in page
    assert 'data-day="2026-10-10" data-state="makeup"' in page


def test_who_is_no_administrator_reads_and_cannot_change(world: World, admin: Client) -> None:
    leader = as_leader(world)
    page = leader.get("/calendar?year=2026").content.decode()
    assert "data-day" not in page
    assert leader.post("/calendar/preview", STORM).status_code == 403
    answer = leader.post("/calendar/apply", STORM | {"reason": "x", "base": "1"})
    assert answer.status_code == 403
    assert CalendarVersion.objects.count() == 1


def test_a_change_is_shown_with_its_effect_and_then_made(world: World, admin: Client) -> None:
    case = running(world)
    page = admin.post("/calendar/preview", STORM).content.decode()
    assert case.number in page
    assert 'value="from_now" checked' in page
    assert not CalendarDay.objects.filter(date="2026-11-23").exists()
    lines = "date,kind,name\n2026-11-23,holiday,台风停工\n2026-11-24,holiday,台风停工\n"
    assert lines.splitlines()[1] in page
    sent = {"year": "2026", "lines": lines, "base": "1", "reason": "防汛〔2026〕3 号", "effect": "rederive"}
    answer = admin.post("/calendar/apply", sent, follow=True)
    assert answer.redirect_chain == [("/calendar?year=2026", 302)]
    assert 'data-day="2026-11-24" data-state="holiday"' in answer.content.decode()
    assert CaseHistory.objects.filter(action="rederive").count() == 1
    case_page = admin.get(f"/cases/{case.number}").content.decode()
    assert "防汛〔2026〕3 号" in case_page


def test_faults_are_told_on_the_page_and_keep_the_year(admin: Client) -> None:
    answer = admin.post("/calendar/preview", STORM | {"kind": "makeup"})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    sent = {"year": "2026", "lines": "2026-11-23,holiday,x", "base": "7", "reason": "x"}
    assert admin.post("/calendar/apply", sent).status_code == 409


@pytest.mark.parametrize(
    "form",
    [
        {}, {"day": "yesterday"}, {"day": "2026-11-23", "until": "2026-11-01"}, {"published": "x"}, {"end": "-1"},
        {"segments": "08:00-12:00", "department": "x"}, {"segments": "08:00-12:00", "season_from": "13-45"},
        {"segments": "08:00-12:00", "weekdays": "Monday"}, {"day": "2026-11-23", "kind": "\x00"}, {"end": "99999"},
    ],
)  # fmt: skip
def test_strange_forms_are_refused_without_a_crash(admin: Client, form: dict[str, str]) -> None:
    assert admin.post("/calendar/preview", form).status_code in (403, 404, 422)
    assert admin.post("/calendar/apply", form | {"reason": "x", "base": "y"}).status_code in (
        403,
        404,
        409,
        422,
    )
    assert CalendarVersion.objects.count() == 1


def test_office_hours_of_a_department_are_added_and_ended(world: World, admin: Client) -> None:
    squad = world.department("enforcement_squad").pk
    sent = {
        "year": "2026",
        "department": str(squad),
        "segments": "09:00-12:00,14:00-21:00",
        "weekdays": ["5", "6"],
    }
    page = admin.post("/calendar/preview", sent).content.decode()
    assert "09:00-12:00,14:00-21:00" in page
    assert admin.post("/calendar/apply", sent | {"reason": "夜市", "base": "1"}).status_code == 302
    listed = admin.get("/calendar").content.decode()
    assert "09:00-12:00,14:00-21:00" in listed
    key = listed.split('name="end" value="')[1].split('"')[0]
    assert admin.post("/calendar/apply", {"end": key, "reason": "结束", "base": "2"}).status_code == 302
    assert "09:00-12:00,14:00-21:00" not in admin.get("/calendar").content.decode()
    assert "09:00-12:00,14:00-21:00" in admin.get("/calendar?version=2").content.decode()


def test_a_file_is_read_and_what_is_exported_comes_in_again(world: World, admin: Client) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    text = "date,kind,name\n2027-01-01,holiday,元旦\n2027-10-01,holiday,国庆节\n".encode()
    page = admin.post("/calendar/preview", {"year": "2027", "file": SimpleUploadedFile("2027.csv", text)})
    assert "2027-10-01,holiday" in page.content.decode()
    exported = admin.get("/calendar.csv?year=2026").content
    again = admin.post("/calendar/preview", {"file": SimpleUploadedFile("2026.csv", exported)})
    assert again.status_code == 422  # nothing would change
    broken = admin.post("/calendar/preview", {"file": SimpleUploadedFile("x.csv", b"\xff\xfe\x00")})
    assert broken.status_code == 422


def test_administrators_are_told_of_a_year_without_holidays_until_it_is_entered(
    world: World, admin: Client
) -> None:
    assert "/calendar?year=2027" in admin.get("/cases").content.decode()
    assert "/calendar?year=2027" not in as_leader(world).get("/cases").content.decode()
    lines = "2027-10-01,holiday,国庆节"
    admin.post("/calendar/apply", {"lines": lines, "reason": "国办发明电", "base": "1"})
    assert "/calendar?year=2027" not in admin.get("/cases").content.decode()


def test_health_warns_without_being_unwell(world: World, admin: Client) -> None:
    answer = admin.get("/healthz").json()
    assert answer["warnings"] == ["holidays of 2027 are not entered (page /calendar)"]


def test_the_page_costs_the_same_however_many_days(admin: Client, django_assert_max_num_queries) -> None:
    admin.get("/calendar?year=2026")
    with django_assert_max_num_queries(16):
        admin.get("/calendar?year=2026")
