"""F28: the server's clock steps an hour ahead or back. Sign-ins, deadlines and the order of events stay sane."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from geodata.ids import uuid7
from gridmgmt.cases import clock_check
from gridmgmt.cases.actions import take_step
from gridmgmt.cases.intake import submit_report
from gridmgmt.cases.models import Case, CaseHistory
from gridmgmt.events.models import OutboxEvent
from gridmgmt.organisation.devices import device_register
from tests.world import AT, World, draft, sender

HOUR = timedelta(hours=1)
STEPS = [HOUR, -HOUR]


@pytest.mark.parametrize("step", STEPS)
def test_a_phone_stays_signed_in(world: World, time_machine: Any, step: timedelta) -> None:
    time_machine.move_to(AT, tick=False)
    token = device_register(user=world.worker, name="p", platform="test", at=AT).token
    time_machine.move_to(AT + step, tick=False)
    answer = Client().get("/api/v1/reports", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 200


@pytest.mark.parametrize("step", STEPS)
def test_a_browser_stays_signed_in(world: World, time_machine: Any, step: timedelta) -> None:
    time_machine.move_to(AT, tick=False)
    client = Client()
    client.force_login(world.leader)
    assert client.get("/cases").status_code == 200
    time_machine.move_to(AT + step, tick=False)
    assert client.get("/cases").status_code == 200


@pytest.mark.parametrize("step", STEPS)
def test_history_and_events_keep_the_order_in_which_things_happened(
    world: World, time_machine: Any, step: timedelta
) -> None:
    time_machine.move_to(AT, tick=False)
    receipt = submit_report(draft=draft(world), sender=sender(world), at=AT)
    taken = [("accept", world.acceptor, {}), ("register", world.registrar, {"standard": 1})]
    taken.append(("dispatch", world.dispatcher, {"department": world.department("sanitation_station").pk}))
    for number, (action, by, fields) in enumerate(taken, 1):
        now = AT + step * (number % 2) + timedelta(minutes=number)
        time_machine.move_to(now, tick=False)
        take_step(
            case_id=receipt.case_id, action=action, by=by, expected_version=number, at=now, fields=fields
        )
    actions = ["report", "accept", "register", "dispatch"]
    assert list(CaseHistory.objects.order_by("seq").values_list("action", flat=True)) == actions
    heard = OutboxEvent.objects.filter(topic__in=["case.reported", "case.stepped"]).order_by("id")
    assert [event.payload["action"] for event in heard] == actions
    case = Case.objects.get()
    assert case.due_at is not None
    assert case.clock_started_at is not None
    assert case.due_at > case.clock_started_at
    assert clock_check.check().differences == []


def test_identifiers_made_after_a_step_back_are_new_ones(time_machine: Any) -> None:
    made = set()
    for step in (timedelta(0), HOUR, -HOUR, timedelta(0)):
        time_machine.move_to(AT + step, tick=False)
        made |= {uuid7() for _ in range(200)}
    assert len(made) == 800


def test_a_report_sent_again_after_the_step_has_the_same_answer(world: World, time_machine: Any) -> None:
    same = draft(world)
    time_machine.move_to(AT, tick=False)
    first = submit_report(draft=same, sender=sender(world), at=AT)
    time_machine.move_to(AT - HOUR, tick=False)
    again = submit_report(draft=same, sender=sender(world), at=AT - HOUR)
    assert (again.created, again.case_id, again.due_at) == (False, first.case_id, first.due_at)
