"""A flow tried without a case goes where a case goes: stage, clock, requests, marks – and says why a step is not offered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from geodata.errors import DomainError
from gridmgmt.cases import reference
from gridmgmt.cases.facts import facts_of
from gridmgmt.cases.flow_trial import Matter, Switches, Taken, Trial
from gridmgmt.cases.guards import blocked
from gridmgmt.cases.models import Case
from gridmgmt.cases.officehours import EVERYBODY
from tests.cases.test_flow_checks import STAGES, flow, move
from tests.cases.test_steps import open_case, step
from tests.world import AT, World, stored_photo

NO = Switches()


def trial_of(case: Case) -> Trial:
    known = reference.current()
    is_public = known.sources[case.source_id]
    matter = Matter(is_public, case.reported_at, case.limit_value, case.limit_unit)
    return Trial(known.flows[case.procedure_id], matter, known.terms(EVERYBODY), known.active_flows)


def hours(number: float) -> datetime:
    return AT + timedelta(hours=number)


def test_a_trial_and_a_case_go_the_same_way(world: World) -> None:
    case = open_case(world)
    cleaning = world.department("sanitation_station").pk
    story: list[tuple[str, str, datetime, dict[str, Any]]] = [
        ("acceptor", "accept", hours(1), {}),
        ("registrar", "register", hours(2), {"standard": 1}),
        ("dispatcher", "dispatch", hours(3), {"department": cleaning}),
        ("handler", "return_case", hours(4), {"text": "不是我们的"}),
        ("dispatcher", "reject_return", hours(6), {"text": "就是你们的"}),
        ("handler", "sign", hours(7), {}),
        ("handler", "assign_staff", hours(7), {"staff": world.handler.pk}),
        ("handler", "request_delay", hours(7.5), {"text": "下雨", "days": 1}),
        ("dispatcher", "approve_delay", hours(7.6), {"days": 1}),
        ("handler", "request_hang", hours(7.7), {"text": "等待资金", "reason_class": "资金", "until": "2026-11-30"}),
        ("dispatcher", "approve_hang", hours(7.8), {"until": "2026-11-30"}),
        ("dispatcher", "resume", hours(100), {}),
        ("handler", "withdraw_sign", hours(101), {"text": "换人"}),
        ("handler", "sign", hours(102), {}),
        ("handler", "feed_back", hours(103), {"text": "已清运"}),
        ("worker", "check_fail", hours(104), {"text": "没有清完"}),
        ("handler", "sign", hours(105), {}),
        ("handler", "feed_back", hours(106), {"text": "已清运"}),
        ("worker", "check_pass", hours(200), {}),
        ("supervisor", "reopen", hours(201), {"text": "复发"}),
    ]  # fmt: skip
    walked: list[Taken] = []
    for who, action, at, given in story:
        if action in ("feed_back", "check_fail", "check_pass"):
            stored_photo(case, "after" if action == "feed_back" else "site", at - timedelta(minutes=1))
        case = step(world, case, who, action, at=at, **given)
        until = date.fromisoformat(given["until"]) if "until" in given else None
        walked.append(Taken(action, at, given.get("days"), until))
        here = trial_of(case).walk(walked)[-1]
        told = (
            here.stage,
            here.clock.due_at,
            here.stage_due,
            here.clock.paused_at,
            here.clock.started_at,
            here.clock.stopped_at,
        )
        real = (
            case.stage,
            case.due_at,
            case.stage_due_at,
            case.paused_at,
            case.clock_started_at,
            case.clock_stopped_at,
        )
        assert told == real, action
        facts = facts_of(case, reference.current().flows[case.procedure_id], at=at)
        tried = trial_of(case).facts(here, at, NO)
        for name in ("overdue", "assigned", "exempt", "marks", "open_requests"):
            assert getattr(tried, name) == getattr(facts, name), (action, name)
        assert {k: n for k, n in tried.granted.items() if n} == dict(facts.granted)
        assert (here.rework, here.reopened) == (case.rework_count, case.reopened)


def test_offers_are_those_of_a_case(world: World) -> None:
    case = open_case(world)
    trial = trial_of(case)
    here = trial.begin()
    subject = reference.current().flows[case.procedure_id]
    facts = facts_of(case, subject, at=AT)
    open_now = {
        t.action for t in subject.offers(case.stage, is_public=False) if not blocked(subject, t, facts)
    }
    assert {offer.step.action for offer in trial.offers(here, AT, NO) if offer.open} == open_now


CONTACT = Matter(is_public=False, begun=AT, limit_value=2, limit_unit="urgent_day")


@pytest.fixture
def trial_from(world: World) -> Callable[..., Trial]:
    """A trial of some flow on some matter, by the calendar of the house."""

    def build(subject: Any, matter: Matter = CONTACT, others: dict[str, Any] | None = None) -> Trial:
        return Trial(subject, matter, reference.current().terms(EVERYBODY), others or {})

    return build


def reasons(trial: Trial, here: Any, at: datetime, switches: Switches = NO) -> dict[str, tuple[str, ...]]:
    return {offer.step.action: offer.reasons for offer in trial.offers(here, at, switches)}


def test_switches_stand_in_for_facts(trial_from: Callable[..., Trial]) -> None:
    subject = flow(
        move("received", "late", "*", guards=("overdue",)), move("received", "mine", "*", guards=("assigned",)),
        move("received", "fresh", "*", guards=("not_exempt",)), move("received", "seen", "*", guards=("marked:seen",)),
        move("received", "look", "*", effects=("mark:seen",)), move("received", "lucky", "*", guards=("undrawn:10",)),
    )  # fmt: skip
    trial = trial_from(subject)
    here = trial.begin()
    before = reasons(trial, here, AT)
    assert before["late"] == ("overdue",)
    assert before["mine"] == ("assigned",)
    assert (before["fresh"], before["lucky"]) == ((), ())
    assert before["seen"] == ("marked:seen",)
    set_by_hand = Switches(overdue=True, assigned=True, exempt=True, marks=frozenset({"seen"}))
    after = reasons(trial, here, AT, set_by_hand)
    assert (after["late"], after["mine"], after["seen"]) == ((), (), ())
    assert after["fresh"] == ("not_exempt",)
    assert reasons(trial, here, AT + timedelta(days=3))["late"] == ()
    marked = trial.walk([Taken("look", AT)])[-1]
    assert reasons(trial, marked, AT)["seen"] == ()
    assert reasons(trial_from(subject, replace(CONTACT, drawn=True)), here, AT)["lucky"] == ("undrawn:10",)


def test_what_is_not_of_this_stage_or_kind_of_report_is_elsewhere(trial_from: Callable[..., Trial]) -> None:
    trial = trial_from(flow(move("received", "only_public", "*", condition="public")))
    elsewhere = {step.action for step in trial.elsewhere(trial.begin())}
    assert elsewhere == {"only_public", "wait", "go_on", "finish"}


def test_a_trial_goes_on_in_another_flow(trial_from: Callable[..., Trial]) -> None:
    other = replace(flow(), key="other")
    subject = flow(move("received", "hand_over", "examined", to_procedure="other", effects=("mark:handed",)))
    here = trial_from(subject, others={"other": other}).walk([Taken("hand_over", AT)])[-1]
    assert (here.flow.key, here.stage, here.marks) == ("other", "examined", frozenset({"handed"}))
    assert here.stage_due is not None
    trial = trial_from(subject)
    offer = next(each for each in trial.offers(trial.begin(), AT, NO) if each.step.action == "hand_over")
    assert not offer.open
    assert offer.refusal is not None


def test_the_deadline_is_that_of_the_clock(trial_from: Callable[..., Trial]) -> None:
    trial = trial_from(flow(), replace(CONTACT, limit_value=1, limit_unit="work_day"))
    started = trial.walk([Taken("examine", AT)])[-1]
    assert started.clock.due_at == datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Friday 10:00 to Monday 10:00
    offer = next(each for each in trial.offers(started, AT, NO) if each.step.action == "wait")
    assert offer.after is not None
    assert offer.after.clock.paused_at == AT


def test_an_extension_of_what_is_overdue_is_refused_as_by_the_clock(trial_from: Callable[..., Trial]) -> None:
    trial = trial_from(flow(move("examined", "more", "*", clock_effect="extend", requires=("days",))))
    here = trial.walk([Taken("examine", AT)])[-1]
    offers = {each.step.action: each for each in trial.offers(here, AT + timedelta(days=5), NO)}
    assert offers["more"].refusal is not None
    assert offers["more"].refusal.code == "flow_trial_refused"
    later = trial.walk([Taken("examine", AT), Taken("more", AT, days=1)])[-1]
    assert later.clock.due_at == AT + timedelta(days=3)


@pytest.mark.parametrize(
    "walked",
    [
        [Taken("finish", AT)], [Taken("examine", AT - timedelta(hours=1))], [Taken("examine", AT + timedelta(days=4000))],
        [Taken("examine", AT), Taken("examine", AT)], [Taken("examine", AT)] * 99,
    ],
)  # fmt: skip
def test_an_impossible_walk_is_refused(trial_from: Callable[..., Trial], walked: list[Taken]) -> None:
    with pytest.raises(DomainError) as error:
        trial_from(flow()).walk(walked)
    assert (error.value.code, error.value.status) == ("flow_trial_impossible", 422)


@pytest.mark.parametrize(
    "subject", [flow(without="receive"), flow(move("received", "x", "*", guards=("sunny",)))]
)
def test_a_flow_that_leads_nowhere_is_not_tried(trial_from: Callable[..., Trial], subject: Any) -> None:
    with pytest.raises(DomainError) as error:
        trial_from(subject).begin()
    assert error.value.code == "flow_not_walkable"


def test_a_step_to_a_stage_that_does_not_exist_is_listed_with_its_fault(
    trial_from: Callable[..., Trial],
) -> None:
    trial = trial_from(flow(move("received", "x", "moon"), stages=STAGES))
    offers = {each.step.action: each for each in trial.offers(trial.begin(), AT, NO)}
    assert offers["x"].refusal is not None
    assert offers["examine"].open
