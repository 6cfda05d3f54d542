"""Office hours come down the department tree; nearer departments and narrower rows win."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from geodata.errors import DomainError
from gridmgmt.cases.clock import Calendar, OfficeHours, add, is_working
from gridmgmt.cases.officehours import EVERYBODY, HoursBook, HoursRow

ZONE = ZoneInfo("Asia/Shanghai")
WEEKS = Calendar(1, frozenset(), frozenset(), frozenset())
STREET, SQUAD = "/s.office/", "/s.office/s.squad/"


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def open_at(hours: OfficeHours, text: str) -> bool:
    return is_working(local(text), WEEKS, hours)


def test_nothing_said_means_the_usual_hours() -> None:
    assert HoursBook.of([]).hours(SQUAD) == OfficeHours()


def test_a_department_has_the_hours_of_the_nearest_one_that_says_any() -> None:
    book = HoursBook.of([HoursRow(EVERYBODY, "09:00-17:00"), HoursRow("s.squad", "10:00-20:00")])
    assert book.hours("").segments == book.hours(STREET).segments == ((540, 1020),)
    assert book.hours(SQUAD).segments == ((600, 1200),)
    assert book.hours("/s.other/") == book.hours("")


def test_a_narrow_row_above_holds_below_until_the_department_says_otherwise() -> None:
    summer = HoursRow("s.office", "08:00-12:00,15:00-19:00", season=(601, 930))
    assert open_at(HoursBook.of([summer]).hours(SQUAD), "2026-07-01 18:30")
    book = HoursBook.of([summer, HoursRow("s.squad", "09:00-12:00,13:00-17:00")])
    assert not open_at(book.hours(SQUAD), "2026-07-01 18:30")
    assert open_at(book.hours(STREET), "2026-07-01 18:30")


def test_a_narrow_row_stands_above_the_base_in_whatever_order_they_came() -> None:
    friday = HoursRow("s.office", "08:00-12:00", weekdays=(4,))
    book = HoursBook.of([friday, HoursRow("s.office", "09:00-18:00")])
    assert not open_at(book.hours(STREET), "2026-11-20 15:00")
    assert open_at(book.hours(STREET), "2026-11-19 15:00")


@pytest.mark.parametrize(
    ("season", "inside", "outside"),
    [
        ((601, 930), ["2026-06-01", "2026-09-30", "2031-07-15"], ["2026-05-29", "2026-10-01"]),
        ((1101, 229), ["2026-11-02", "2028-02-29", "2027-01-01"], ["2026-10-30", "2027-03-01"]),
    ],
)
def test_seasons_come_again_every_year_and_may_cross_the_new_year(
    season: tuple[int, int], inside: list[str], outside: list[str]
) -> None:
    hours = HoursBook.of([HoursRow(EVERYBODY, "10:00-11:00", season=season)]).hours("")
    assert [open_at(hours, f"{day} 08:30") for day in inside] == [False] * len(inside)
    assert [open_at(hours, f"{day} 08:30") for day in outside] == [True] * len(outside)


def test_validity_has_a_first_and_a_last_day() -> None:
    row = HoursRow(EVERYBODY, "", valid_from=date(2026, 11, 23), valid_to=date(2026, 11, 25))
    hours = HoursBook.of([row]).hours("")
    assert add(1, "work_day", local("2026-11-20 18:00"), WEEKS, hours) == local("2026-11-25 18:00")


@pytest.mark.parametrize(
    "row", [HoursRow("s.squad", ""), HoursRow("s.squad", "", weekdays=(0, 1, 2, 3, 4, 5, 6))]
)
def test_an_office_that_never_opens_is_refused_and_not_computed_with(row: HoursRow) -> None:
    book = HoursBook.of([row])
    with pytest.raises(DomainError) as refused:
        is_working(local("2026-11-20 10:00"), WEEKS, book.hours(SQUAD))
    assert refused.value.code == "office_hours_invalid"
    assert open_at(book.hours(STREET), "2026-11-20 10:00")
