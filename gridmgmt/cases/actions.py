"""Steps of a case. Every transition goes through ``_take``: lock, compare version, table, rights, guards, fields, effects,
requests, clock, task, event, rows – read top to bottom it tells everything that happens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from gridmgmt.cases import (
    branches,
    case_requests,
    errors,
    ledger,
    reference,
    step_effects,
    step_fields,
    step_rows,
    tasks,
)
from gridmgmt.cases.facts import facts_from, facts_of
from gridmgmt.cases.flow_messages import REASONS
from gridmgmt.cases.flow_words import SYSTEM, word_of
from gridmgmt.cases.guards import Facts, blocked
from gridmgmt.cases.models import Case, Photo
from gridmgmt.cases.reference import Reference
from gridmgmt.cases.step_rows import TakenUp, Written
from gridmgmt.cases.workflow import Flow, TransitionDef, missing_fields
from gridmgmt.organisation.models import User
from gridmgmt.organisation.scope import Scope, may_see, scope_of


@dataclass(frozen=True, slots=True)
class StepOffer:
    """A step somebody may take now, for a button. ``suggested`` is what an open request asks for."""

    action: str
    name: str
    name_en: str
    to_stage: str
    requires: tuple[str, ...]
    takes: tuple[str, ...] = ()
    tone: str = "go"
    suggested: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Step:
    """One step being taken: what was asked, what the case is at that moment, what will be written with it."""

    case: Case
    action: str
    at: datetime
    by: User | None
    scope: Scope | None
    text: str
    fields: dict[str, Any]
    known: Reference
    flow: Flow
    transition: TransitionDef
    taken: TakenUp
    take: Callable[..., Case]
    role: str = ""
    facts: Facts = field(default_factory=Facts)
    data: dict[str, Any] = field(default_factory=dict)
    written: Written = field(default_factory=Written)
    begun: list[Step] = field(default_factory=list)


def take_step(
    *,
    case_id: UUID,
    action: str,
    by: User,
    expected_version: int,
    at: datetime,
    text: str = "",
    fields: Mapping[str, Any] | None = None,
) -> Case:
    """Take one step of the flow as a user. ``fields``: what the step requires or takes (see step_fields).

    Errors: case_unknown 404, case_version_stale 409, step_out_of_table 409, step_not_permitted and request_own 403,
    step_blocked 409, step_needs_field and step_field_invalid 422, task_claimed 409.
    """
    return _take(case_id, action, by, scope_of(by), expected_version, at, text, dict(fields or {}))


def take_system_step(
    *,
    case_id: UUID,
    action: str,
    expected_version: int,
    at: datetime,
    text: str = "",
    fields: Mapping[str, Any] | None = None,
) -> Case:
    """The same by the platform itself (a date reached, a limit passed)."""
    return _take(case_id, action, None, None, expected_version, at, text, dict(fields or {}))


def permitted_steps(case: Case, user: User, *, at: datetime | None = None) -> list[StepOffer]:
    """Steps the user may take from the case's present stage at an instant (now when none is given)."""
    scope, known = scope_of(user), reference.current()
    flow = known.flows[case.procedure_id]
    is_public = known.sources.get(case.source_id, False)
    offers = [t for t in flow.offers(case.stage, is_public=is_public) if _role_for(t, case, scope)]
    if not offers:
        return []
    facts = facts_of(case, flow, at=at or timezone.now())
    return [
        StepOffer(
            t.action,
            t.name,
            t.name_en,
            t.leads_to(case.stage),
            t.requires,
            t.takes,
            t.tone,
            facts.asked.get(t.request, {}) if t.request_move == "grant" else {},
        )
        for t in offers
        if not blocked(flow, t, facts)
    ]


def may_take(case: Case, user: User, action: str) -> bool:
    """True when the user's roles allow this step on the case in some stage, whatever stage it is in now."""
    scope, flow = scope_of(user), reference.current().flows[case.procedure_id]
    return any(_role_for(t, case, scope) for t in flow.transitions if t.action == action)


def photo_role(case: Case, action: str) -> Photo.Role:
    """A step that asks for a photo of the place gets such a one; all others show the work done."""
    steps = reference.current().flows[case.procedure_id].transitions
    on_site = any("photo_site" in step.fields for step in steps if step.action == action)
    return Photo.Role.SITE if on_site else Photo.Role.AFTER


@transaction.atomic
def _take(
    case_id: UUID,
    action: str,
    by: User | None,
    scope: Scope | None,
    expected_version: int,
    at: datetime,
    text: str,
    fields: dict[str, Any],
    *,
    upward: bool = True,
) -> Case:
    """The one function through which a case moves. ``upward``: a branch tells its parent."""
    taken = _locked(case_id, scope)
    case = taken.case
    if case.version != expected_version:
        raise errors.version_stale(stage=case.stage, version=case.version)
    known = reference.current(taken.revision)
    flow = known.flows[case.procedure_id]
    transition = _find_transition(case, flow, action, is_public=known.sources.get(case.source_id, False))
    step = Step(case, action, at, by, scope, text.strip(), fields, known, flow, transition, taken, _take)
    _check_rights(step)
    _check_guards(step)
    case_requests.prefill(step, transition)
    _check_fields(step)
    from_stage = case.stage
    step_fields.apply(step, transition)
    step_effects.apply(step, transition.effects)
    case_requests.move(step, transition)
    ledger.apply(step)
    _move(step)
    tasks.follow(step, from_stage)
    announce(step)
    step_rows.keep(step, from_stage)
    for begun in step.begun:
        _begin(begun)
    if upward:
        branches.tell_parent(step, from_stage)
    return case


