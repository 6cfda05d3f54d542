"""Several people at one record at once: one wins, the others are told; a phone that sends twice is one amendment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection

from geodata.errors import DomainError
from geodata.models import Membership
from gridmgmt.registers import amendment_actions, household_actions, person_actions
from gridmgmt.registers.models import Amendment
from tests.registers.conftest import build
from tests.registers.test_amendments import draft
from tests.world import AT


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
