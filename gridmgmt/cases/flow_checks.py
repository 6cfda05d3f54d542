"""Is a flow sound? Every fault as a finding with a reason code; a flow with findings is never published. Pure.

One beginning, every stage reachable, no dead end, every running stage owned by somebody who can act, ends that are
ends, clocks that fit the lamps, requests that can be decided. Own and public matters are followed separately.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from gridmgmt.cases import flow_words as words
from gridmgmt.cases.workflow import ANY_STAGE, BEGINNING, Flow, StageDef, TransitionDef

SOURCE_KINDS = (False, True)
LEAVES_PAUSE = frozenset({"resume", "restart_handle"})
RUNS = frozenset({"none", "start_handle", "stop_handle", "restart_handle", "extend"})
ENTERING = {"final": frozenset({"stop"}), "paused": frozenset({"pause", "wait_special", "wait_supplement"})}
GOES_ON = frozenset({"reopened", "unmerge", "rework"})
AT_REST = frozenset({"none", "extend"})


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault: its code, the stage or step (place in ``flow.transitions``) it is in, and the value at fault."""

    code: str
    stage: str = ""
    step: int | None = None
    value: str = ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a flow may refer to outside itself: stages of other flows by key, field names, roles of the house."""

    flows: Mapping[str, Collection[str]] = field(default_factory=dict)
    fields: Collection[str] = words.FIELDS
    roles: Collection[str] = words.ROLES


def findings(flow: Flow, around: Surroundings | None = None) -> list[Finding]:
    """Everything wrong with a flow, words first. While words or references are wrong, paths are not judged."""
    around = around or Surroundings()
    form = [found for check in FORM_CHECKS for found in check(flow, around)]
    if form:
        return form
    return [found for check in SENSE_CHECKS for found in check(flow)]


def _words(flow: Flow, around: Surroundings) -> Iterator[Finding]:
    """Every word is one the engine knows."""
    asked = {*around.fields, *flow.fields}
    for place, step in enumerate(flow.transitions):
        for code, unknown in (
            ("unknown_role", [role for role in sorted(step.roles) if role not in around.roles]),
            ("unknown_relation", [] if step.relation in words.RELATIONS else [step.relation]),
            ("unknown_field", [name for name in (*step.requires, *step.takes) if name not in asked]),
            ("unknown_clock_effect", [] if step.clock_effect in words.CLOCK_EFFECTS else [step.clock_effect]),
            ("unknown_effect", [e for e in step.effects if not words.known_term(e, words.EFFECTS)]),
            ("unknown_guard", [g for g in step.guards if not words.known_term(g, words.GUARDS)]),
            ("unknown_audience", [a for a in step.notify.split("|") if a and a not in words.AUDIENCE]),
            ("unknown_trigger", [] if step.trigger in words.TRIGGERS else [step.trigger]),
            ("unknown_move", [] if step.request_move in words.MOVES else [step.request_move]),
            ("unknown_condition", [] if step.condition in words.CONDITIONS else [step.condition]),
            ("step_of_nobody", [] if step.roles else [step.action]),
        ):
            yield from (Finding(code, step.from_stage, place, value) for value in unknown)


def _references(flow: Flow, around: Surroundings) -> Iterator[Finding]:
    """Stages, requests and other flows that steps name are there."""
    for place, step in enumerate(flow.transitions):
        if step.from_stage not in (BEGINNING, ANY_STAGE) and step.from_stage not in flow.stages:
            yield Finding("unknown_stage", step.from_stage, place, step.from_stage)
        if step.to_procedure:
            if step.to_stage not in around.flows.get(step.to_procedure, ()):
                target = f"{step.to_procedure}/{step.to_stage}"
                yield Finding("unknown_other_flow", step.from_stage, place, target)
        elif not step.stays and step.to_stage not in flow.stages:
            yield Finding("unknown_stage", step.from_stage, place, step.to_stage)
        for flow_key in words.branch_flows(step.effects):
            if flow_key not in around.flows:
                yield Finding("unknown_other_flow", step.from_stage, place, flow_key)
        if bool(step.request) != bool(step.request_move):
            yield Finding("request_without_move", step.from_stage, place, step.request or step.request_move)
        elif step.request and step.request not in flow.requests:
            yield Finding("unknown_request", step.from_stage, place, step.request)


def _branches(flow: Flow) -> Iterator[Finding]:
    """Where branches run, a step of the platform goes on when all are done."""
    for place, step in enumerate(flow.transitions):
        if not words.branch_flows(step.effects):
            continue
        for stage in _origins(flow, step) if step.stays else [step.to_stage]:
            steps = [t for public in SOURCE_KINDS for t in flow.offers(stage, is_public=public)]
            if not any(t.trigger == "branches_done" for t in steps):
                yield Finding("branches_never_end", stage, place, step.action)


def _twice(flow: Flow, _around: Surroundings) -> Iterator[Finding]:
    """A step is there once from a stage: either for all matters, or once for own and once for public ones."""
    counted = Counter((step.from_stage, step.action, step.condition) for step in flow.transitions)
    anywhere = {step.action for step in flow.transitions if step.from_stage == ANY_STAGE}
    for place, step in enumerate(flow.transitions):
        general = counted[step.from_stage, step.action, ""]
        special = sum(counted[step.from_stage, step.action, kind] for kind in ("own", "public"))
        if counted[step.from_stage, step.action, step.condition] > 1 or (general and special):
            yield Finding("step_twice", step.from_stage, place, step.action)
        elif step.action in anywhere and step.from_stage not in (ANY_STAGE, BEGINNING):
            yield Finding("step_also_everywhere", step.from_stage, place, step.action)


def _beginning(flow: Flow) -> Iterator[Finding]:
    places = [place for place, step in enumerate(flow.transitions) if step.from_stage == BEGINNING]
    if len(places) != 1:
        yield Finding("no_beginning", step=places[-1] if places else None)
    for place in places:
        step = flow.transitions[place]
        if step.stays or step.to_procedure or step.condition:
            yield Finding("beginning_without_stage", step=place, value=step.to_stage)
        if step.trigger != "parent" and (step.clock_effect != "none" or step.effects or step.request_move):
            yield Finding("beginning_with_effect", step=place, value=step.action)


def _everywhere(flow: Flow) -> Iterator[Finding]:
    """A step from "*" stays where the matter is, or ends it."""
    for place, step in enumerate(flow.transitions):
        leaves = step.from_stage == ANY_STAGE and not step.stays
        if leaves and (step.to_procedure or not flow.stages[step.to_stage].is_final):
            yield Finding("everywhere_to_one_stage", step=place, value=step.to_stage)


def _owners(flow: Flow) -> Iterator[Finding]:
    """Who owns a running stage has a step in it that leads on; an end has neither owner nor limit."""
    for stage in flow.stages.values():
        if stage.is_final:
            if stage.owner_role or stage.limit_value:
                yield Finding("end_with_owner_or_limit", stage.key)
        elif not stage.owner_role:
            yield Finding("stage_of_nobody", stage.key)
        elif stage.clock == "running" and not _acts_in(flow, stage):
            yield Finding("owner_cannot_act", stage.key, value=stage.owner_role)


def _acts_in(flow: Flow, stage: StageDef) -> bool:
    steps = [step for public in SOURCE_KINDS for step in flow.offers(stage.key, is_public=public)]
    return any(
        (stage.owner_role in step.roles or (step.trigger and stage.owner_role == words.SYSTEM))
        and step.from_stage != ANY_STAGE
        for step in steps
    )


def _ends(flow: Flow) -> Iterator[Finding]:
    """What is over goes on only by a step that says so."""
    for place, step in enumerate(flow.transitions):
        here = flow.stages.get(step.from_stage)
        leaves = here is not None and here.is_final and not step.stays
        elsewhere = step.to_stage != step.from_stage or bool(step.to_procedure)
        if leaves and elsewhere and not GOES_ON & set(step.effects):
            yield Finding("end_left", step.from_stage, place, step.action)


def _clocks(flow: Flow) -> Iterator[Finding]:
    """Into a paused stage: pause; out of it: resume or restart; into an end: stop; else none of these."""
    for place, step in enumerate(flow.transitions):
        if step.clock_effect not in _fitting_effects(flow, step):
            yield Finding("clock_mismatch", step.from_stage, place, step.clock_effect)
    for stage in flow.stages.values():
        steps = [step for public in SOURCE_KINDS for step in flow.offers(stage.key, is_public=public)]
        if stage.clock == "paused" and not any(step.clock_effect in LEAVES_PAUSE for step in steps):
            yield Finding("never_resumed", stage.key)


def _fitting_effects(flow: Flow, step: TransitionDef) -> frozenset[str]:
    before = flow.stages[step.from_stage].clock if step.from_stage in flow.stages else ""
    after = "" if step.stays or step.to_procedure else flow.stages[step.to_stage].clock
    if after in ENTERING:
        return ENTERING[after]
    if step.from_stage == BEGINNING:
        return frozenset({"none", "start_handle"})
    if step.to_procedure:
        return RUNS
    if step.stays or step.from_stage == ANY_STAGE:
        return AT_REST
    return LEAVES_PAUSE if before == "paused" else RUNS - {"extend"}


def _requests(flow: Flow) -> Iterator[Finding]:
    """What can be asked can be granted and refused where the asking leads; what is decided can be asked."""
    asked = {step.request for step in flow.transitions if step.request_move == "ask"}
    for key in flow.requests:
        if key not in asked:
            yield Finding("request_never_asked", value=key)
    for place, step in enumerate(flow.transitions):
        if step.request_move != "ask" or step.to_procedure:
            continue
        for stage in _origins(flow, step) if step.stays else [step.to_stage]:
            decided = {
                t.request_move
                for public in SOURCE_KINDS
                for t in flow.offers(stage, is_public=public)
                if t.request == step.request
            }
            for move in sorted(words.DECISIONS - decided):
                yield Finding(f"request_without_{move}", stage, place, step.request)
    yield from _endorsements(flow)


def _endorsements(flow: Flow) -> Iterator[Finding]:
    """A decision that wants endorsements finds as many steps that give them."""
    given = Counter(step.request for step in flow.transitions if step.request_move == "endorse")
    for place, step in enumerate(flow.transitions):
        if step.request and (step.request_level or 0) > given[step.request]:
            yield Finding("request_never_endorsed", step.from_stage, place, step.request)


def _system_steps(flow: Flow) -> Iterator[Finding]:
    """What only the platform may do says when; what has a trigger the platform may do."""
    for place, step in enumerate(flow.transitions):
        if step.trigger and words.SYSTEM not in step.roles:
            yield Finding("trigger_not_for_platform", step.from_stage, place, step.trigger)
        alone = step.roles == {words.SYSTEM} and not step.trigger and step.from_stage != BEGINNING
        if alone:
            yield Finding("platform_never_acts", step.from_stage, place, step.action)
        limited = step.from_stage in (ANY_STAGE, BEGINNING)
        if step.trigger == "stage_limit" and not limited and not flow.stages[step.from_stage].limit_value:
            yield Finding("trigger_without_limit", step.from_stage, place, step.from_stage)


def _ways(flow: Flow) -> Iterator[Finding]:
    """Every stage is reached by some matter; from every stage reached there is a way to an end."""
    ways = {public: _steps(flow, public=public) for public in SOURCE_KINDS}
    entered = {step.to_stage for step in flow.transitions if step.to_procedure == flow.key}
    reached = {public: _reached(ways[public], {BEGINNING, *entered}) for public in SOURCE_KINDS}
    leaving = {step.from_stage for step in flow.transitions if step.to_procedure}
    for key in flow.stages:
        if not any(key in found for found in reached.values()):
            yield Finding("unreachable_stage", key)
        elif any(
            key in reached[public] and not _has_end(flow, _reached(ways[public], {key}), leaving)
            for public in SOURCE_KINDS
        ):
            yield Finding("dead_end", key)


def _has_end(flow: Flow, stages: Iterable[str], leaving: Collection[str]) -> bool:
    """An end of this flow, or a step into another one."""
    return any(key in leaving or (key in flow.stages and flow.stages[key].is_final) for key in stages)


def _steps(flow: Flow, *, public: bool) -> Mapping[str, set[str]]:
    """Stage to stages, one step each; "*" written out."""
    steps: dict[str, set[str]] = {key: set() for key in (BEGINNING, *flow.stages)}
    for step in flow.transitions:
        if step.holds_for(is_public=public) and not step.to_procedure:
            for origin in _origins(flow, step):
                steps[origin].add(step.leads_to(origin))
    return steps


def _origins(flow: Flow, step: TransitionDef) -> list[str]:
    if step.from_stage == ANY_STAGE:
        return [key for key, stage in flow.stages.items() if not stage.is_final]
    return [step.from_stage]


def _reached(steps: Mapping[str, set[str]], start: set[str]) -> set[str]:
    found, todo = set(start), list(start)
    while todo:
        for stage in steps.get(todo.pop(), set()) - found:
            found.add(stage)
            todo.append(stage)
    return found


FORM_CHECKS: tuple[Callable[[Flow, Surroundings], Iterator[Finding]], ...] = (_words, _references, _twice)
SENSE_CHECKS: tuple[Callable[[Flow], Iterator[Finding]], ...] = (
    _beginning,
    _everywhere,
    _clocks,
    _ways,
    _owners,
    _ends,
    _requests,
    _system_steps,
    _branches,
)
