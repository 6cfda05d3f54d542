"""What the pages of flows show: versions in words, tables of stages, steps, requests and fields, differences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from geodata.errors import DomainError
from gridmgmt.cases import flow_actions, flow_words, reference
from gridmgmt.cases.choosing import Choice
from gridmgmt.cases.flow_checks import Finding
from gridmgmt.cases.flow_messages import finding_words
from gridmgmt.cases.models import CaseSource, Category, Procedure
from gridmgmt.cases.workflow import ANY_STAGE, BEGINNING, Flow, StageDef, TransitionDef
from gridmgmt.organisation.models import Role, User
from gridmgmt.organisation.scope import Scope, scope_of
from map_ui import flow_terms, words
from map_ui.case_page import FLAGS
from map_ui.flow_drawing import draw
from map_ui.flow_layout import target_key
from map_ui.language import in_language

READERS = (Role.ADMIN, Role.LEADER, Role.DISPATCHER)


def reader(user: Any) -> tuple[Scope, bool]:
    """The scope of somebody who may read flows, and whether they may write them. Error flow_not_for_you 403."""
    scope = scope_of(user)
    if not scope.has_role(*READERS):
        raise DomainError(
            code="flow_not_for_you",
            status=403,
            message="Flows are read by administrators, leaders and dispatchers.",
        )
    return scope, isinstance(user, User) and flow_actions.may_edit(user)


def flow_names() -> dict[str, str]:
    """{"flow/stage": the stage's name} of every published flow."""
    return {
        f"{flow.key}/{stage.key}": in_language(stage)
        for flow in reference.current().active_flows.values()
        for stage in flow.stages.values()
    }


def rule_words(rules: Iterable[Choice]) -> list[str]:
    """Which reports a rule leads to the flow: "every report", or its conditions."""
    sources = {row.key: in_language(row) for row in CaseSource.objects.all()}
    keys = [rule.category_key for rule in rules if rule.category_key]
    categories = {row.key: in_language(row) for row in Category.objects.filter(key__in=keys)}
    found = []
    for rule in rules:
        parts = [
            f"{categories.get(rule.category_key, '')} {rule.category_key}".strip(),
            rule.area_code,
            str(sources.get(rule.source, rule.source)),
            str(FLAGS.get(rule.flag, rule.flag)),
        ]
        found.append(" · ".join(part for part in parts if part) or gettext("every report"))
    return found


@dataclass(frozen=True, slots=True)
class StageLine:
    """A stage in words."""

    row: StageDef
    name: str
    owner: str
    clock: str
    limit: str
    public: str
    findings: list[str]


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step in words."""

    place: int
    row: TransitionDef
    name: str
    origin: str
    target: str
    who: str
    relation: str
    needs: str
    takes: str
    clock: str
    effects: str
    guards: list[str]
    request: str
    trigger: str
    tells: str
    condition: str
    findings: list[str]

    @property
    def has_terms(self) -> bool:
        """True when the step is not simply offered to whoever holds the role."""
        return bool(self.condition or self.guards or self.request or self.trigger)

    @property
    def sign(self) -> str:
        """The sign of its tone, as on the drawing."""
        return {"go": "\u25b8", "refuse": "\u2715"}.get(self.row.tone, "\u25e6")

    @property
    def tone(self) -> str:
        """Its tone in words."""
        return flow_terms.name_of(self.row.tone, flow_terms.TONES)


def stage_words(flow: Flow, key: str, names: Mapping[str, str] | None = None) -> str:
    """A place a step comes from or leads to."""
    if key == BEGINNING:
        return gettext("beginning")
    if key == ANY_STAGE:
        return gettext("any stage")
    stage = flow.stages.get(key)
    return in_language(stage) if stage else (names or {}).get(key, key)


def target_words(flow: Flow, step: TransitionDef, names: Mapping[str, str]) -> str:
    """Where a step leads: "stays", a stage, or a stage of another flow."""
    if step.stays and not step.to_procedure:
        return gettext("stays")
    name = stage_words(flow, target_key(step), names)
    return f"{step.to_procedure}: {name}" if step.to_procedure else name


def stage_lines(flow: Flow, found: Iterable[Finding] = ()) -> list[StageLine]:
    """The table of stages."""
    said = [(each.stage, finding_words(each)) for each in found if each.step is None and each.stage]
    return [
        StageLine(
            row=stage,
            name=in_language(stage),
            owner=flow_terms.role(stage.owner_role) if stage.owner_role else "",
            clock=flow_terms.name_of(stage.clock, flow_terms.LAMPS),
            limit=words.limit(stage.limit_value, stage.limit_unit),
            public=in_language(stage, "public_name"),
            findings=[text for key, text in said if key == stage.key],
        )
        for stage in flow.stages.values()
    ]


def step_lines(flow: Flow, found: Iterable[Finding] = ()) -> list[StepLine]:
    """The table of steps."""
    names, found = flow_names(), list(found)
    return [step_line(flow, place, step, names, found) for place, step in enumerate(flow.transitions)]


def step_line(
    flow: Flow, place: int, step: TransitionDef, names: Mapping[str, str], found: Iterable[Finding] = ()
) -> StepLine:
    """One step in words."""
    return StepLine(
        place=place,
        row=step,
        name=in_language(step),
        origin=stage_words(flow, step.from_stage),
        target=target_words(flow, step, names),
        who=joined(flow_terms.role(word) for word in sorted(step.roles)),
        relation=flow_terms.name_of(step.relation, flow_terms.RELATIONS),
        needs=joined(flow_terms.field_words(flow, key) for key in step.requires),
        takes=joined(flow_terms.field_words(flow, key) for key in step.takes),
        clock=flow_terms.name_of(step.clock_effect, flow_terms.CLOCK_EFFECTS)
        if step.clock_effect != "none"
        else "",
        effects=joined(flow_terms.name_of(term, flow_terms.EFFECTS) for term in step.effects),
        guards=[flow_terms.name_of(term, flow_terms.GUARDS) for term in step.guards],
        request=request_words(flow, step),
        trigger=flow_terms.name_of(step.trigger, flow_terms.TRIGGERS) if step.trigger else "",
        tells=joined(flow_terms.audience(word) for word in step.notify.split("|") if word),
        condition=flow_terms.name_of(step.condition, flow_terms.CONDITIONS) if step.condition else "",
        findings=[finding_words(each) for each in found if each.step == place],
    )


def request_words(flow: Flow, step: TransitionDef) -> str:
    """What a step does to a request."""
    if not step.request:
        return ""
    kind = flow.requests.get(step.request)
    name = in_language(kind) if kind else step.request
    move = flow_terms.name_of(step.request_move, flow_terms.MOVES)
    level = gettext("after %(n)d endorsements") % {"n": step.request_level} if step.request_level else ""
    return " ".join(part for part in (move, name, level) if part)


def narrowed(lines: list[StepLine], given: Mapping[str, str]) -> list[StepLine]:
    """Steps by stage (also those offered everywhere), role and words of their name."""
    stage, role, text = given.get("stage", ""), given.get("role", ""), given.get("text", "").strip().lower()
    return [
        line
        for line in lines
        if (
            not stage
            or stage in (line.row.from_stage, line.row.to_stage)
            or (stage == "-" and not line.row.from_stage)
        )
        and (not role or role in line.row.roles)
        and (not text or text in f"{line.row.name} {line.row.name_en} {line.row.action}".lower())
    ]


def finding_place(flow: Flow, found: Finding) -> str:
    """Which row a finding is about."""
    if found.step is not None:
        step = flow.transitions[found.step]
        return f"{stage_words(flow, step.from_stage)} → {in_language(step)}"
    return stage_words(flow, found.stage) if found.stage else gettext("the flow as a whole")


def loose_findings(found: Iterable[Finding]) -> list[str]:
    """Those about the flow as a whole."""
    return [finding_words(each) for each in found if each.step is None and not each.stage]


def joined(parts: Iterable[str]) -> str:
    """A list as people write it."""
    return gettext(", ").join(parts)


def drawn(flow: Flow) -> str:
    """The drawing."""
    return draw(flow, flow_names=flow_names())


def heading(procedure: Procedure) -> dict[str, Any]:
    """Name, kind and state of a version."""
    return {
        "procedure": procedure,
        "kind_name": flow_terms.name_of(procedure.kind, flow_terms.KINDS),
        "state_name": flow_terms.name_of(procedure.state, flow_terms.STATES),
        "system": flow_words.SYSTEM,
    }
