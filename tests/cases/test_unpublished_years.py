"""F27: years whose holidays nobody has published. Cases go all the way by the weekend rule, it shows, and nothing breaks.

Short here; `GRID_BATTERY=1 ./grid test -n0 -s tests/cases/test_unpublished_years.py` goes on to the end of the table.
"""

from __future__ import annotations

import os
from datetime import date, datetime, time, timedelta

import pytest

from gridmgmt.cases import calendar_actions, calendar_queries, clock_check, reference
from gridmgmt.cases.actions import take_step
from gridmgmt.cases.calendar_changes import Change, DayChange
from gridmgmt.cases.intake import submit_report
from gridmgmt.cases.jobs import take_due_steps
from gridmgmt.cases.models import Case
from gridmgmt.organisation.actions import grant_role
from gridmgmt.organisation.models import Role, User
from gridmgmt.supervision.jobs import watch
from tests.world import AT, COUNTY, World, draft, sender, stored_photo

LONG = os.environ.get("GRID_BATTERY") == "1"
YEARS = range(2027, 2099 if LONG else 2029)
MONTHS = (1, 2, 5, 9, 10, 12) if LONG else (1, 2, 10, 12)
pytestmark = pytest.mark.timeout(3600 if LONG else 240)
FIVE_DAYS = "E0111"  # five working days
WAY = (
    ("acceptor", "accept", {}),
    ("registrar", "register", {"standard": 1}),
    ("dispatcher", "dispatch", {"department": "sanitation_station"}),
    ("handler", "sign", {}),
    ("handler", "feed_back", {}),
    ("worker", "check_pass", {}),
)


def local(year: int, month: int, day: int, hour: int = 9) -> datetime:
    return datetime.combine(date(year, month, day), time(hour), tzinfo=reference.current().zone)


def reported(world: World, at: datetime) -> tuple[Case, list[str]]:
    given = draft(world, category_key=FIVE_DAYS, captured_at=at)
    receipt = submit_report(draft=given, sender=sender(world), at=at)
    return Case.objects.get(pk=receipt.case_id), receipt.flags


def walk(world: World, case: Case, at: datetime) -> Case:
    """To its closing, a quarter of an hour a step."""
    for number, (who, action, fields) in enumerate(WAY, 1):
        now = at + number * timedelta(minutes=15)
        given = {
            name: world.department(value).pk if name == "department" else value
            for name, value in fields.items()
        }
        if action in ("feed_back", "check_pass"):
            stored_photo(case, "after" if action == "feed_back" else "site", now)
        case = take_step(
            case_id=case.pk, action=action, by=world.people[who], expected_version=number, at=now, text="已处理", fields=given
        )  # fmt: skip
    return case


def test_cases_go_all_the_way_by_the_weekend_rule_and_it_shows(world: World) -> None:
    walked = 0
    for year in YEARS:
        for month in MONTHS:
            at = local(year, month, 2)
            case, flags = reported(world, at)
            assert "calendar_estimated" in flags, at
            due = case.due_at.astimezone(reference.current().zone)
            assert due.weekday() < 5, due
            assert time(8) <= due.time() <= time(18), due
            assert timedelta(days=7) >= due.date() - at.date() >= timedelta(days=5), "five working days"
            take_due_steps(at)
            assert walk(world, case, at).stage == "closed"
            walked += 1
        watch(local(year, 12, 31))
        missing = calendar_queries.alarm(reference.current(), local(year, 12, 1))
        assert missing == calendar_queries.Alarm(year)
    assert clock_check.check(Case.objects.all()).differences == []
    print(f"\nF27: {walked} cases in {len(YEARS)} years without holidays, all closed, all flagged")


def test_a_year_that_is_entered_at_last_counts_from_then_on(world: World) -> None:
    """Promises made by the weekend rule stay; make-up days and holidays hold for what comes after."""
    admin = User.objects.create(username="admin", name="admin")
    grant_role(user=admin, role=Role.ADMIN, scope_code=COUNTY, at=AT)
    friday = local(2027, 9, 24)
    before, flags = reported(world, friday)
    assert "calendar_estimated" in flags
    days = [DayChange(date(2027, 10, day), "holiday", "国庆节") for day in range(1, 8)]
    days += [
        DayChange(date(2027, 9, 26), "makeup", "国庆节调休"),
        DayChange(date(2027, 10, 9), "makeup", "国庆节调休"),
    ]
    calendar_actions.apply(
        change=Change(days=tuple(days)), by=admin, reason="国务院办公厅通知", at=friday, base=1
    )
    after, flags = reported(world, friday)
    assert "calendar_estimated" not in flags
    due = after.due_at.astimezone(reference.current().zone).date()
    assert due < before.due_at.astimezone(reference.current().zone).date(), "the Sunday is worked"
    before.refresh_from_db()
    assert before.due_at > after.due_at
    late, _flags = reported(world, local(2027, 9, 29))
    assert late.due_at.astimezone(reference.current().zone).date() == date(2027, 10, 12), (
        "seven days of rest, a Saturday worked"
    )


@pytest.mark.parametrize("day", [date(2028, 2, 29), date(2027, 12, 31), date(2032, 2, 29)])
def test_odd_days_are_days(world: World, day: date) -> None:
    """F26: leap days and year ends begin and end limits like others."""
    case, _flags = reported(world, local(day.year, day.month, day.day))
    assert case.due_at > case.reported_at
    assert case.number.startswith(f"YX{day:%Y%m%d}")
