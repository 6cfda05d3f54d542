"""Notices: whom the flow wants told, nobody else, once per event; the inbox shows what one may still see."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from gridmgmt.contact import inbox, jobs, ratings
from gridmgmt.contact.models import Notice
from gridmgmt.events import stream
from gridmgmt.events.models import OutboxEvent
from gridmgmt.organisation.models import Grant
from gridmgmt.organisation.scope import Scope
from tests.cases.test_steps import after_photo, open_case, step, to_handling
from tests.contact.cases import CLOSED_AT, closed_case
from tests.world import AT, World


def tell(topic: str = "case.stepped") -> None:
    """The newest event of a topic reaches its consumer, twice."""
    event = OutboxEvent.objects.filter(topic=topic).latest("id")
    for _ in range(2):
        jobs.notify(str(event.event_id), event.payload)


def told() -> dict[str, str]:
    return {row.user.username: row.why for row in Notice.objects.select_related("user")}


def test_a_report_is_told_to_the_acceptors_of_its_street(world: World) -> None:
    open_case(world)
    tell("case.reported")
    assert told() == {"acceptor": "acceptor"}


def test_dispatching_tells_the_department_alone(world: World) -> None:
    case = open_case(world)
    step(world, case, "acceptor", "accept")
    step(world, case, "registrar", "register", standard=1)
    step(world, case, "dispatcher", "dispatch", department=world.department("sanitation_station").pk)
    tell()
    assert told() == {"handler": "department"}, "not other_handler, no neighbour"


def test_feeding_back_tells_the_worker_and_the_dispatcher(world: World) -> None:
    case = to_handling(world, open_case(world))
    after_photo(case, AT)
    step(world, case, "handler", "feed_back", text="已清理")
    tell()
    assert told() == {"worker": "worker", "dispatcher": "dispatcher"}


def test_whoever_took_the_step_is_not_told(world: World) -> None:
    closed_case(world)  # the worker who reported it checked it, too
    tell()
    assert told() == {"handler": "department"}


def test_an_unhappy_answer_is_told_to_supervisors(world: World) -> None:
    case = closed_case(world)
    ratings.rate(case=case, value="unsatisfied", text="", channel="code", at=CLOSED_AT)
    tell("follow_up.opened")
    assert told() == {"supervisor": "supervisor"}


def test_who_lost_the_area_sees_the_notice_no_more(world: World) -> None:
    open_case(world)
    tell("case.reported")
    assert inbox.unread(world.acceptor) == 1
    Grant.objects.filter(user=world.acceptor).update(valid_to=AT)
    assert inbox.unread(type(world.acceptor).objects.get(pk=world.acceptor.pk)) == 0


def test_a_live_notice_is_heard_by_its_people_alone(world: World) -> None:
    raw = {**stream.fields(event_id="e", topic="notice", cell_code="", department_path="", payload="{}")}
    raw["users"] = f"{world.worker.pk},{world.handler.pk}"
    entry = stream.read("1-1", raw)
    assert entry is not None
    assert entry.heard_by(Scope(user_id=world.worker.pk))
    assert not entry.heard_by(Scope(user_id=world.leader.pk, everything=True))


def test_the_inbox_opens_a_case_and_marks_it_read(
    world: World, client: Client, django_assert_max_num_queries
) -> None:
    case = open_case(world)
    tell("case.reported")
    client.force_login(world.acceptor)
    with django_assert_max_num_queries(18):
        page = client.get(reverse("map_ui:notices")).content.decode()
    assert case.number in page
    assert client.get(reverse("map_ui:notice_count")).json() == {"unread": 1}
    row = Notice.objects.get()
    answer = client.post(reverse("map_ui:notice_read"), {"notice": str(row.pk)})
    assert answer.url == reverse("map_ui:case", args=[case.number])
    assert client.get(reverse("map_ui:notice_count")).json() == {"unread": 0}
    assert case.number in client.get(reverse("map_ui:notices_export")).content.decode()


@pytest.mark.parametrize("wish", ["x", "01999999-0000-7000-8000-000000000001"])
def test_somebody_elses_notice_cannot_be_marked(world: World, client: Client, wish: str) -> None:
    open_case(world)
    tell("case.reported")
    client.force_login(world.leader)
    client.post(reverse("map_ui:notice_read"), {"notice": wish})
    client.post(reverse("map_ui:notice_read"), {"notice": str(Notice.objects.get().pk)})
    client.post(reverse("map_ui:notice_read"), {"notice": "all"})
    assert Notice.objects.get().read_at is None
