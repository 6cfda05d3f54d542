"""Work on whole registers is asked for through the outbox and may be done twice."""

from __future__ import annotations

import pytest
from django.conf import settings

from geodata.models import Area
from gridmgmt.events import periodic
from gridmgmt.events.models import OutboxEvent
from gridmgmt.registers import jobs
from tests.world import AT, COUNTY, World

pytestmark = pytest.mark.django_db


def wanted(topic: str) -> list[dict[str, str]]:
    return list(OutboxEvent.objects.filter(topic=topic).order_by("id").values_list("payload", flat=True))


def test_the_clock_only_asks_for_the_doubles_of_every_county(world: World) -> None:
    Area.objects.create(code="009902", level=6, name="另一区", number_prefix="YY")
    jobs.want_all_doubles(AT)
    assert wanted(jobs.DOUBLES_WANTED) == [{"county": COUNTY}, {"county": "009902"}]


def test_life_events_are_asked_for_once_a_day_and_looked_at_by_the_worker(world: World) -> None:
    jobs.want_lives(AT)
    assert wanted(jobs.LIVES_WANTED) == [{}]
    for _again in range(2):
        jobs.look_at_lives("event", {})


def test_both_are_in_the_tables_of_the_clock_and_of_the_workers(world: World) -> None:
    timed = {task.function for task in periodic.tasks()}
    for want, topic, work in (
        ("want_all_doubles", jobs.DOUBLES_WANTED, "find_doubles"),
        ("want_lives", jobs.LIVES_WANTED, "look_at_lives"),
    ):
        assert f"gridmgmt.registers.jobs.{want}" in timed
        assert settings.EVENT_JOBS[topic] == [f"documents:gridmgmt.registers.jobs.{work}"]
