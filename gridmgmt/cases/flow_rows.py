"""Flows between database rows and `workflow.Flow`: read all or one, write a draft's rows anew."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db import connection

from gridmgmt.cases.models import Procedure, RequestKind, Stage, StepField, Transition
from gridmgmt.cases.workflow import FieldDef, Flow, RequestDef, StageDef, TransitionDef

# Callers: reference.load, actions of flows. Small tables, read whole; %s::bigint NULL means every procedure.
PROCEDURES = """
SELECT id, key, version, state = 'published', kind, name, name_en FROM cases_procedure
WHERE %(one)s::bigint IS NULL OR id = %(one)s
"""
STAGES = """
SELECT procedure_id, key, "order", name, name_en, owner_role, clock, limit_value, limit_unit, public_name, public_name_en
FROM cases_stage WHERE %(one)s::bigint IS NULL OR procedure_id = %(one)s ORDER BY procedure_id, "order", id
"""
TRANSITIONS = """
SELECT procedure_id, from_stage, action, to_stage, condition, name, name_en, roles, relation, requires, clock_effect, notify,
       to_procedure, takes, effects, guards, request, request_move, request_level, trigger, tone
FROM cases_transition WHERE %(one)s::bigint IS NULL OR procedure_id = %(one)s ORDER BY procedure_id, "order", id
"""
REQUESTS = """
SELECT procedure_id, key, name, name_en, most_granted FROM cases_requestkind
WHERE %(one)s::bigint IS NULL OR procedure_id = %(one)s ORDER BY id
"""
FIELDS = """
SELECT procedure_id, key, name, name_en, kind, choices FROM cases_stepfield
WHERE %(one)s::bigint IS NULL OR procedure_id = %(one)s ORDER BY id
"""


def read_flows(procedure_id: int | None = None) -> list[Flow]:
    """Every flow of the database, or the one of a procedure."""
    stages, transitions = _by_procedure(STAGES, procedure_id), _by_procedure(TRANSITIONS, procedure_id)
    requests, fields = _by_procedure(REQUESTS, procedure_id), _by_procedure(FIELDS, procedure_id)
    return [
        Flow.of(
            key_id,
            key,
            version,
            active=active,
            stages=[StageDef(*row) for row in stages[key_id]],
            transitions=[_transition(row) for row in transitions[key_id]],
            kind=kind,
            requests=[RequestDef(*row) for row in requests[key_id]],
            fields=[FieldDef(row[0], row[1], row[2], row[3], tuple(row[4])) for row in fields[key_id]],
            name=name,
            name_en=name_en,
        )
        for key_id, key, version, active, kind, name, name_en in _rows(PROCEDURES, procedure_id)
    ]


def read_flow(procedure: Procedure) -> Flow:
    """The flow of one procedure as it stands in the database."""
    return read_flows(procedure.pk)[0]


def write_flow(procedure: Procedure, flow: Flow) -> None:
    """Replace all rows of a draft by those of a flow. The trigger refuses it for any other state."""
    for model in (Transition, Stage, RequestKind, StepField):
        model.objects.filter(procedure=procedure).delete()
    Stage.objects.bulk_create(
        Stage(
            procedure=procedure, key=s.key, order=s.order, name=s.name, name_en=s.name_en, owner_role=s.owner_role,
            clock=s.clock, limit_value=s.limit_value, limit_unit=s.limit_unit, public_name=s.public_name,
            public_name_en=s.public_name_en,
        )
        for s in flow.stages.values()
    )  # fmt: skip
    Transition.objects.bulk_create(
        transition_row(procedure, step, order) for order, step in enumerate(flow.transitions, 1)
    )
    RequestKind.objects.bulk_create(
        RequestKind(
            procedure=procedure, key=r.key, name=r.name, name_en=r.name_en, most_granted=r.most_granted
        )
        for r in flow.requests.values()
    )
    StepField.objects.bulk_create(
        StepField(
            procedure=procedure, key=f.key, name=f.name, name_en=f.name_en, kind=f.kind, choices=list(f.choices)
        )
        for f in flow.fields.values()
    )  # fmt: skip


def same_content(one: Flow, other: Flow) -> bool:
    """Equal in everything but the primary key and whether it is published."""

    def content(flow: Flow) -> tuple[object, ...]:
        rows = (flow.stages, flow.requests, flow.fields)
        return (flow.key, flow.kind, *(list(table.values()) for table in rows), flow.transitions)

    return content(one) == content(other)


def transition_row(procedure: Procedure, step: TransitionDef, order: int) -> Transition:
    """The row of a step, not saved."""
    return Transition(
        procedure=procedure, order=order, from_stage=step.from_stage, action=step.action, to_stage=step.to_stage,
        to_procedure=step.to_procedure, condition=step.condition, name=step.name, name_en=step.name_en, tone=step.tone,
        roles=sorted(step.roles), relation=step.relation, requires=list(step.requires), takes=list(step.takes),
        clock_effect=step.clock_effect, effects=list(step.effects), guards=list(step.guards), request=step.request,
        request_move=step.request_move, request_level=step.request_level, trigger=step.trigger, notify=step.notify,
    )  # fmt: skip


def _transition(row: tuple[Any, ...]) -> TransitionDef:
    columns = list(row)
    columns[6] = frozenset(columns[6])
    for place in (8, 12, 13, 14):
        columns[place] = tuple(columns[place])
    return TransitionDef(*columns)


def _by_procedure(sql: str, one: int | None) -> dict[int, list[tuple[Any, ...]]]:
    found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for procedure, *row in _rows(sql, one):
        found[procedure].append(tuple(row))
    return found


def _rows(sql: str, one: int | None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"one": one})
        return list(cursor.fetchall())
