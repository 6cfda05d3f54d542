"""Proof of the work: as many photos as the case standard wants, taken since the handling began."""

from __future__ import annotations

from datetime import timedelta

import pytest

from geodata.errors import DomainError
from gridmgmt.cases.actions import take_step
from gridmgmt.cases.intake import submit_report
from gridmgmt.cases.models import Case, CaseStandard
from tests.world import AT, draft, sender, stored_photo

DONE = AT + timedelta(hours=1)


def in_hand(world, category: str) -> Case:
    """A case of a category that the sanitation station has signed for."""
    receipt = submit_report(draft=draft(world, category_key=category), sender=sender(world), at=AT)
    case = Case.objects.get(pk=receipt.case_id)
    step(world, case, "acceptor", "accept")
    step(world, case, "registrar", "register", standard=1)
    step(world, case, "dispatcher", "dispatch", department=world.department("sanitation_station").pk)
    return step(world, case, "handler", "sign")


def step(world, case: Case, who: str, action: str, *, at=AT, text: str = "", **fields) -> Case:
    case.refresh_from_db()
    return take_step(
        case_id=case.pk,
        action=action,
        by=world.people[who],
        expected_version=case.version,
        at=at,
        text=text,
        fields=fields,
    )


def after_photo(case: Case, at) -> None:
    stored_photo(case, "after", at)


def test_noise_needs_no_photo_to_be_reported_done(world) -> None:
    case = in_hand(world, "E0128")
    assert CaseStandard.objects.get(category_id="E0128", seq=1).after_photos == 0
    assert step(world, case, "handler", "feed_back", text="已关停", at=DONE).stage == "pending_check"


def test_two_photos_wanted_are_not_one(world) -> None:
    case = in_hand(world, "E0505")
    assert CaseStandard.objects.get(category_id="E0505", seq=1).after_photos == 2
    after_photo(case, DONE)
    with pytest.raises(DomainError) as caught:
        step(world, case, "handler", "feed_back", text="已围护", at=DONE)
    assert caught.value.data["fields"] == ["photo_after"]
    after_photo(case, DONE)
    assert step(world, case, "handler", "feed_back", text="已围护", at=DONE).stage == "pending_check"


def test_a_photo_from_before_the_rework_proves_nothing(world) -> None:
    case = in_hand(world, "E0110")
    after_photo(case, AT + timedelta(minutes=5))
    step(world, case, "handler", "feed_back", text="已清", at=AT + timedelta(minutes=10))
    stored_photo(case, "site", AT + timedelta(minutes=18))
    step(world, case, "worker", "check_fail", text="没清净", at=AT + timedelta(minutes=20))
    step(world, case, "handler", "sign", at=AT + timedelta(minutes=21))
    with pytest.raises(DomainError) as caught:
        step(world, case, "handler", "feed_back", text="已清", at=AT + timedelta(minutes=30))
    assert caught.value.data["fields"] == ["photo_after"]
