"""What a worker's day needs on a platform of its own: the small street, ten cases to verify, five people at their doors."""

from __future__ import annotations

import json

from django.utils import timezone

from gridmgmt.cases.actions import take_step
from gridmgmt.cases.intake import submit_report
from tests.registers import people
from tests.world import build, draft, sender

TASKS = 10
PEOPLE = 5


def prepare() -> str:
    """Builds it; answers as JSON which cases and people there are."""
    world = build()
    tasks = []
    for _turn in range(TASKS):
        now = timezone.now()
        told = submit_report(draft=draft(world, source="hotline"), sender=sender(world), at=now)
        case = take_step(
            case_id=told.case_id, action="accept", by=world.people["acceptor"], expected_version=1, at=now
        )
        tasks.append({"case": str(case.pk), "number": case.number, "version": case.version})
    register = people.build(world)
    doors = list(register.doors.values())
    residents = [
        people.person(f"试验居民{turn}", doors[turn % 3], order=turn + 1, phone=f"1700000000{turn}")
        for turn in range(PEOPLE)
    ]
    return json.dumps({"tasks": tasks, "people": [str(one.pk) for one in residents]})
