"""The lamp says the same for every row: finished, paused, in time, near the limit, over it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

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
        ({"due_at": 10}, 7.9, "green"),
        ({"due_at": 10}, 8, "yellow"),
        ({"due_at": 10}, 9.9, "yellow"),
        ({"due_at": 10}, 10, "red"),
        ({"due_at": 14, "clock_started_at": 4}, 11.9, "green"),
        ({"due_at": 14, "clock_started_at": 4}, 12, "yellow"),
        ({"due_at": 10, "clock_stopped_at": 9}, 20, "green"),
        ({"due_at": 10, "clock_stopped_at": 11}, 20, "red"),
        ({"due_at": 10, "paused_at": 5}, 20, "grey"),
        ({"due_at": 10, "paused_at": 5, "closed_at": 30}, 40, "done"),
    ],
)
def test_lamp_of_a_case(world: World, columns: dict[str, float | None], now: float, lamp: str) -> None:
    receipt = submit_report(draft=draft(world), sender=sender(world), at=AT)
    rows = Case.objects.filter(pk=receipt.case_id)
    rows.update(**{name: None if value is None else hour(value) for name, value in columns.items()})
    assert rows.annotate(lamp=lamp_expression(hour(now))).get().lamp == lamp
