"""Phones of a place: who sees them, in which order, what is said of each; one's own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from gridmgmt.organisation.devices import Queue, device_register, tell_queue
from gridmgmt.organisation.models import Device
from tests.world import AT, World

Browser = Callable[[str], Client]
EMPTY = Queue(last_seq=0, waiting=0, photos=0, refused=0, oldest_at=None, app="1.0", free_bytes=None)


def phone_of(world: World, name: str, label: str, **told: object) -> Device:
    device = device_register(user=world.people[name], name=label, platform="android", at=AT).device
    if told:
        values = {field: getattr(EMPTY, field) for field in EMPTY.__slots__} | told
        tell_queue(device_id=device.pk, queue=Queue(**values), at=timezone.now())
    return device


@pytest.mark.parametrize("name", ["worker", "dispatcher", "importer", "acceptor"])
def test_only_who_watches_over_a_place_opens_the_list(as_person: Browser, name: str) -> None:
    assert as_person(name).get("/phones").status_code == 403


def test_refused_ones_come_first_then_what_waits_longest(world: World, as_person: Browser) -> None:
    now = timezone.now()
    phone_of(world, "worker", "quiet", waiting=0)
    phone_of(world, "worker", "young", waiting=3, oldest_at=now - timedelta(hours=1))
    phone_of(world, "other_worker", "old", waiting=12, photos=5, oldest_at=now - timedelta(days=2))
    phone_of(world, "worker", "silent")
    phone_of(world, "worker", "refused", waiting=1, refused=1, oldest_at=now, free_bytes=50 * 2**20)
    phone_of(world, "neighbour", "foreign", waiting=7, oldest_at=now)
    page = as_person("leader").get("/phones", headers={"accept-language": "en"}).content.decode()
    order = [page.index(f"{label} ·") for label in ("refused", "old", "young")]
    assert order == sorted(order)
    assert page.index("young ·") < page.index("quiet ·")
    assert "silent ·" in page
    assert "foreign" not in page


def test_what_waits_is_said_in_words(world: World, as_person: Browser) -> None:
    since = timezone.localtime().replace(hour=0, minute=5)
    phone_of(world, "worker", "p", waiting=12, photos=5, refused=2, oldest_at=since, free_bytes=50 * 2**20)
    client = as_person("leader")
    client.post("/language", {"language": "en", "next": "/phones"})
    page = client.get("/phones").content.decode()
    for said in ("12 items still on this phone since 00:05", "5 photos", "2 refused", "50 MB left", "1.0"):
        assert said in page
    assert "1 phone still holds something: 12 waiting, 2 refused." in page


def test_filters_and_the_empty_state(world: World, as_person: Browser) -> None:
    leader = as_person("leader")
    assert "empty-title" in leader.get("/phones").content.decode()
    phone_of(world, "worker", "waits", waiting=1)
    phone_of(world, "other_worker", "sent", waiting=0)
    waiting = leader.get("/phones?show=waiting").content.decode()
    assert "waits ·" in waiting
    assert "sent ·" not in waiting
    assert "empty-title" in leader.get("/phones?show=refused").content.decode()
    found = leader.get("/phones?text=other_worker").content.decode()
    assert "sent ·" in found
    assert "waits ·" not in found


def test_the_number_of_queries_does_not_grow_with_phones(
    world: World, as_person: Browser, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    for number in range(12):
        phone_of(world, "worker", f"p{number}", waiting=number)
    leader = as_person("leader")
    leader.get("/phones")
    with django_assert_max_num_queries(14):  # type: ignore[attr-defined]
        leader.get("/phones")


def test_ones_own_phones_are_listed_and_signed_out(world: World, as_person: Browser) -> None:
    own, foreign = phone_of(world, "worker", "mine-1", waiting=4), phone_of(world, "leader", "theirs")
    worker = as_person("worker")
    page = worker.get("/my-phones").content.decode()
    assert "mine-1" in page
    assert "theirs" not in page
    assert worker.post(f"/my-phones/{foreign.pk}/end").status_code == 404
    assert worker.post(f"/my-phones/{own.pk}/end").status_code == 302
    assert Device.objects.get(pk=own.pk).revoked_at is not None
    assert Device.objects.get(pk=foreign.pk).revoked_at is None
    assert "empty-title" in worker.get("/my-phones").content.decode()
