"""The city's own verdict on its closed requests of 2015, by the platform's ledger and lamp with the city's target times."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from geodata.ids import uuid7
from gridmgmt.cases import ledger
from gridmgmt.cases.clock import Calendar, OfficeHours
from gridmgmt.cases.clock_book import Entry, Kind, State, Terms, fold
from gridmgmt.cases.intake import submit_report
from gridmgmt.cases.lamps import RED, lamp_expression
from gridmgmt.cases.models import Case
from tests.replay.boston import BOSTON
from tests.world import AT, World, draft, sender

TERMS = Terms(Calendar.of([], version=0), OfficeHours())
# Closed after the target, and how many of the city's verdicts contradict its own times (README of the data).
OVERDUE = {
    "Abandoned Vehicles": 433, "Empty Litter Basket": 894, "Missing Sign": 276, "Rodent Activity": 422,
    "Street Light Outages": 1609, "Traffic Signal Repair": 108, "Tree Emergencies": 41,
}  # fmt: skip
CLOSED, CONTRADICTIONS = 17_872, 73


def instant(text: str) -> datetime:
    return datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=BOSTON)


def closed_rows(folder: Path) -> Iterator[dict[str, str]]:
    """Closed requests with a target time."""
    for file in sorted(folder.glob("*.csv.gz")):
        with gzip.open(file, "rt", encoding="utf-8", newline="") as text:
            for row in csv.DictReader(text):
                if row["CASE_STATUS"] == "Closed" and row["TARGET_DT"] and row["CLOSED_DT"]:
                    yield row


def lived(row: dict[str, str]) -> State:
    """The clock of a request: begun when it came in, its limit until the target, stopped when it was closed."""
    opened, target, closed = (instant(row[name]) for name in ("OPEN_DT", "TARGET_DT", "CLOSED_DT"))
    # Seconds as exact hours: our standards know whole units only, the ledger's arithmetic does not mind.
    limit: Any = Decimal((target.astimezone(UTC) - opened.astimezone(UTC)).total_seconds()) / 3600
    start = Entry(Kind.START, opened, limit, "urgent_hour")
    return fold([start, Entry(Kind.STOP, closed, limit, "urgent_hour")], lambda _v, _p: TERMS)


@pytest.mark.shared
@pytest.mark.django_db
def test_closed_requests_have_the_citys_own_verdict(shared_data: Path, world: World, capsys: Any) -> None:
    rows = list(closed_rows(shared_data / "incidents-boston311"))
    states = [lived(row) for row in rows]
    red = lamps_of(world, states)
    city = Counter(row["TYPE"] for row in rows if row["OnTime_Status"] == "OVERDUE")
    ours = Counter(row["TYPE"] for row, lamp in zip(rows, red, strict=True) if lamp)
    wrong = [row for row, lamp in zip(rows, red, strict=True) if lamp != (row["OnTime_Status"] == "OVERDUE")]
    with capsys.disabled():
        print(
            f"\n{len(rows)} closed with a target; {len(wrong)} verdicts of the city contradict its own times"
        )
        for kind in sorted(city):
            print(f"  {kind}: city {city[kind]}, by our clock {ours[kind]}")
    assert len(rows) == CLOSED
    assert ours == OVERDUE
    assert len(wrong) == CONTRADICTIONS
    for row in wrong:  # each is the city's: its words differ from its times
        late = instant(row["CLOSED_DT"]) > instant(row["TARGET_DT"])
        assert late != (row["OnTime_Status"] == "OVERDUE")


def lamps_of(world: World, states: list[State]) -> list[bool]:
    """Red or not by the lamp of lists and maps, computed by the database over rows with these clocks."""
    receipt = submit_report(draft=draft(world), sender=sender(world), at=AT)
    model = Case.objects.get(pk=receipt.case_id)
    copied = {
        field.attname: getattr(model, field.attname)
        for field in Case._meta.concrete_fields
        if not field.generated
    }
    rows = []
    for number, state in enumerate(states):
        # Left unclosed, as a closed case shows no lamp; its stage has no owner, hence no task.
        row = Case(**copied | {"id": uuid7(), "number": f"B{number:06d}", "stage": "closed"})
        ledger.write_state(row, state, 0)
        rows.append(row)
    Case.objects.bulk_create(rows, batch_size=2000)
    lamps = Case.objects.exclude(pk=model.pk).annotate(lamp=lamp_expression(AT))
    by_number = dict(lamps.values_list("number", "lamp"))
    return [by_number[row.number] == RED for row in rows]
