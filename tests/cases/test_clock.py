"""Deadlines against the vectors of the standards and against a slow, obvious clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.errors import DomainError
from gridmgmt.cases.calendar_seed import seed_days
from gridmgmt.cases.clock import (
    Calendar,
    LimitUnit,
    OfficeHours,
    Pause,
    add,
    add_many,
    add_time,
    before,
    deadline,
    due_with_pauses,
    elapsed,
    in_units,
    is_working,
    remaining,
)
from gridmgmt.cases.worktime import HoursPeriod, parse_segments

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = Calendar.of([(day.date, day.kind) for day in seed_days()], version=7)
HOURS = OfficeHours()
WORKING = [LimitUnit.WORK_HOUR, LimitUnit.WORK_DAY]
instants = st.datetimes(
    datetime(1985, 1, 1),  # noqa: DTZ001
    datetime(2060, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, ZONE, ZoneInfo("Europe/Paris")]),
)
units = st.sampled_from(list(LimitUnit))
limits = st.integers(0, 400) | st.floats(0, 60, allow_nan=False) | st.decimals(0, 40, places=2)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("start", "limit", "unit", "due"),
    [
        ("2026-04-30 17:00", 4, "work_hour", "2026-05-06 11:00"),
        ("2026-02-13 17:30", 1, "work_day", "2026-02-14 17:30"),
        ("2026-04-21 12:00", 2, "work_hour", "2026-04-21 16:00"),
        ("2026-04-29 09:00", 5, "work_day", "2026-05-09 09:00"),
        ("2026-09-18 09:00", 1, "work_day", "2026-09-20 09:00"),
        ("2026-04-21 11:00", 1, "work_hour", "2026-04-21 12:00"),
        ("2026-04-21 10:00", 6, "work_hour", "2026-04-21 18:00"),
        ("2026-04-21 22:00", 1, "work_hour", "2026-04-22 09:00"),
        ("2025-12-31 17:00", 2, "work_hour", "2026-01-04 09:00"),
        ("2026-04-30 17:00", 2, "urgent_hour", "2026-04-30 19:00"),
        ("2026-04-30 17:00", 2, "urgent_day", "2026-05-02 17:00"),
        ("2026-02-28 23:30", 0.5, "urgent_hour", "2026-03-01 00:00"),
    ],
)
def test_deadlines_of_the_standards(start: str, limit: float, unit: str, due: str) -> None:
    assert add(limit, LimitUnit(unit), local(start), CALENDAR, HOURS) == local(due)


def test_unit_may_be_the_plain_text_of_a_database_row() -> None:
    start = local("2026-04-21 09:00")
    assert add(1, "work_day", start, CALENDAR, HOURS) == local("2026-04-22 09:00")
    with pytest.raises(DomainError) as refused:
        add(1, "fortnight", start, CALENDAR, HOURS)
    assert refused.value.code == "limit_unit_unknown"


def test_result_is_in_utc() -> None:
    assert add(1, LimitUnit.WORK_HOUR, local("2026-04-21 09:00"), CALENDAR, HOURS).tzinfo is UTC


def test_limit_of_nothing_waits_for_the_office_to_open() -> None:
    assert add(0, LimitUnit.WORK_HOUR, local("2026-04-21 12:30"), CALENDAR, HOURS) == local(
        "2026-04-21 14:00"
    )
    assert add(0, LimitUnit.WORK_HOUR, local("2026-04-21 09:30"), CALENDAR, HOURS) == local(
        "2026-04-21 09:30"
    )


@pytest.mark.parametrize("limit", [-1, float("nan"), float("inf"), Decimal("NaN"), Decimal("sNaN"), 10**6])
def test_senseless_limits_are_refused(limit: float | Decimal) -> None:
    with pytest.raises(DomainError) as refused:
        add(limit, LimitUnit.WORK_DAY, local("2026-04-21 09:00"), CALENDAR, HOURS)
    assert refused.value.code == "limit_invalid"


def test_time_without_zone_is_refused() -> None:
    with pytest.raises(DomainError) as refused:
        add(1, LimitUnit.WORK_DAY, datetime(2026, 4, 21, 9), CALENDAR, HOURS)  # noqa: DTZ001
    assert refused.value.code == "time_without_zone"


@pytest.mark.parametrize("year", [1950, 2099, 2150])
@pytest.mark.parametrize("limit", [0, 300])
def test_instants_outside_the_table_are_refused_not_guessed(year: int, limit: int) -> None:
    start = datetime(year, 12, 31, 23, tzinfo=UTC)
    with pytest.raises(DomainError) as refused:
        add(limit, LimitUnit.WORK_DAY, start, CALENDAR, HOURS)
    assert refused.value.code == "time_out_of_range"
    with pytest.raises(DomainError):
        add_many(
            [limit], LimitUnit.WORK_DAY, np.array([f"{year}-12-31T23"], "datetime64[us]"), CALENDAR, HOURS
        )


def test_a_year_without_published_holidays_is_flagged_and_follows_the_weekend_rule() -> None:
    known = deadline(2, LimitUnit.WORK_DAY, local("2026-12-28 09:00"), CALENDAR, HOURS)
    assert (known.estimated, known.calendar_version) == (False, 7)
    guessed = deadline(9, LimitUnit.WORK_DAY, local("2026-12-28 09:00"), CALENDAR, HOURS)
    assert guessed.due_at == local("2027-01-08 09:00")
    assert guessed.estimated
    assert not deadline(30, LimitUnit.URGENT_DAY, local("2026-12-28 09:00"), CALENDAR, HOURS).estimated


def test_one_local_holiday_does_not_make_a_year_known() -> None:
    calendar = Calendar.of([(date(2027, 3, 3), "holiday"), (date(2026, 10, 1), "holiday")], version=1)
    assert calendar.years == {2026}
    assert not calendar.is_workday(date(2027, 3, 3))


def test_equal_calendars_share_their_table() -> None:
    again = Calendar.of([(day.date, day.kind) for day in seed_days()], version=7)
    assert again == CALENDAR
    assert hash(again) == hash(CALENDAR)
    newer = Calendar.of([(day.date, day.kind) for day in seed_days()], version=8)
    assert newer != CALENDAR


@pytest.mark.parametrize(
    "rows", [[(date(2026, 1, 1), "holiday"), (date(2026, 1, 1), "makeup")], [(date(2026, 1, 1), "x")]]
)
def test_contradicting_or_unknown_kinds_of_day_are_refused(rows: list[tuple[date, str]]) -> None:
    with pytest.raises(DomainError):
        Calendar.of(rows, version=1)


def test_summer_time_of_1986_to_1991_is_local_office_time() -> None:
    summer = add(1, LimitUnit.WORK_HOUR, datetime(1988, 7, 1, 0, 0, tzinfo=ZONE), CALENDAR, HOURS)
    assert summer == datetime(1988, 7, 1, 0, 0, tzinfo=UTC)  # 09:00 at UTC+9
    winter = add(1, LimitUnit.WORK_HOUR, datetime(1988, 12, 1, 0, 0, tzinfo=ZONE), CALENDAR, HOURS)
    assert winter == datetime(1988, 12, 1, 1, 0, tzinfo=UTC)


def test_round_the_clock_hours_lose_the_hour_that_summer_time_skips() -> None:
    always = OfficeHours(segments=((0, 1440),), work_day_minutes=1440)
    seven = Calendar(1, frozenset(), frozenset(), frozenset(), weekend=frozenset())
    start, end = datetime(1988, 4, 16, tzinfo=ZONE), datetime(1988, 4, 19, tzinfo=ZONE)
    assert elapsed(start, end, LimitUnit.WORK_HOUR, seven, always) == timedelta(hours=71)
    early = OfficeHours(segments=((120, 180), (540, 600)))  # 02:00-03:00 does not exist on 1988-04-17
    span = (datetime(1988, 4, 17, tzinfo=ZONE), datetime(1988, 4, 18, tzinfo=ZONE))
    assert elapsed(*span, LimitUnit.WORK_HOUR, seven, early) == timedelta(hours=1)


def test_summer_hours_and_weekday_hours_replace_the_standard_ones() -> None:
    summer = HoursPeriod(parse_segments("08:30-12:00,15:00-18:30"), date(2026, 6, 1), date(2026, 10, 1))
    friday = HoursPeriod(parse_segments("08:00-12:00"), weekdays=frozenset({4}))
    hours = OfficeHours(periods=(summer, friday))
    assert add(4, "work_hour", local("2026-06-02 08:00"), CALENDAR, hours) == local("2026-06-02 15:30")
    assert add(5, "work_hour", local("2026-05-22 08:00"), CALENDAR, hours) == local("2026-05-25 09:00")
    assert add(4, "work_hour", local("2026-05-21 08:00"), CALENDAR, hours) == local("2026-05-21 12:00")


def test_closed_period_has_no_working_time() -> None:
    shut = HoursPeriod((), date(2026, 7, 1), date(2026, 8, 1))
    hours = OfficeHours(periods=(shut,))
    assert add(1, "work_hour", local("2026-07-05 09:00"), CALENDAR, hours) == local("2026-08-03 09:00")


@pytest.mark.parametrize(
    "text", ["8", "08:00-07:00", "08:00-25:00", "14:00-18:00,08:00-12:00", "08:00-08:60", "x:0-1:00"]
)
def test_bad_office_hours_are_refused(text: str) -> None:
    with pytest.raises(DomainError) as refused:
        parse_segments(text)
    assert refused.value.code == "office_hours_invalid"


def test_hours_may_reach_midnight() -> None:
    assert parse_segments("00:00-24:00") == ((0, 1440),)


def test_office_is_closed_at_closing_time_and_at_noon() -> None:
    opened = {
        text: is_working(local(f"2026-04-21 {text}"), CALENDAR, HOURS)
        for text in ("08:00", "12:00", "13:00", "17:59", "18:00")
    }
    assert opened == {"08:00": True, "12:00": False, "13:00": False, "17:59": True, "18:00": False}
    assert not is_working(local("2026-10-01 10:00"), CALENDAR, HOURS)
    assert is_working(local("2026-10-10 10:00"), CALENDAR, HOURS)


def test_a_pause_moves_the_deadline_by_the_working_time_in_it() -> None:
    start = local("2026-04-20 09:00")
    pause = Pause(local("2026-04-20 10:00"), local("2026-04-22 10:00"))
    assert due_with_pauses(4, "work_hour", start, [pause], CALENDAR, HOURS) == local("2026-04-22 15:00")
    assert due_with_pauses(4, "urgent_hour", start, [pause], CALENDAR, HOURS) == local("2026-04-22 13:00")


def test_an_open_pause_holds_the_deadline_unless_it_was_reached_before() -> None:
    start = local("2026-04-20 09:00")
    assert due_with_pauses(4, "work_hour", start, [Pause(local("2026-04-20 10:00"))], CALENDAR, HOURS) is None
    reached = due_with_pauses(1, "work_hour", start, [Pause(local("2026-04-20 10:00"))], CALENDAR, HOURS)
    assert reached == local("2026-04-20 10:00")


def test_overlapping_unordered_and_empty_pauses_count_once() -> None:
    start, end = local("2026-04-20 08:00"), local("2026-04-20 18:00")
    pauses = [
        Pause(local("2026-04-20 15:00"), local("2026-04-20 16:00")),
        Pause(local("2026-04-20 09:00"), local("2026-04-20 11:00")),
        Pause(local("2026-04-20 10:00"), local("2026-04-20 11:30")),
        Pause(local("2026-04-20 17:00"), local("2026-04-20 17:00")),
    ]
    assert elapsed(start, end, "work_hour", CALENDAR, HOURS, pauses) == timedelta(hours=4.5)
    assert elapsed(start, end, "urgent_hour", CALENDAR, HOURS, pauses) == timedelta(hours=6.5)


@settings(deadline=None)
@given(st.integers(1, 200), units, instants, st.timedeltas(timedelta(0), timedelta(days=20)))
def test_what_is_left_runs_on_from_a_later_start(
    limit: int, unit: LimitUnit, start: datetime, paused: timedelta
) -> None:
    start = start.astimezone(UTC)
    halt = start + timedelta(hours=30)
    left = remaining(limit, unit, start, halt, CALENDAR, HOURS)
    if left > timedelta(0):
        resumed = add_time(left, unit, halt + paused, CALENDAR, HOURS)
        pauses = [Pause(halt, halt + paused)]
        assert resumed == due_with_pauses(limit, unit, start, pauses, CALENDAR, HOURS)


def test_remaining_turns_negative_when_overdue() -> None:
    start = local("2026-04-20 08:00")
    left = remaining(1, "work_day", start, local("2026-04-21 09:00"), CALENDAR, HOURS)
    assert left == timedelta(hours=-1)
    assert in_units(left, "work_day", HOURS) == -0.125
    assert remaining(1, "work_day", start, start, CALENDAR, HOURS) == timedelta(hours=8)


def slow_elapsed(start: datetime, end: datetime) -> timedelta:
    """Sums office time day by day, the obvious way."""
    total, day = timedelta(), start.astimezone(ZONE).date()
    while day <= end.astimezone(ZONE).date():
        for opening, closing in HOURS.segments if CALENDAR.is_workday(day) else ():
            midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001
            opens = (midnight + timedelta(minutes=opening)).replace(tzinfo=ZONE).astimezone(UTC)
            closes = (midnight + timedelta(minutes=closing)).replace(tzinfo=ZONE).astimezone(UTC)
            total += max(timedelta(), min(closes, end) - max(opens, start))
        day += timedelta(days=1)
    return total


@settings(deadline=None, max_examples=150)
@given(instants, st.timedeltas(timedelta(0), timedelta(days=90)))
def test_prefix_sums_agree_with_counting_day_by_day(start: datetime, span: timedelta) -> None:
    start = start.astimezone(UTC)
    assert elapsed(start, start + span, "work_hour", CALENDAR, HOURS) == slow_elapsed(start, start + span)


@settings(deadline=None)
@given(limits, units, instants)
def test_elapsed_until_the_deadline_is_the_limit(
    limit: float | Decimal, unit: LimitUnit, start: datetime
) -> None:
    due = add(limit, unit, start, CALENDAR, HOURS)
    assert remaining(limit, unit, start, due, CALENDAR, HOURS) == timedelta(0)


@settings(deadline=None)
@given(limits, units, instants)
def test_before_is_add_the_other_way_round(limit: float | Decimal, unit: LimitUnit, start: datetime) -> None:
    begun = before(limit, unit, start, CALENDAR, HOURS)
    assert begun <= start
    ran = remaining(limit, unit, begun, start, CALENDAR, HOURS)
    assert ran == timedelta(0)


@settings(deadline=None)
@given(limits, st.sampled_from(WORKING), instants)
def test_a_working_deadline_never_falls_outside_working_time(
    limit: float | Decimal, unit: LimitUnit, start: datetime
) -> None:
    due = add(limit, unit, start, CALENDAR, HOURS)
    just_before = due - timedelta(microseconds=1)
    assert is_working(due, CALENDAR, HOURS) or is_working(just_before, CALENDAR, HOURS)


@settings(deadline=None)
@given(limits, units, instants, st.timedeltas(timedelta(0), timedelta(days=30)), st.integers(0, 50))
def test_later_start_or_longer_limit_is_never_due_earlier(
    limit: float | Decimal, unit: LimitUnit, start: datetime, later: timedelta, more: int
) -> None:
    due = add(limit, unit, start, CALENDAR, HOURS)
    assert add(limit, unit, start.astimezone(UTC) + later, CALENDAR, HOURS) >= due
    assert add(limit + more, unit, start, CALENDAR, HOURS) >= due
    assert due >= start


pauses_after = st.lists(
    st.tuples(
        st.timedeltas(timedelta(0), timedelta(days=20)), st.timedeltas(timedelta(0), timedelta(days=9))
    ),
    max_size=5,
)


@settings(deadline=None)
@given(st.integers(1, 100), units, instants, pauses_after)
def test_with_pauses_the_limit_is_used_up_exactly_at_the_deadline(
    limit: int, unit: LimitUnit, start: datetime, spans: list[tuple[timedelta, timedelta]]
) -> None:
    start = start.astimezone(UTC)
    pauses = [Pause(start + offset, start + offset + length) for offset, length in spans]
    due = due_with_pauses(limit, unit, start, pauses, CALENDAR, HOURS)
    assert due is not None
    assert remaining(limit, unit, start, due, CALENDAR, HOURS, pauses) == timedelta(0)
    assert due >= add(limit, unit, start, CALENDAR, HOURS)
    assert not any(p.end and p.start < due < p.end for p in pauses)


@settings(deadline=None)
@given(units, st.lists(st.tuples(st.integers(0, 300), instants), min_size=1, max_size=20))
def test_the_column_form_agrees_with_the_single_one(
    unit: LimitUnit, rows: list[tuple[int, datetime]]
) -> None:
    starts = np.array(
        [start.astimezone(UTC).replace(tzinfo=None) for _, start in rows], dtype="datetime64[us]"
    )
    many = add_many([limit for limit, _ in rows], unit, starts, CALENDAR, HOURS)
    single = [add(limit, unit, start, CALENDAR, HOURS).replace(tzinfo=None) for limit, start in rows]
    assert many.astype("datetime64[us]").tolist() == single


def test_an_empty_column_gives_an_empty_column() -> None:
    assert add_many([], "work_day", np.array([], "datetime64[us]"), CALENDAR, HOURS).size == 0


def test_the_column_form_refuses_bad_limits() -> None:
    with pytest.raises(DomainError):
        add_many([float("nan")], "work_day", np.array(["2026-04-21"], "datetime64[us]"), CALENDAR, HOURS)


def test_seed_covers_2004_to_2026_with_its_make_up_days() -> None:
    assert set(range(2004, 2027)) <= CALENDAR.years
    assert CALENDAR.is_workday(date(2026, 2, 14))
    assert not CALENDAR.is_workday(date(2026, 2, 23))
    names = {day.date: day.name for day in seed_days()}
    assert names[date(2026, 10, 1)] == "国庆节"
    assert [day.date for day in seed_days()] == sorted(names)
