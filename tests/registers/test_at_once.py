"""Several people at one record at once: one wins, the others are told; a phone that sends twice is one amendment."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction

from geodata.errors import DomainError
from geodata.models import Household, Membership, Person
from geodata.personal import search_key
from geodata.sample.identity import id_number
from gridmgmt.registers import (
    amendment_actions,
    double_actions,
    history,
    household_actions,
    move_actions,
    person_actions,
)
from gridmgmt.registers.models import Amendment
from tests.registers import people
from tests.registers.conftest import build
from tests.registers.test_amendments import draft, sent
from tests.registers.test_doubles import double
from tests.world import AT, COUNTY


def at_once(*works: Callable[[], Any]) -> list[str]:
    """What each came to, run in threads that begin together: "done" or the code of the refusal."""
    barrier, found = threading.Barrier(len(works)), [""] * len(works)

    def run(place: int, work: Callable[[], Any]) -> None:
        try:
            barrier.wait(timeout=20)
            work()
            found[place] = "done"
        except DomainError as error:
            found[place] = error.code
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, work)) for place, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return sorted(found)


@pytest.mark.django_db(transaction=True)
def test_one_wins_and_the_others_are_told(committed_world: Any) -> None:
    scene = build(committed_world)
    seen, home_seen = scene.seen(scene.son), scene.home_seen()

    def rename(name: str) -> Callable[[], Any]:
        return lambda: person_actions.correct(person_id=scene.son.pk, values={"name": name}, **seen)

    assert at_once(rename("王一"), rename("王二"), rename("王三")) == [
        "done",
        "register_changed",
        "register_changed",
    ]

    def new_head(one: Any) -> Callable[[], Any]:
        others = {scene.head.pk, scene.wife.pk, scene.son.pk} - {one.pk}
        return lambda: household_actions.change_head(
            household_id=scene.home.pk, new_head=one.pk, said=dict.fromkeys(others, "97"), on=date(2026, 11, 10),
            **home_seen,
        )  # fmt: skip

    assert at_once(new_head(scene.wife), new_head(scene.son)) == ["done", "register_changed"]
    assert Membership.objects.filter(household=scene.home, valid_to=None, relation="02").count() == 1

    sent = draft(scene.head)

    def send() -> Any:
        return amendment_actions.submit(draft=sent, by=scene.world.worker, at=AT)

    assert at_once(send, send, send, send) == ["done"] * 4
    assert Amendment.objects.count() == 1


def waiting_for_locks(number: int) -> None:
    """Returns when so many other connections wait for a lock."""
    for _attempt in range(400):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0] >= number:
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits")


@pytest.mark.django_db(transaction=True)
def test_two_decisions_on_what_both_saw_are_not_both_written(committed_world: Any) -> None:
    """Both keepers looked at the same version; one record is held until both have begun."""
    scene = build(committed_world)
    rows = [sent(scene, scene.head, "person.marital", new) for new in ("20", "30")]
    seen = history.person_version(scene.head.pk)

    def approval(row: Amendment) -> Callable[[], Any]:
        return lambda: amendment_actions.approve(amendment_id=row.pk, version=seen, **scene.by())

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Person.objects.select_for_update().get(pk=scene.head.pk)
            told = pool.submit(at_once, *map(approval, rows))
            waiting_for_locks(2)
        assert told.result(timeout=60) == ["done", "register_changed"]
    assert sorted(Amendment.objects.values_list("state", flat=True)) == ["approved", "waiting"]


@pytest.mark.django_db(transaction=True)
def test_a_pair_told_apart_at_the_same_moment_is_not_merged(committed_world: Any) -> None:
    scene = build(committed_world)
    other = people.person("王大河", scene.register.doors["two-102"], born="1970-03-05")
    found = double(scene.head, other)
    said = {
        "double_id": found.pk, "kept_id": scene.head.pk, "chosen": {}, "reason": "同一人登记两次", **scene.by(),
        "versions": {one.pk: history.person_version(one.pk) for one in (scene.head, other)},
    }  # fmt: skip
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            double_actions.say_different(double_id=found.pk, note="两张身份证都看过", **scene.by())
            told = pool.submit(at_once, lambda: double_actions.merge(**said))
            waiting_for_locks(1)
        assert told.result(timeout=60) == ["double_decided"]
    assert Person.objects.filter(pk=other.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_numbers_taken_at_the_same_moment_are_told(committed_world: Any) -> None:
    """The other one's number is not to be seen yet when it is looked for; the database knows it."""
    scene = build(committed_world)
    number = id_number(COUNTY, "20010109", 77)
    home_seen, seen = scene.home_seen(), scene.seen(scene.son)

    def renumber() -> Any:
        return household_actions.renumber(household_id=scene.home.pk, number="H-7", **home_seen)

    def correct() -> Any:
        return person_actions.correct(person_id=scene.son.pk, values={"id_no": number}, **seen)

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Household.objects.filter(pk=scene.other_home.pk).update(number="H-7")
            Person.objects.filter(pk=scene.single.pk).update(
                id_no_key=search_key(number, column="person.id_no"),
            )
            told = pool.submit(at_once, renumber, correct)
            waiting_for_locks(2)
        assert told.result(timeout=60) == ["household_number_taken", "id_no_taken"]


@pytest.mark.django_db(transaction=True)
def test_one_form_of_an_arrival_sent_twice_at_once_makes_one_person(committed_world: Any) -> None:
    scene = build(committed_world)

    def arrive() -> Any:
        return move_actions.move_in(
            values={"name": "赵来", "sex": "1", "birth_date": "1995-05-05"}, dwelling_id=scene.door("one-102"),
            on=date(2026, 11, 10), **scene.by(),
        )  # fmt: skip

    assert at_once(arrive, arrive, arrive) == ["done", "person_already_there", "person_already_there"]
    assert Person.objects.filter(name="赵来").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_rule_does_not_write_over_what_a_keeper_is_writing(committed_world: Any) -> None:
    scene = build(committed_world)
    amendment_actions.set_rule(key="person.marital", automatic=True, by=committed_world.administrator, at=AT)
    coming = draft(scene.head, "person.marital", "20")

    def submit() -> Any:
        return amendment_actions.submit(draft=coming, by=scene.world.worker, at=AT)

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Person.objects.filter(pk=scene.head.pk).update(marital="40")
            told = pool.submit(at_once, submit)
            waiting_for_locks(1)
        assert told.result(timeout=60) == ["done"]
    scene.head.refresh_from_db()
    assert (scene.head.marital, Amendment.objects.get().state) == ("40", "waiting")
