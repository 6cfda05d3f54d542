"""What people may do with cards: serve, answer, cancel by two people, urge; and what is refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import translation

from geodata.errors import DomainError
from geodata.ids import uuid7
from gridmgmt.cases import department_holds
from gridmgmt.cases.department_actions import department_close
from gridmgmt.cases.models import Case
from gridmgmt.organisation.scope import load_scope
from gridmgmt.supervision import actions, queries
from gridmgmt.supervision.models import Card, CardEvent, Notice
from gridmgmt.supervision.scan import scan
from tests.supervision.scenes import H, M, cards, handled, opened
from tests.supervision.test_scan import DUE, feed_back
from tests.world import AT, World

NOON = DUE + H


@pytest.fixture
def yellow(street: World) -> Card:
    handled(street)
    scan(DUE)
    return Card.objects.get(level="yellow")


def refused(code: str, call, **values) -> DomainError:
    with pytest.raises(DomainError) as caught:
        call(**values)
    assert caught.value.code == code
    return caught.value


def red_of(yellow: Card) -> Card:
    scan(yellow.urge_until)
    return Card.objects.get(level="red", watches="case")


def test_a_notice_is_served_and_answered_with_a_plan_date(street: World, yellow: Card) -> None:
    actions.serve(card_id=yellow.pk, by=street.supervisor, at=NOON)
    done = actions.answer(
        card_id=yellow.pk,
        by=street.handler,
        at=NOON + M,
        text="人手不足，明日清运",
        plan_date=date(2026, 11, 21),
    )
    assert (done.state, done.plan_date, done.answered_late) == ("answered", date(2026, 11, 21), False)
    trail = list(CardEvent.objects.filter(card=yellow).order_by("seq").values_list("seq", "action"))
    assert trail == [(1, "raise"), (2, "serve"), (3, "answer")]


def test_a_department_that_owes_an_answer_is_told_so_when_it_closes(street: World, yellow: Card) -> None:
    office, administrator = yellow.department, load_scope(street.administrator.pk)
    assert office is not None
    closing = {"by": administrator, "department_id": office.pk, "at": NOON}
    found = refused("department_has_work", department_close, **closing)
    assert found.data["answers"] == 1
    with translation.override("zh-hans"):
        assert "待答复的文书：1" in found.text()
    actions.answer(card_id=yellow.pk, by=street.handler, at=NOON, text="已安排")
    assert department_holds.counts(office)["answers"] == 0


def test_an_answer_signs_for_the_notice_too(street: World, yellow: Card) -> None:
    done = actions.answer(card_id=yellow.pk, by=street.handler, at=NOON, text="已安排")
    assert done.served_at == NOON


def test_a_late_answer_is_taken_and_seen_as_late(street: World, yellow: Card) -> None:
    done = actions.answer(card_id=yellow.pk, by=street.handler, at=yellow.reply_due_at + M, text="补报情况")
    assert done.answered_late
    assert CardEvent.objects.get(card=yellow, action="answer").data["late"] is True


def test_serving_twice_is_refused(street: World, yellow: Card) -> None:
    actions.serve(card_id=yellow.pk, by=street.supervisor, at=NOON)
    error = refused("card_state", actions.serve, card_id=yellow.pk, by=street.supervisor, at=NOON)
    assert (error.status, error.data["state"]) == (409, "served")


def test_answering_twice_is_refused(street: World, yellow: Card) -> None:
    actions.answer(card_id=yellow.pk, by=street.handler, at=NOON, text="已安排")
    refused("card_state", actions.answer, card_id=yellow.pk, by=street.handler, at=NOON, text="再报")


def test_an_empty_answer_is_refused(street: World, yellow: Card) -> None:
    refused("card_text_missing", actions.answer, card_id=yellow.pk, by=street.handler, at=NOON, text="  ")


@pytest.mark.parametrize("day", [date(2026, 11, 19), date(2028, 1, 1)])
def test_a_plan_date_that_cannot_be_is_refused(street: World, yellow: Card, day: date) -> None:
    refused(
        "card_date_invalid",
        actions.answer,
        card_id=yellow.pk,
        by=street.handler,
        at=NOON,
        text="x",
        plan_date=day,
    )


def test_only_the_department_itself_answers(street: World, yellow: Card) -> None:
    refused("card_not_permitted", actions.answer, card_id=yellow.pk, by=street.leader, at=NOON, text="x")
    refused("card_unknown", actions.answer, card_id=yellow.pk, by=street.other_handler, at=NOON, text="x")


def test_a_worker_may_not_serve(street: World, yellow: Card) -> None:
    refused("card_not_permitted", actions.serve, card_id=yellow.pk, by=street.worker, at=NOON)


def test_the_neighbour_sees_no_card(street: World, yellow: Card) -> None:
    refused("card_unknown", actions.serve, card_id=yellow.pk, by=street.neighbour_leader, at=NOON)
    scope = load_scope(street.neighbour_leader.pk)
    assert not queries.cards_in(scope).exists()
    assert set(queries.card_figures(scope, now=NOON).values()) == {0}
    refused("notice_unknown", queries.notice_of, scope=scope, notice_id=yellow.notice.pk)


def test_a_forged_number_is_unknown(street: World, yellow: Card) -> None:
    scope = load_scope(street.leader.pk)
    refused("card_unknown", queries.card_of, scope=scope, card_id=uuid7())
    refused("notice_unknown", queries.notice_of, scope=scope, notice_id=uuid7())


def test_two_people_cancel_a_card(street: World, yellow: Card) -> None:
    actions.ask_cancel(card_id=yellow.pk, by=street.supervisor, at=NOON, reason="系统时间有误")
    refused("card_same_person", actions.cancel, card_id=yellow.pk, by=street.supervisor, at=NOON)
    gone = actions.cancel(card_id=yellow.pk, by=street.leader, at=NOON)
    assert (gone.state, gone.cancel_reason) == ("cancelled", "系统时间有误")


def test_cancelling_needs_a_reason_and_a_request(street: World, yellow: Card) -> None:
    refused("card_text_missing", actions.ask_cancel, card_id=yellow.pk, by=street.leader, at=NOON, reason=" ")
    refused("card_state", actions.cancel, card_id=yellow.pk, by=street.leader, at=NOON)


def test_a_request_to_cancel_can_be_refused(street: World, yellow: Card) -> None:
    actions.ask_cancel(card_id=yellow.pk, by=street.leader, at=NOON, reason="误发")
    kept = actions.keep(card_id=yellow.pk, by=street.supervisor, at=NOON, reason="确已超期")
    assert (kept.state, kept.cancel_asked_by_id) == ("issued", None)


def test_a_cancelled_notice_takes_no_answer(street: World, yellow: Card) -> None:
    actions.ask_cancel(card_id=yellow.pk, by=street.supervisor, at=NOON, reason="误发")
    actions.cancel(card_id=yellow.pk, by=street.leader, at=NOON)
    error = refused("card_state", actions.answer, card_id=yellow.pk, by=street.handler, at=NOON, text="x")
    assert error.data["state"] == "cancelled"


def test_a_cancelled_notice_leads_to_no_red_card(street: World, yellow: Card) -> None:
    actions.ask_cancel(card_id=yellow.pk, by=street.supervisor, at=NOON, reason="误发")
    actions.cancel(card_id=yellow.pk, by=street.leader, at=NOON)
    scan(yellow.urge_until + H)
    assert not Card.objects.filter(level="red", watches="case").exists()


def test_a_red_card_can_be_cancelled_and_comes_not_back(street: World, yellow: Card) -> None:
    red = red_of(yellow)
    actions.ask_cancel(card_id=red.pk, by=street.supervisor, at=red.raised_at, reason="不可抗力")
    actions.cancel(card_id=red.pk, by=street.leader, at=red.raised_at)
    assert scan(red.raised_at + H).raised == 0


def test_a_warning_has_no_document_to_answer(street: World, yellow: Card) -> None:
    warning = Card.objects.get(level="warning")
    refused("card_without_document", actions.answer, card_id=warning.pk, by=street.handler, at=NOON, text="x")


def test_a_leader_urges_with_text_and_day_and_gets_a_numbered_notice(street: World) -> None:
    case = handled(street)
    case.refresh_from_db()
    actions.urge_case(
        case_id=case.pk,
        by=street.leader,
        expected_version=case.version,
        at=AT + M,
        text="抓紧",
        until=date(2026, 11, 20),
    )
    card = Card.objects.get()
    assert (card.level, card.issued_by, card.watches) == ("urged", street.leader, "case")
    notice = Notice.objects.get()
    assert notice.number == "澜榕街督〔2026〕1号"
    assert notice.content["reason"] == "抓紧"
    assert scan(AT + 2 * M).raised == 0


def test_a_red_card_follows_when_the_leaders_day_passes(street: World) -> None:
    case = handled(street)
    Case.objects.filter(pk=case.pk).update(
        due_at=AT + timedelta(days=10), limit_value=9, limit_unit="work_day"
    )
    actions.urge_case(
        case_id=case.pk,
        by=street.leader,
        expected_version=case.version,
        at=AT,
        text="抓紧",
        until=date(2026, 11, 20),
    )
    until = Card.objects.get().urge_until
    scan(until - M)
    assert cards(case) == [("case_urged", "urged")]
    scan(until + M)
    assert cards(case) == [("case_urged", "urged"), ("case_urging_over", "red")]


def test_urging_twice_gives_two_notices_and_one_red_card(street: World) -> None:
    case = handled(street)
    for minute in (1, 2):
        case.refresh_from_db()
        actions.urge_case(
            case_id=case.pk, by=street.leader, expected_version=case.version, at=AT + minute * M, text="抓紧"
        )
    assert Notice.objects.count() == 2
    scan(AT + timedelta(days=5))
    assert Card.objects.filter(level="red", watches="case").count() == 1


def test_an_urging_taken_by_another_door_gets_its_notice_from_the_scan(street: World) -> None:
    from tests.supervision.scenes import take

    case = handled(street)
    take(street, case, "leader", "urge", at=AT + M, text="请加快")
    scan(AT + 2 * M)
    card = Card.objects.get()
    assert (card.level, card.issued_by) == ("urged", street.leader)
    assert card.notice.content["reason"] == "请加快"


def test_urging_a_case_before_dispatch_concerns_its_stage(street: World) -> None:
    case = opened(street)
    actions.urge_case(
        case_id=case.pk, by=street.leader, expected_version=case.version, at=AT + M, text="快办"
    )
    assert Card.objects.get().rule_key == "stage_urged"


def test_a_day_in_the_past_is_refused_and_nothing_is_written(street: World) -> None:
    case = handled(street)
    refused(
        "card_date_invalid",
        actions.urge_case,
        case_id=case.pk, by=street.leader, expected_version=case.version, at=AT, text="x", until=date(2026, 11, 1),
    )  # fmt: skip
    assert not Card.objects.exists()
    case.refresh_from_db()
    assert case.history.filter(action="urge").count() == 0


def test_who_may_not_urge_gets_no_notice(street: World) -> None:
    case = handled(street)
    with pytest.raises(DomainError) as caught:
        actions.urge_case(case_id=case.pk, by=street.handler, expected_version=case.version, at=AT, text="x")
    assert caught.value.status == 403
    assert not Notice.objects.exists()


def test_a_leader_who_urged_cannot_decide_on_cancelling_it(street: World) -> None:
    case = handled(street)
    actions.urge_case(case_id=case.pk, by=street.leader, expected_version=case.version, at=AT, text="x")
    card = Card.objects.get()
    actions.ask_cancel(card_id=card.pk, by=street.supervisor, at=AT, reason="重复")
    refused("card_same_person", actions.cancel, card_id=card.pk, by=street.leader, at=AT)


def test_an_urging_obeyed_in_time_is_settled(street: World) -> None:
    case = handled(street)
    actions.urge_case(case_id=case.pk, by=street.leader, expected_version=case.version, at=AT, text="x")
    feed_back(street, case, at=AT + H)
    card = Card.objects.get()
    scan(card.urge_until + M)
    card.refresh_from_db()
    assert card.settled_at is not None
    assert not Card.objects.filter(level="red", watches="case").exists()
