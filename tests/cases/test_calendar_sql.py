"""Rows of working time are ended, never edited, whoever writes them."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from gridmgmt.cases import calendars, reference
from gridmgmt.cases.models import CalendarDay, CalendarVersion
from tests.world import AT, World


def run(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM cases_calendarday WHERE date = '2026-10-01'",
        "UPDATE cases_calendarday SET kind = 'makeup' WHERE date = '2026-10-01'",
        "UPDATE cases_calendarday SET removed_in_id = 2, name = 'x' WHERE date = '2026-10-01'",
        "UPDATE cases_calendarday SET removed_in_id = 1 WHERE date = '2026-10-01'",
        "INSERT INTO cases_calendarday (date, kind, name, source, added_in_id) VALUES ('2026-10-01', 'makeup', '', '', 2)",
    ],
)
def test_psql_may_not_change_a_version(world: World, sql: str) -> None:
    CalendarVersion.objects.create(number=2, made_at=AT, reason="test")
    with pytest.raises(IntegrityError):
        run(sql)


def test_an_ended_day_stays_in_the_versions_before_it(world: World) -> None:
    before = reference.current()
    CalendarVersion.objects.create(number=2, made_at=AT, reason="test")
    run("UPDATE cases_calendarday SET removed_in_id = 2 WHERE date = '2026-10-01'")
    after = reference.current()
    assert after.revision > before.revision
    assert (before.calendar.version, after.calendar.version) == (1, 2)
    day = CalendarDay.objects.get(date="2026-10-01").date
    assert calendars.load(1)[0].is_workday(day) is False
    assert calendars.load(2)[0].is_workday(day) is True
