"""Flows of the catalogue files: rows to the flow they describe, findings to the line they are on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from django.utils.translation import gettext_noop as _

from geodata.errors import DomainError
from gridmgmt.cases import flow_checks
from gridmgmt.cases.catalogue_checks import by_key, once, refer
from gridmgmt.cases.catalogue_line import Line
from gridmgmt.cases.catalogue_rows import (
    CategoryRow,
    ProcedureRow,
    ProcedureRuleRow,
    RequestKindRow,
    SourceRow,
    StageRow,
    StepFieldRow,
    TransitionRow,
)
from gridmgmt.cases.flow_checks import Finding, Surroundings
from gridmgmt.cases.flow_messages import FINDINGS
from gridmgmt.cases.workflow import FieldDef, Flow, RequestDef, StageDef, TransitionDef


class OfProcedure(Protocol):
    """A row that belongs to a procedure."""

    @property
    def procedure(self) -> str:
        """Its key."""


R = TypeVar("R", bound=OfProcedure)


def check_flows(
    procedures: Sequence[ProcedureRow],
    stages: Sequence[StageRow],
    transitions: Sequence[TransitionRow],
    requests: Sequence[RequestKindRow],
    fields: Sequence[StepFieldRow],
) -> None:
    """Each procedure by itself is a sound flow; no line belongs to an unknown one. Raises at the first fault."""
    known = by_key(procedures)
    once(stages, lambda row: (row.procedure, row.key))
    once(transitions, lambda row: (row.procedure, row.from_stage, row.action, row.condition))
    once(requests, lambda row: (row.procedure, row.key))
    once(fields, lambda row: (row.procedure, row.key))
    for line in (row.line for rows in (stages, transitions, requests, fields) for row in rows):
        refer(line, "procedure", known)
    around = Surroundings({key: {row.key for row in _own(stages, key)} for key in known})
    for procedure in procedures:
        flow = flow_of(procedure, stages, transitions, requests, fields)
        for finding in flow_checks.findings(flow, around)[:1]:
            raise fault(finding, procedure, stages, transitions)


def flow_of(
    procedure: ProcedureRow,
    stages: Iterable[StageRow],
    transitions: Iterable[TransitionRow],
    requests: Iterable[RequestKindRow],
    fields: Iterable[StepFieldRow],
) -> Flow:
    """The flow that the rows of one procedure describe."""
    key = procedure.key
    return Flow.of(
        0,
        key,
        procedure.version,
        active=True,
        stages=[stage_of(row, order) for order, row in enumerate(_own(stages, key), 1)],
        transitions=[transition_of(row) for row in _own(transitions, key)],
        kind=procedure.kind,
        requests=[
            RequestDef(row.key, row.name_zh, row.name_en, row.most_granted) for row in _own(requests, key)
        ],
        fields=[
            FieldDef(row.key, row.name_zh, row.name_en, row.kind, row.choices) for row in _own(fields, key)
        ],
        name=procedure.name_zh,
        name_en=procedure.name_en,
    )


def stage_of(row: StageRow, order: int) -> StageDef:
    """One stage."""
    return StageDef(
        row.key, order, row.name_zh, row.name_en, row.owner_role, row.lamp, row.limit_value or None, row.limit_unit,
        row.public_name_zh, row.public_name_en,
    )  # fmt: skip


def transition_of(row: TransitionRow) -> TransitionDef:
    """One step."""
    return TransitionDef(
        from_stage=row.from_stage, action=row.action, to_stage=row.to_stage, condition=row.condition,
        name=row.name_zh, name_en=row.name_en, roles=frozenset(row.roles), relation=row.relation,
        requires=row.requires, clock_effect=row.clock_effect, notify="|".join(row.notify),
        to_procedure=row.to_procedure, takes=row.takes, effects=row.effects, guards=row.guards, request=row.request,
        request_move=row.request_move, request_level=row.request_level, trigger=row.trigger, tone=row.tone,
    )  # fmt: skip


def fault(
    finding: Finding,
    procedure: ProcedureRow,
    stages: Iterable[StageRow],
    transitions: Iterable[TransitionRow],
) -> DomainError:
    """The finding as an error that names the line."""
    line = _line(
        finding, procedure, list(_own(stages, procedure.key)), list(_own(transitions, procedure.key))
    )
    return line.error(
        finding.code,
        _("%(file)s, line %(line)s: %(sentence)s"),
        sentence=FINDINGS[finding.code] % {"value": finding.value},
        value=finding.value,
        stage=finding.stage,
    )


def _line(
    finding: Finding, procedure: ProcedureRow, stages: list[StageRow], transitions: list[TransitionRow]
) -> Line:
    if finding.step is not None:
        return transitions[finding.step].line
    return next((row.line for row in stages if row.key == finding.stage), procedure.line)


def _own(rows: Iterable[R], procedure: str) -> Iterable[R]:
    return (row for row in rows if row.procedure == procedure)


def check_procedure_rules(
    *,
    rules: Sequence[ProcedureRuleRow],
    procedures: Sequence[ProcedureRow],
    categories: Sequence[CategoryRow],
    sources: Sequence[SourceRow],
) -> None:
    """References exist, conditions once, and one rule matches everything: no report is without a flow."""
    by_key(rules)
    once(rules, lambda row: (row.category_key, row.area_code, row.source, row.flag))
    prefixes = {prefix for category in categories for prefix in category.prefixes}
    known, named = by_key(procedures), by_key(sources)
    for row in rules:
        refer(row.line, "procedure", known)
        if row.category_key:
            refer(row.line, "category_key", prefixes)
        if row.source:
            refer(row.line, "source", named)
    if not any((row.category_key, row.area_code, row.source, row.flag) == ("", "", "", "") for row in rules):
        message = _("%(file)s, line %(line)s: no rule matches every report.")
        raise rules[-1].line.error("no_usual_procedure", message)
