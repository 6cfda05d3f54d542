"""Working time changes by versions: what runs is told first, and moves only when an administrator says so."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from geodata.errors import DomainError
from gridmgmt.cases import (
    calendar_actions,
    calendar_changes,
    calendar_queries,
    calendars,
    clock,
    clock_check,
    reference,
)
from gridmgmt.cases.actions import take_step
from gridmgmt.cases.calendar_changes import Change, DayChange, HoursDraft, read_days, write_days
from gridmgmt.cases.intake import submit_report
from gridmgmt.cases.models import CalendarDay, CalendarVersion, Case, CaseHistory, ClockEntry
from gridmgmt.events.models import OutboxEvent
from gridmgmt.organisation.actions import grant_role
from gridmgmt.organisation.models import Role, User
from tests.world import AT, COUNTY, OTHER, STREET, World, draft, sender

MONDAY = date(2026, 11, 23)
STORM = Change(days=(DayChange(MONDAY, "holiday", "台风停工"),))


@pytest.fixture
def admin(world: World) -> User:
    user = User.objects.create(username="admin", name="admin")
    grant_role(user=user, role=Role.ADMIN, scope_code=COUNTY, at=AT - timedelta(days=9))
    return user


@pytest.fixture
def street_admin(world: World) -> User:
    user = User.objects.create(username="street_admin", name="street_admin")
    grant_role(user=user, role=Role.ADMIN, scope_code=STREET, at=AT - timedelta(days=9))
    return user


def running(world: World) -> Case:
    """Being handled since Friday morning, two working days to go."""
    receipt = submit_report(draft=draft(world), sender=sender(world), at=AT)
    Case.objects.filter(pk=receipt.case_id).update(
        stage="pending_dispatch", limit_value=2, limit_unit="work_day"
    )
    take_step(
        case_id=receipt.case_id, action="dispatch", by=world.dispatcher, expected_version=1, at=AT,
        fields={"department": world.department("sanitation_station").pk},
    )  # fmt: skip
    case = Case.objects.get(pk=receipt.case_id)
    assert case.due_at == datetime.fromisoformat("2026-11-24T10:00:00+08:00")
    return case


def apply(by: User, change: Change = STORM, **more: Any) -> CalendarVersion:
    options: dict[str, Any] = {"reason": "防汛办通知", "at": AT + timedelta(hours=1), "base": 1} | more
    return calendar_actions.apply(change=change, by=by, **options)


def code_of(call: Any, *args: Any, **options: Any) -> str:
    with pytest.raises(DomainError) as refused:
        call(*args, **options)
    return refused.value.code


def test_a_preview_says_what_would_move_and_writes_nothing(world: World, admin: User) -> None:
    case = running(world)
    (moved,) = calendar_actions.preview(change=STORM, by=admin, at=AT)
    assert moved.case.pk == case.pk
    assert moved.later
    assert moved.state.due_at == datetime.fromisoformat("2026-11-25T10:00:00+08:00")
    assert CalendarVersion.objects.count() == 1
    assert not CalendarDay.objects.filter(date=MONDAY).exists()


def test_from_now_on_only_leaves_promises_alone(world: World, admin: User) -> None:
    case = running(world)
    version = apply(admin)
    assert (version.number, version.differing, version.effect) == (2, 1, "from_now")
    same = Case.objects.get(pk=case.pk)
    assert (same.due_at, same.version, same.calendar_version) == (case.due_at, case.version, 1)
    assert clock_check.check().differences == []
    known = reference.current()
    assert known.calendar.version == 2
    friday = datetime.fromisoformat("2026-11-20T17:00:00+08:00")
    assert clock.add(2, "work_hour", friday, *known.terms("")) == datetime.fromisoformat(
        "2026-11-24T09:00:00+08:00"
    )
    assert clock.add(2, "work_hour", friday, *calendars.terms(1, "")) == datetime.fromisoformat(
        "2026-11-23T09:00:00+08:00"
    )


def test_computing_again_leaves_ledger_history_and_event(world: World, admin: User) -> None:
    case = running(world)
    before = OutboxEvent.objects.count()
    version = apply(admin, effect="rederive")
    after = Case.objects.get(pk=case.pk)
    assert after.due_at == datetime.fromisoformat("2026-11-25T10:00:00+08:00")
    assert after.stage_due_at == datetime.fromisoformat("2026-11-20T16:00:00+08:00")
    assert (after.version, after.calendar_version) == (case.version + 1, 2)
    row = CaseHistory.objects.get(case=case, seq=after.version)
    assert (row.action, row.from_stage, row.to_stage, row.actor, row.text) == (
        "rederive", case.stage, case.stage, admin, "防汛办通知",
    )  # fmt: skip
    assert row.data["due_at"] == after.due_at.isoformat()
    assert list(ClockEntry.objects.filter(case=case).order_by("seq").values_list("kind", "calendar_version")) == [
        ("start", 1), ("rederive", 2),
    ]  # fmt: skip
    assert clock_check.check().differences == []
    assert OutboxEvent.objects.count() == before + 1
    assert version.differing == 1


def test_a_promise_is_computed_again_too_and_keeps_its_trace(world: World, admin: User) -> None:
    receipt = submit_report(draft=draft(world, category_key="E0401"), sender=sender(world), at=AT)
    days = tuple(DayChange(MONDAY + timedelta(days=n), "holiday", "停工") for n in range(5))
    apply(admin, Change(days=days), effect="rederive")
    kinds = list(ClockEntry.objects.order_by("seq").values_list("kind", flat=True))
    moved = Case.objects.get(pk=receipt.case_id).due_at != receipt.due_at
    assert kinds == (["promise", "rederive"] if moved else [])
    assert clock_check.check().differences == []


def test_a_day_that_is_past_changes_no_finished_case(world: World, admin: User) -> None:
    case = running(world)
    Case.objects.filter(pk=case.pk).update(closed_at=AT)
    version = apply(admin, effect="rederive", at=AT + timedelta(days=9))
    assert version.differing == 0
    assert Case.objects.get(pk=case.pk).due_at == case.due_at


def test_two_changes_on_one_base_do_not_overwrite_each_other(world: World, admin: User) -> None:
    apply(admin)
    other = Change(days=(DayChange(date(2026, 11, 24), "holiday"),))
    assert code_of(apply, admin, other) == "calendar_changed"
    assert CalendarVersion.objects.count() == 2


def test_a_change_needs_a_reason_and_a_difference(world: World, admin: User) -> None:
    assert code_of(apply, admin, reason=" ") == "calendar_reason_missing"
    assert code_of(apply, admin, Change(days=(DayChange(MONDAY, ""),))) == "calendar_unchanged"
    assert code_of(apply, admin, Change()) == "calendar_unchanged"


@pytest.mark.parametrize(
    ("days", "code"),
    [
        ([DayChange(MONDAY, "makeup")], "calendar_makeup_on_weekday"),
        ([DayChange(MONDAY, "feast")], "calendar_day_invalid"),
        ([DayChange(date(1949, 10, 1), "holiday")], "calendar_day_invalid"),
        ([DayChange(MONDAY, "holiday"), DayChange(MONDAY, "")], "calendar_day_twice"),
        ([DayChange(MONDAY + timedelta(days=n), "holiday") for n in range(401)], "calendar_days_too_many"),
    ],
)
def test_senseless_days_are_refused(world: World, admin: User, days: list[DayChange], code: str) -> None:
    assert code_of(apply, admin, Change(days=tuple(days))) == code


def test_a_day_given_back_follows_the_week_again(world: World, admin: User) -> None:
    apply(admin)
    apply(admin, Change(days=(DayChange(MONDAY, ""),)), base=2)
    assert [calendars.load(n)[0].is_workday(MONDAY) for n in (1, 2, 3)] == [True, False, True]


def test_who_may_change_what(world: World, admin: User, street_admin: User) -> None:
    squad = world.department("enforcement_squad")
    own = Change(add_hours=(HoursDraft(squad.pk, "09:00-12:00,14:00-21:00"),))
    others = Change(add_hours=(HoursDraft(world.department("enforcement_squad", OTHER).pk, "09:00-12:00"),))
    assert code_of(apply, street_admin) == "calendar_not_permitted"
    assert code_of(apply, street_admin, others) == "calendar_not_permitted"
    assert (
        code_of(apply, street_admin, Change(add_hours=(HoursDraft(None, "09:00-12:00"),)))
        == "calendar_not_permitted"
    )
    assert code_of(apply, world.leader, own) == "calendar_not_permitted"
    assert apply(street_admin, own).number == 2


def test_the_clock_of_a_case_uses_the_hours_of_its_department_and_stages_those_of_the_street(
    world: World, admin: User
) -> None:
    squad, street = world.department("enforcement_squad"), world.department("street_office")
    rows = (HoursDraft(squad.pk, "18:00-22:00"), HoursDraft(street.pk, "09:00-11:00"))
    apply(admin, Change(add_hours=rows))
    known = reference.current()
    assert known.office_hours.hours(squad.path).segments == ((1080, 1320),)
    assert known.office_hours.hours(world.department("sanitation_station").path).segments == ((540, 660),)
    receipt = submit_report(draft=draft(world), sender=sender(world), at=AT)
    Case.objects.update(stage="pending_dispatch", limit_value=4, limit_unit="work_hour")
    case = take_step(
        case_id=receipt.case_id, action="dispatch", by=world.dispatcher, expected_version=1, at=AT,
        fields={"department": squad.pk},
    )  # fmt: skip
    assert case.due_at == datetime.fromisoformat("2026-11-20T22:00:00+08:00")
    assert case.stage_due_at == datetime.fromisoformat("2026-11-24T10:00:00+08:00")  # 4 hours, 2 a day
    assert ClockEntry.objects.get(case=case).hours_path == squad.path
    assert clock_check.check().differences == []


def test_a_new_base_row_takes_the_place_of_the_old_one(world: World, admin: User) -> None:
    squad = world.department("enforcement_squad").pk
    apply(admin, Change(add_hours=(HoursDraft(squad, "09:00-12:00"),)))
    apply(admin, Change(add_hours=(HoursDraft(squad, "10:00-12:00"),)), base=2)
    assert [row.segments for row in calendar_queries.hours_rows(3)] == ["10:00-12:00"]
    assert [row.segments for row in calendar_queries.hours_rows(2)] == ["09:00-12:00"]


@pytest.mark.parametrize("segments", ["", "9-5", "18:00-09:00"])
def test_hours_that_are_none_are_refused(world: World, admin: User, segments: str) -> None:
    change = Change(add_hours=(HoursDraft(None, segments),))
    assert code_of(apply, admin, change) == "office_hours_invalid"


def test_a_department_that_would_never_open_is_refused(world: World, admin: User) -> None:
    shut = HoursDraft(world.department("enforcement_squad").pk, "", season=(101, 1231))
    assert code_of(apply, admin, Change(add_hours=(shut,))) == "office_hours_invalid"


def test_the_alarm_speaks_in_november_of_a_year_that_is_missing(world: World) -> None:
    known = reference.current()
    assert calendar_queries.alarm(known, AT - timedelta(days=30)) is None
    assert calendar_queries.alarm(known, AT) == calendar_queries.Alarm(2027)
    receipt = submit_report(draft=draft(world), sender=sender(world), at=AT)
    assert calendar_queries.reaching_unknown(known) == 0
    Case.objects.filter(pk=receipt.case_id).update(due_at=AT + timedelta(days=60), limit_unit="work_day")
    assert calendar_queries.reaching_unknown(known) == 1


def test_the_alarm_ends_when_the_year_is_entered(world: World, admin: User) -> None:
    text = "date,kind,name\n2027-01-01,holiday,元旦\n2027-10-01,holiday,国庆节\n"
    apply(admin, Change(days=read_days(text)))
    assert calendar_queries.alarm(reference.current(), AT) is None


def test_lines_are_read_as_they_are_written() -> None:
    days = calendar_changes.published_year(2026)
    assert len(days) > 20
    assert read_days("\ufeff" + write_days(days)) == days
    assert code_of(read_days, "1 October,holiday,x") == "calendar_line_invalid"


def test_seeding_again_adds_nothing_and_a_year_that_was_entered_stays(world: World, admin: User) -> None:
    assert calendar_actions.seed(at=AT) == 0
    apply(admin)
    assert calendar_actions.seed(at=AT) == 0
    assert CalendarVersion.objects.count() == 2
