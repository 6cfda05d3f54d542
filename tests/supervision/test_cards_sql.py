"""What the database itself refuses, whoever writes."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from gridmgmt.supervision.models import Card, CardEvent, Notice, SupervisionRule
from gridmgmt.supervision.numbering import reserve
from gridmgmt.supervision.scan import scan
from tests.supervision.scenes import handled
from tests.supervision.test_scan import DUE
from tests.world import World


@pytest.fixture
def yellow(street: World) -> Card:
    handled(street)
    scan(DUE)
    return Card.objects.get(level="yellow")


def refused(change) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        change()


def test_a_card_never_changes_its_colour_or_cause(yellow: Card) -> None:
    rows = Card.objects.filter(pk=yellow.pk)
    refused(lambda: rows.update(level="warning"))
    refused(lambda: rows.update(used_s=1))
    refused(lambda: rows.update(due_at=None))
    refused(lambda: rows.update(score=0))
    refused(lambda: Card.objects.filter(pk=yellow.pk).delete())


def test_history_of_cards_is_append_only(yellow: Card) -> None:
    refused(lambda: CardEvent.objects.update(text="x"))
    refused(lambda: CardEvent.objects.all().delete())


def test_an_issued_document_is_frozen(yellow: Card) -> None:
    refused(lambda: Notice.objects.update(content={}))
    refused(lambda: Notice.objects.update(serial=9))
    refused(lambda: Notice.objects.all().delete())


def test_cancelling_without_a_reason_is_refused(yellow: Card) -> None:
    refused(lambda: Card.objects.filter(pk=yellow.pk).update(state="cancelled"))


def test_a_share_outside_nought_and_one_is_refused(street: World) -> None:
    refused(lambda: SupervisionRule.objects.filter(key="case_near").update(share="1.5"))


def test_a_rule_with_an_urging_notice_needs_a_period(street: World) -> None:
    refused(lambda: SupervisionRule.objects.filter(key="case_over").update(urging_value=None))


@pytest.mark.django_db
def test_a_number_that_was_rolled_back_is_given_again() -> None:
    with transaction.atomic():
        reserve(street="009901001", kind="urging", year=2026, count=3)
        transaction.set_rollback(True)
    with transaction.atomic():
        assert list(reserve(street="009901001", kind="urging", year=2026, count=2)) == [1, 2]
        assert list(reserve(street="009901001", kind="urging", year=2026, count=1)) == [3]
        assert list(reserve(street="009901001", kind="recommendation", year=2026, count=1)) == [1]
        assert list(reserve(street="009901001", kind="urging", year=2027, count=1)) == [1]
