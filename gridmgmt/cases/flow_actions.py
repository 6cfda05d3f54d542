"""Writes of flows: a draft from a version, its rows, publishing, retiring. Published versions are never edited."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from gridmgmt.cases import flow_checks, flow_errors, flow_queries, flow_words, step_fields
from gridmgmt.cases.flow_checks import Finding, Surroundings
from gridmgmt.cases.flow_rows import read_flow, write_flow
from gridmgmt.cases.models import Case, Procedure, ProcedureRule, ProcedureState, Stage, Transition
from gridmgmt.cases.workflow import Flow
from gridmgmt.events import outbox
from gridmgmt.organisation.models import Role, User
from gridmgmt.organisation.scope import scope_of

EDITORS = (Role.ADMIN,)
# An administrator of a street alone would change the flows of its neighbours.
COUNTY_DIGITS = 6


def may_edit(user: User) -> bool:
    """Whether somebody may write and publish flows: they hold for the whole installation."""
    return any(len(prefix) <= COUNTY_DIGITS for prefix in scope_of(user).prefixes_of(*EDITORS))


def surroundings(procedure_key: str) -> Surroundings:
    """What a flow may refer to: published flows and itself, every field the platform knows."""
    flows: dict[str, set[str]] = {}
    rows = Stage.objects.filter(procedure__state=ProcedureState.PUBLISHED).exclude(
        procedure__key=procedure_key
    )
    for key, stage in rows.values_list("procedure__key", "key"):
        flows.setdefault(key, set()).add(stage)
    return Surroundings(flows=flows, fields=step_fields.names(), roles=flow_words.ROLES)


def findings_of(procedure: Procedure) -> list[Finding]:
    """What is wrong with a version now."""
    return flow_checks.findings(read_flow(procedure), surroundings(procedure.key))


@transaction.atomic
def begin_draft(*, key: str, by: User, at: datetime) -> Procedure:
    """A draft that begins as a copy of the newest version. Errors: flow_not_permitted, flow_unknown, flow_draft_exists."""
    _check_editor(by)
    newest = Procedure.objects.filter(key=key).order_by("-version").first()
    if newest is None:
        raise flow_errors.unknown(key)
    return _draft_of(newest, read_flow(newest), at)


def _draft_of(newest: Procedure, flow: Flow, _at: datetime) -> Procedure:
    if Procedure.objects.filter(key=newest.key, state=ProcedureState.DRAFT).exists():
        raise flow_errors.draft_exists(newest.key)
    last = Procedure.objects.filter(key=newest.key).aggregate(last=Max("version"))["last"] or 0
    draft = Procedure.objects.create(
        key=newest.key, version=last + 1, name=newest.name, name_en=newest.name_en, kind=newest.kind, note=newest.note
    )  # fmt: skip
    write_flow(draft, flow)
    return draft


@transaction.atomic
def save_draft(*, procedure_id: int, flow: Flow, note: str = "", edits: int, by: User) -> Procedure:
    """Replace a draft's rows. ``edits`` is the number the editor saw. Errors: flow_not_permitted, flow_not_a_draft,
    flow_edited_meanwhile. What does not make sense yet may be kept; it cannot be published."""
    draft = _locked_draft(procedure_id, by)
    if draft.edits != edits:
        raise flow_errors.edited_meanwhile(draft.edits)
    draft.name, draft.name_en, draft.kind, draft.note = flow.name, flow.name_en, flow.kind, note[:200]
    draft.edits += 1
    draft.save()
    write_flow(draft, flow)
    return draft


@transaction.atomic
def publish(*, procedure_id: int, edits: int, by: User, at: datetime) -> Procedure:
    """New cases take this version from now on; running ones keep theirs. Errors as save_draft, flow_has_findings."""
    draft = _locked_draft(procedure_id, by)
    if draft.edits != edits:
        raise flow_errors.edited_meanwhile(draft.edits)
    publish_unasked(draft, by=by, at=at)
    _tell("flow.published", draft)
    return draft


def publish_unasked(draft: Procedure, *, by: User | None = None, at: datetime) -> None:
    """The same for the command line. Error flow_has_findings 422."""
    found = faults_of(draft)
    if found:
        raise flow_errors.has_findings(found)
    Procedure.objects.filter(key=draft.key, state=ProcedureState.PUBLISHED).update(
        state=ProcedureState.RETIRED, retired_at=at
    )
    draft.state, draft.published_at, draft.published_by = ProcedureState.PUBLISHED, at, by
    draft.save()


def faults_of(draft: Procedure) -> list[Finding]:
    """Everything that keeps a draft from being published: its own findings, and stages that other flows miss in it."""
    return [*findings_of(draft), *_breaks_others(draft)]


def _breaks_others(draft: Procedure) -> list[Finding]:
    """Stages that published flows send their cases to must still be there."""
    kept = set(draft.stages.values_list("key", flat=True))
    entries = Transition.objects.filter(
        procedure__state=ProcedureState.PUBLISHED, to_procedure=draft.key
    ).exclude(procedure__key=draft.key)
    return [
        Finding("entry_removed", value=stage)
        for stage in sorted(set(entries.values_list("to_stage", flat=True)) - kept)
    ]


@transaction.atomic
def retire(*, procedure_id: int, by: User, at: datetime) -> Procedure:
    """Take a published flow out of use. Errors: flow_not_permitted, flow_not_published, flow_in_use (a rule or another
    flow names it), flow_has_open_cases: what is running is brought to its end first."""
    _check_editor(by)
    procedure = _locked(procedure_id)
    if procedure.state != ProcedureState.PUBLISHED:
        raise flow_errors.not_published(procedure.state)
    rules = list(ProcedureRule.objects.filter(procedure_key=procedure.key).values_list("key", flat=True))
    users = flow_queries.led_from()[procedure.key]
    if rules or users:
        raise flow_errors.in_use(rules=rules, flows=users)
    running = Case.objects.filter(procedure__key=procedure.key, closed_at=None).count()
    if running:
        raise flow_errors.has_open_cases(running)
    procedure.state, procedure.retired_at = ProcedureState.RETIRED, at
    procedure.save()
    _tell("flow.retired", procedure)
    return procedure


@transaction.atomic
def discard(*, procedure_id: int, by: User) -> None:
    """Throw a draft away. Errors: flow_not_permitted, flow_not_a_draft."""
    _locked_draft(procedure_id, by).delete()


@transaction.atomic
def import_flow(*, flow: Flow, note: str, by: User, at: datetime) -> Procedure:
    """A draft from a file: the next version of its key, or the first of a new one. Errors as begin_draft."""
    _check_editor(by)
    newest = Procedure.objects.filter(key=flow.key).order_by("-version").first()
    given = newest or Procedure(key=flow.key)
    given.name, given.name_en, given.kind, given.note = flow.name, flow.name_en, flow.kind, note[:200]
    return _draft_of(given, replace(flow, version=0), at)


def _check_editor(by: User) -> None:
    if not may_edit(by):
        raise flow_errors.not_permitted()


def _locked(procedure_id: int) -> Procedure:
    procedure: Procedure | None = Procedure.objects.select_for_update().filter(pk=procedure_id).first()
    if procedure is None:
        raise flow_errors.unknown(str(procedure_id))
    return procedure


def _locked_draft(procedure_id: int, by: User) -> Procedure:
    _check_editor(by)
    procedure = _locked(procedure_id)
    if procedure.state != ProcedureState.DRAFT:
        raise flow_errors.not_a_draft(procedure.state)
    return procedure


def _tell(topic: str, procedure: Procedure) -> None:
    payload: dict[str, Any] = {"procedure": procedure.key, "version": procedure.version}
    outbox.append(topic=topic, cell_code="", payload=payload)
