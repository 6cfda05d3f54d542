"""Every way in which a flow can be unsound has its reason code; the shipped flows have none of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gridmgmt.cases.catalogue_files import load_catalogue
from gridmgmt.cases.catalogue_flow import flow_of
from gridmgmt.cases.flow_checks import Surroundings, findings
from gridmgmt.cases.flow_messages import FINDINGS, REASONS, finding_words
from gridmgmt.cases.flow_words import GUARDS
from gridmgmt.cases.workflow import Flow, RequestDef, StageDef, TransitionDef


def stage(key: str, clock: str = "running", owner: str = "staff", limit: int | None = 8) -> StageDef:
    final = clock == "final"
    return StageDef(key, 1, key, key, "" if final else owner, clock, None if final else limit, "work_hour")


def move(origin: str, action: str, to: str, **changes: object) -> TransitionDef:
    values: dict[str, object] = {
        "condition": "", "name": action, "name_en": action, "roles": frozenset({"staff"}), "relation": "any",
        "requires": (), "clock_effect": "none", "notify": "",
    }  # fmt: skip
    return TransitionDef(from_stage=origin, action=action, to_stage=to, **{**values, **changes})  # type: ignore[arg-type]


STAGES = (stage("received"), stage("examined"), stage("waiting", "paused"), stage("done", "final"))
STEPS = (
    move("", "receive", "received"),
    move("received", "examine", "examined", clock_effect="start_handle"),
    move("examined", "wait", "waiting", clock_effect="pause"),
    move("waiting", "go_on", "examined", clock_effect="resume"),
    move("examined", "finish", "done", clock_effect="stop"),
)


def flow(
    *more: TransitionDef,
    without: str = "",
    stages: tuple[StageDef, ...] = STAGES,
    requests: tuple[RequestDef, ...] = (),
    kind: str = "application",
) -> Flow:
    steps = [step for step in STEPS if step.action != without]
    return Flow.of(
        1, "permit", 1, active=True, stages=stages, transitions=[*steps, *more], requests=requests, kind=kind
    )


def codes(subject: Flow, around: Surroundings | None = None) -> set[str]:
    return {finding.code for finding in findings(subject, around)}


def test_a_sound_flow_about_something_else_than_incidents_has_no_findings() -> None:
    assert findings(flow()) == []


ASK = move("examined", "ask", "*", request="delay", request_move="ask")
GRANT = move("examined", "grant", "*", request="delay", request_move="grant")
REFUSE = move("examined", "refuse", "*", request="delay", request_move="refuse")
DELAY = (RequestDef("delay", "延期", "Delay", 2),)
FAULTS: dict[str, Flow] = {
    "unknown_role": flow(move("received", "x", "done", roles=frozenset({"astronaut"}), clock_effect="stop")),
    "unknown_relation": flow(move("received", "x", "*", relation="cousin")),
    "unknown_field": flow(move("received", "x", "*", requires=("horoscope",))),
    "unknown_clock_effect": flow(move("received", "x", "*", clock_effect="rewind")),
    "unknown_effect": flow(move("received", "x", "*", effects=("party",))),
    "unknown_guard": flow(move("received", "x", "*", guards=("undrawn:some",))),
    "unknown_audience": flow(move("received", "x", "*", notify="press")),
    "unknown_trigger": flow(move("received", "x", "*", trigger="full_moon")),
    "unknown_move": flow(move("received", "x", "*", request="delay", request_move="beg"), requests=DELAY),
    "unknown_condition": flow(move("received", "x", "*", condition="friends")),
    "step_of_nobody": flow(move("received", "x", "*", roles=frozenset())),
    "unknown_stage": flow(move("received", "x", "moon")),
    "unknown_other_flow": flow(move("received", "x", "y", to_procedure="other")),
    "request_without_move": flow(move("received", "x", "*", request="delay"), requests=DELAY),
    "unknown_request": flow(ASK, GRANT, REFUSE),
    "step_twice": flow(move("received", "examine", "done", clock_effect="stop")),
    "step_also_everywhere": flow(move("*", "examine", "*")),
    "no_beginning": flow(without="receive"),
    "beginning_with_effect": flow(
        move("", "receive", "received", clock_effect="start_handle"), without="receive"
    ),
    "beginning_without_stage": flow(move("", "receive", "received", condition="own"), without="receive"),
    "everywhere_to_one_stage": flow(move("*", "x", "examined")),
    "clock_mismatch": flow(move("received", "x", "waiting")),
    "never_resumed": flow(move("waiting", "end", "done", clock_effect="stop"), without="go_on"),
    "unreachable_stage": flow(stages=(*STAGES, stage("limbo"))),
    "dead_end": flow(move("received", "x", "limbo"), stages=(*STAGES, stage("limbo"))),
    "end_with_owner_or_limit": flow(stages=(*STAGES[:3], replace(STAGES[3], owner_role="staff"))),
    "stage_of_nobody": flow(stages=(replace(STAGES[0], owner_role=""), *STAGES[1:])),
    "owner_cannot_act": flow(stages=(replace(STAGES[0], owner_role="leader"), *STAGES[1:])),
    "end_left": flow(move("done", "x", "examined", clock_effect="restart_handle")),
    "request_never_asked": flow(requests=DELAY),
    "request_without_grant": flow(ASK, REFUSE, requests=DELAY),
    "request_without_refuse": flow(ASK, GRANT, requests=DELAY),
    "request_never_endorsed": flow(ASK, replace(GRANT, request_level=1), REFUSE, requests=DELAY),
    "trigger_not_for_platform": flow(
        move("waiting", "x", "examined", clock_effect="resume", trigger="until")
    ),
    "platform_never_acts": flow(move("received", "x", "*", roles=frozenset({"system"}))),
    "trigger_without_limit": flow(
        move("received", "x", "*", roles=frozenset({"system"}), trigger="stage_limit"),
        stages=(stage("received", limit=None), *STAGES[1:]),
    ),
}


@pytest.mark.parametrize("code", FAULTS)
def test_each_fault_is_found_by_its_code(code: str) -> None:
    assert code in codes(FAULTS[code])


def test_every_code_has_words_and_a_case_here() -> None:
    assert set(FINDINGS) == {*FAULTS, "entry_removed", "branches_never_end"}
    assert set(GUARDS) <= set(REASONS)
    for subject in FAULTS.values():
        assert all("%" not in finding_words(finding) for finding in findings(subject))


def test_own_and_public_matters_are_followed_separately() -> None:
    """A way out that exists for our own people only strands those of the public."""
    steps = [replace(step, condition="own") if step.action == "finish" else step for step in STEPS]
    subject = Flow.of(1, "permit", 1, active=True, stages=STAGES, transitions=steps, kind="application")
    assert codes(subject) == {"dead_end"}


def test_a_step_into_another_flow_is_a_way_out_when_that_stage_exists() -> None:
    subject = flow(
        move("received", "x", "pending", to_procedure="other"),
        move("examined", "y", "pending", to_procedure="other"),
        without="finish",
        stages=STAGES[:3],
    )
    assert codes(subject, Surroundings(flows={"other": {"pending"}})) == set()
    assert codes(subject, Surroundings(flows={"other": {"elsewhere"}})) == {"unknown_other_flow"}


def test_where_branches_begin_something_says_how_it_goes_on() -> None:
    begin = move("received", "x", "examined", effects=("branch:part",))
    around = Surroundings(flows={"part": {"a"}})
    assert codes(flow(begin)) == {"unknown_other_flow"}
    assert codes(flow(begin), around) == {"branches_never_end"}
    platform = frozenset({"system"})
    go_on = move("examined", "all_over", "done", roles=platform, trigger="branches_done", clock_effect="stop")
    assert codes(flow(begin, go_on), around) == set()


def test_an_end_is_left_by_a_step_that_says_so() -> None:
    again = move("done", "again", "examined", clock_effect="restart_handle", effects=("reopened",))
    assert codes(flow(again)) == set()


def test_every_shipped_flow_is_sound() -> None:
    files = load_catalogue()
    known = {p.key: {s.key for s in files.stages if s.procedure == p.key} for p in files.procedures}
    for row in files.procedures:
        subject = flow_of(row, files.stages, files.transitions, files.requests, files.fields)
        assert findings(subject, Surroundings(flows=known)) == []
