"""The lamp says the same for every row: finished, paused, in time, near the limit, over it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from gridmgmt.cases import ledger, reference
from gridmgmt.cases.intake import submit_report
from gridmgmt.cases.lamps import lamp_expression
from gridmgmt.cases.models import Case
from tests.world import AT, World, draft, sender


def hour(number: float) -> datetime:
    return AT + timedelta(hours=number)


@pytest.mark.parametrize(
    ("columns", "now", "lamp"),
    [
        ({"due_at": None}, 1000, "green"),
        ({"due_at": 10, "near_at": 8}, 7.9, "green"),
        ({"due_at": 10, "near_at": 8}, 8, "yellow"),
        ({"due_at": 10, "near_at": 8}, 9.9, "yellow"),
        ({"due_at": 10, "near_at": 8}, 10, "red"),
        ({"due_at": 10, "near_at": 8, "clock_stopped_at": 9}, 20, "green"),
        ({"due_at": 10, "near_at": 8, "clock_stopped_at": 10}, 20, "green"),
        ({"due_at": 10, "near_at": 8, "clock_stopped_at": 11}, 20, "red"),
        ({"due_at": 10, "near_at": 8, "paused_at": 5}, 20, "grey"),
        ({"due_at": 10, "near_at": 8, "paused_at": 5, "wait_ends_at": 9}, 8.9, "grey"),
        ({"due_at": 10, "near_at": 8, "paused_at": 5, "wait_ends_at": 9}, 9, "yellow"),
        ({"due_at": 10, "near_at": 8, "paused_at": 5, "wait_ends_at": 9}, 10, "red"),
        ({"due_at": 10, "near_at": 8, "paused_at": 5, "closed_at": 30}, 40, "done"),
    ],
)
def test_lamp_of_a_case(world: World, columns: dict[str, float | None], now: float, lamp: str) -> None:
    receipt = submit_report(draft=draft(world), sender=sender(world), at=AT)
    rows = Case.objects.filter(pk=receipt.case_id)
    rows.update(**{name: None if value is None else hour(value) for name, value in columns.items()})
    assert rows.annotate(lamp=lamp_expression(hour(now))).get().lamp == lamp


def test_a_weekend_turns_no_working_limit_yellow(world: World) -> None:
    """A working day from Friday 16:00: on Sunday most of the wall time is over, little of the limit is."""
    friday = datetime.fromisoformat("2026-11-20T16:00:00+08:00")
    receipt = submit_report(draft=draft(world, captured_at=friday), sender=sender(world), at=friday)
    case = Case.objects.get(pk=receipt.case_id)
    ledger.write_state(case, ledger.promised(reference.current(), 1, "work_day", friday, ""), 1)
    case.save()
    assert case.due_at == datetime.fromisoformat("2026-11-23T16:00:00+08:00")
    assert case.near_at == datetime.fromisoformat("2026-11-23T14:24:00+08:00")
    lamps = {
        text: Case.objects.annotate(lamp=lamp_expression(datetime.fromisoformat(f"2026-11-{text}+08:00")))
        .get()
        .lamp
        for text in ("22T20:00:00", "23T14:23:59", "23T14:24:00", "23T16:00:00")
    }
    assert list(lamps.values()) == ["green", "green", "yellow", "red"]


def test_a_report_and_a_dispatch_store_when_the_last_fifth_begins(world: World) -> None:
    receipt = submit_report(draft=draft(world), sender=sender(world), at=AT)
    case = Case.objects.get(pk=receipt.case_id)
    assert case.due_at is not None
    assert (
        case.near_at
        == ledger.promised(
            reference.current(), case.limit_value, case.limit_unit, AT, ledger.path_of(case)
        ).near_at
    )
    assert AT < case.near_at < case.due_at
