"""Ratings: only what somebody answered, once per closing, one addition; unhappy opens a follow-up with its clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from geodata.errors import DomainError
from gridmgmt.contact import follow_ups, ratings, receipts
from gridmgmt.contact.models import FollowUp, RateLink, Rating
from gridmgmt.events.models import OutboxEvent
from gridmgmt.organisation.scope import scope_of
from tests.cases.test_steps import after_photo, open_case, step
from tests.contact.cases import CLOSED_AT, closed_case
from tests.world import AT, World, stored_photo

LATER = CLOSED_AT + timedelta(hours=1)  # Friday 2026-11-20 14:00 in Shanghai


def rate(case, value="satisfied", at=LATER, text="") -> Rating:
    return ratings.rate(case=case, value=value, text=text, channel="code", at=at)


def test_closing_rates_nothing_by_itself(world: World) -> None:
    closed_case(world)
    assert not Rating.objects.exists()


@pytest.mark.parametrize("value", ["", "good", "SATISFIED"])
def test_there_is_no_default_and_no_fourth_answer(world: World, value: str) -> None:
    with pytest.raises(DomainError, match="rating_missing"):
        rate(closed_case(world), value)


def test_a_running_case_cannot_be_rated_and_a_closed_one_once(world: World) -> None:
    with pytest.raises(DomainError, match="not_closed"):
        rate(open_case(world))
    case = closed_case(world)
    given = rate(case, "basically")
    assert (given.department.key, given.closing_seq) == ("sanitation_station", case.version)
    with pytest.raises(DomainError, match="rated_already"):
        rate(case, "unsatisfied")
    assert OutboxEvent.objects.get(topic="rating.given").payload["value"] == "basically"


def test_one_addition_later(world: World) -> None:
    case = closed_case(world)
    with pytest.raises(DomainError, match="not_rated"):
        ratings.add(case=case, text="x", at=LATER)
    rate(case)
    with pytest.raises(DomainError, match="addition_missing"):
        ratings.add(case=case, text=" ", at=LATER)
    ratings.add(case=case, text="又堆起来了", at=LATER)
    with pytest.raises(DomainError, match="added_already"):
        ratings.add(case=case, text="again", at=LATER)
    assert Rating.objects.get().addition == "又堆起来了"


def test_unhappy_opens_a_follow_up_within_working_days(world: World) -> None:
    rate(closed_case(world), "unsatisfied", text="没有清理干净")
    row = FollowUp.objects.get()
    zone = ZoneInfo("Asia/Shanghai")
    # A working day from Friday's afternoon on is over at Monday noon; fifteen end on a Friday noon.
    assert row.contact_due_at == datetime(2026, 11, 23, 12, 0, tzinfo=zone)
    assert row.rectify_due_at == datetime(2026, 12, 11, 12, 0, tzinfo=zone)
    assert [one.pk for one in follow_ups.tray(scope_of(world.supervisor))] == [row.pk]
    for name in ("leader", "handler", "neighbour_leader", "worker"):
        assert not follow_ups.tray(scope_of(world.people[name])).exists()


def test_satisfied_opens_none(world: World) -> None:
    rate(closed_case(world), "satisfied")
    assert not FollowUp.objects.exists()


def test_a_follow_up_ends_after_contact_with_words(world: World) -> None:
    rate(closed_case(world), "unsatisfied")
    key, who = FollowUp.objects.get().pk, world.supervisor
    with pytest.raises(DomainError, match="follow_up_needs_contact"):
        follow_ups.finish(follow_up_id=key, by=who, outcome="好了", at=LATER)
    with pytest.raises(DomainError, match="follow_up_needs_note"):
        follow_ups.note_contact(follow_up_id=key, by=who, note="", at=LATER)
    with pytest.raises(DomainError, match="follow_up_not_permitted"):
        follow_ups.note_contact(follow_up_id=key, by=world.leader, note="x", at=LATER)
    with pytest.raises(DomainError, match="follow_up_unknown"):
        follow_ups.note_contact(follow_up_id=key, by=world.neighbour_leader, note="x", at=LATER)
    follow_ups.note_contact(follow_up_id=key, by=who, note="已电话联系", at=LATER)
    follow_ups.finish(follow_up_id=key, by=who, outcome="再次清理，居民认可", at=LATER)
    assert not follow_ups.tray(scope_of(who)).exists()
    with pytest.raises(DomainError, match="follow_up_finished"):
        follow_ups.finish(follow_up_id=key, by=who, outcome="x", at=LATER)


def test_done_anew_is_judged_anew(world: World) -> None:
    case = closed_case(world)
    rate(case, "unsatisfied")
    key = FollowUp.objects.get().pk
    follow_ups.reopen(
        follow_up_id=key, by=world.supervisor, reason="未清理", expected_version=case.version, at=LATER
    )
    case.refresh_from_db()
    assert case.stage == "pending_dispatch"
    with pytest.raises(DomainError, match="not_closed"):
        rate(case, at=LATER)
    step(
        world, case, "dispatcher", "dispatch", at=LATER, department=world.department("sanitation_station").pk
    )
    step(world, case, "handler", "sign", at=LATER)
    after_photo(case, LATER)
    step(world, case, "handler", "feed_back", at=LATER, text="再次清理")
    stored_photo(case, "site", LATER)
    step(world, case, "worker", "check_pass", at=LATER)
    case.refresh_from_db()
    rate(case, "satisfied", at=LATER)
    assert list(Rating.objects.order_by("at", "closing_seq").values_list("value", flat=True)) == [
        "unsatisfied", "satisfied",
    ]  # fmt: skip


def test_a_link_is_for_one_answer_and_ends(world: World) -> None:
    case = closed_case(world)
    token = receipts.make_link(case=case, at=CLOSED_AT)
    assert token.encode() not in bytes(RateLink.objects.get().token_digest)
    with pytest.raises(DomainError, match="link_unknown"):
        ratings.rate_by_link(token="x", value="satisfied", text="", at=LATER)
    with pytest.raises(DomainError, match="link_unknown"):
        ratings.rate_by_link(token=token, value="satisfied", text="", at=LATER + timedelta(days=16))
    with pytest.raises(DomainError, match="rating_missing"):
        ratings.rate_by_link(token=token, value="", text="", at=LATER)
    assert ratings.rate_by_link(token=token, value="satisfied", text="", at=LATER).channel == "link"
    with pytest.raises(DomainError, match="link_unknown"):
        ratings.rate_by_link(token=token, value="satisfied", text="", at=LATER)


def test_the_page_rates_and_adds_by_its_proof(world: World, client: Client) -> None:
    case = closed_case(world)
    code = receipts.issue(case=case, by=world.worker, at=AT)
    page = client.post(reverse("map_ui:track"), {"number": case.number, "code": code}).content.decode()
    assert "checked" not in page, "no answer is chosen beforehand"
    proof = page.split('name="proof" value="')[1].split('"')[0]
    answer = reverse("map_ui:track_rate")
    assert client.post(answer, {"proof": proof, "act": "rate"}).status_code == 422
    assert client.post(answer, {"proof": proof + "x", "act": "rate", "value": "satisfied"}).status_code == 403
    assert client.post(answer, {"proof": proof, "act": "rate", "value": "unsatisfied"}).status_code == 200
    assert client.post(answer, {"proof": proof, "act": "rate", "value": "satisfied"}).status_code == 409
    assert client.post(answer, {"proof": proof, "act": "add", "text": "追评"}).status_code == 200
    assert Rating.objects.get().addition == "追评"


def test_the_link_page_uses_nothing_up_by_looking(world: World, client: Client) -> None:
    case = closed_case(world)
    from django.utils import timezone

    address = reverse("map_ui:rate_link", args=[receipts.make_link(case=case, at=timezone.now())])
    assert client.get(address).status_code == client.get(address).status_code == 200
    assert client.post(address, {}).status_code == 422
    assert client.post(address, {"value": "satisfied"}).status_code == 200
    assert client.get(address).status_code == 404


def test_the_tray_page_needs_few_queries_and_lets_the_supervisor_act(
    world: World, client: Client, django_assert_max_num_queries
) -> None:
    case = closed_case(world)
    rate(case, "unsatisfied")
    client.force_login(world.leader)
    assert client.get(reverse("map_ui:follow_ups")).status_code == 403
    client.force_login(world.supervisor)
    with django_assert_max_num_queries(16):
        page = client.get(reverse("map_ui:follow_ups"))
    assert case.number in page.content.decode()
    address = reverse("map_ui:follow_up_act", args=[FollowUp.objects.get().pk])
    client.post(address, {"act": "contact", "text": "已联系"})
    client.post(address, {"act": "reopen", "text": "重办", "version": case.version})
    case.refresh_from_db()
    assert case.stage == "pending_dispatch"
    assert case.number in client.get(reverse("map_ui:follow_ups_export")).content.decode()