def _begin(step: Step) -> None:
    """A branch comes into being by the step of its parent."""
    tasks.follow(step, "")
    announce(step)
    step_rows.write(step, "")


def _locked(case_id: UUID, scope: Scope | None) -> TakenUp:
    taken = step_rows.take_up(case_id)
    if taken is None or (scope is not None and not may_see(scope, taken.case)):
        raise errors.case_unknown()
    return taken


def _find_transition(case: Case, flow: Flow, action: str, *, is_public: bool) -> TransitionDef:
    transition = flow.find(case.stage, action, is_public=is_public)
    if transition is None:
        offers = flow.offers(case.stage, is_public=is_public)
        raise errors.out_of_table(stage=case.stage, version=case.version, actions=[t.action for t in offers])
    return transition


def _check_rights(step: Step) -> None:
    roles = step.transition.roles
    step.role = SYSTEM if step.scope is None else _role_for(step.transition, step.case, step.scope)
    if not step.role or (step.role == SYSTEM and SYSTEM not in roles):
        raise errors.not_permitted(step.action)


def _check_guards(step: Step) -> None:
    """What must hold whoever asks; the first reason is told."""
    requests = step.taken.requests if step.flow.requests else ()
    step.facts = facts_from(step.case, ((r.kind, r.state, r.level, r.data) for r in requests), at=step.at)
    reasons = blocked(step.flow, step.transition, step.facts)
    if reasons:
        raise errors.blocked(
            reason=reasons[0],
            message=REASONS[word_of(reasons[0])],
            stage=step.case.stage,
            version=step.case.version,
        )


def _role_for(transition: TransitionDef, case: Case, scope: Scope) -> str:
    """The role by which somebody may take a step on this case, or "" when none."""
    if scope.everything:
        return "admin" if transition.roles != {SYSTEM} else ""
    path = case.department.path if case.department else ""
    for held in scope.held:
        if held.role not in transition.roles or not case.cell_code.startswith(held.prefix):
            continue
        in_department = bool(path) and bool(held.department_path) and path.startswith(held.department_path)
        fits = {
            "any": True,
            "own_cell": True,  # the prefix of the grant is the cell or contains it
            "own_department": in_department,
            "assignee": case.assignee_id == scope.user_id,
        }
        if fits.get(transition.relation, False):
            return held.role
    return ""


def _check_fields(step: Step) -> None:
    """What the table requires must be there; a reason is the text, a photo one that is stored."""
    given = {**step.fields, "reason": step.text, "text": step.text}
    given |= {
        name: proof(step.case)
        for name, proof in step_fields.PROOFS.items()
        if name in step.transition.requires
    }
    missing = missing_fields(step.transition.requires, given)
    if missing:
        raise errors.needs_fields(missing)


def _move(step: Step) -> None:
    """Stage, its own deadline and the version; what was asked in a stage that is left lapses."""
    case, transition = step.case, step.transition
    if transition.to_procedure:
        _change_flow(step)
    to_stage = transition.leads_to(case.stage)
    if to_stage != case.stage or transition.to_procedure:
        if set(step.facts.open_requests) - {transition.request}:
            case_requests.lapse(step, but=transition.request)
        case.stage = to_stage
        case.stage_since = step.at
        case.stage_due_at = ledger.stage_due(step.flow.stages[to_stage], step.at, step.known, case.cell_code)
        case.closed_at = step.at if step.flow.stages[to_stage].is_final else None
    case.version += 1


def _change_flow(step: Step) -> None:
    """The case goes on in another flow, in the version that new cases take."""
    flow = step.known.active_flows.get(step.transition.to_procedure)
    if flow is None or step.transition.to_stage not in flow.stages:
        raise errors.no_procedure(step.transition.to_procedure)
    step.data |= {"procedure": f"{flow.key} v{flow.version}", "procedure_before": step.flow.id}
    step.flow, step.case.procedure_id = flow, flow.id


def announce(step: Step) -> None:
    """The outbox row that live map, messages and other systems will hear."""
    case = step.case
    payload = {
        "case": str(case.pk),
        "number": case.number,
        "stage": case.stage,
        "version": case.version,
        "action": step.action,
        "category": case.category_id,
        "cell_code": case.cell_code,
        "lon": case.geom.x,
        "lat": case.geom.y,
        "due_at": case.due_at.isoformat() if case.due_at else None,
        "notify": step.transition.notify,
        **({"branch": True} if case.parent_id else {}),
    }
    path = case.department.path if case.department else ""
    step.written.events.append(("case.stepped", case.cell_code, path, payload))
