"""Joint handling: each department's part is a case of its own with a parent (docs/adr/0011, docs/flows.md).

Locks are taken parent first. A step of the parent may begin branches or make them take steps; a step of a branch that
changes its clock, begins or ends it makes the parent follow in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.translation import gettext_noop as _

from geodata.ids import uuid7
from gridmgmt.cases import branch_clock, errors, ledger
from gridmgmt.cases.branch_clock import DROPPED
from gridmgmt.cases.guards import Facts
from gridmgmt.cases.models import Case
from gridmgmt.cases.step_rows import TakenUp, Written
from gridmgmt.organisation.models import Department

if TYPE_CHECKING:
    from gridmgmt.cases.actions import Step
    from gridmgmt.cases.reference import Reference

Take = Callable[[UUID, str, int, dict[str, Any]], None]
MOVED, ALL_DONE = "branch", "branches_done"
"""Triggers by which the parent hears of its branches (flow_words.TRIGGERS)."""


def begin(step: Step, procedure: str) -> None:
    """A branch for each department the step names, by the flow for branches. Error no_procedure."""
    flow = step.known.active_flows.get(procedure)
    if flow is None:
        raise errors.no_procedure(procedure)
    begins = flow.beginning(is_public=step.known.sources.get(step.case.source_id, False))
    number = step.case.branches.count()
    for place, plan in enumerate(step.data["departments"], number + 1):
        branch = _branch(step, plan, place)
        branch.procedure_id, branch.stage = flow.id, begins.to_stage
        branch.stage_due_at = ledger.stage_due(
            flow.stages[begins.to_stage], step.at, step.known, branch.cell_code
        )
        told = {key: plan[key] for key in ("department", "standard", "lead") if plan.get(key)}
        begun = replace(
            step, case=branch, action=begins.action, flow=flow, transition=begins, fields={}, facts=Facts(),
            data={**told, "parent": step.case.number}, begun=[],
            taken=TakenUp(branch, step.taken.revision), written=Written(),
        )  # fmt: skip
        ledger.apply(begun)
        branch.save(force_insert=True)
        step.begun.append(begun)


def _branch(step: Step, plan: dict[str, Any], place: int) -> Case:
    """Where and what as the parent; department, standard and limit as planned."""
    parent = step.case
    return Case(
        id=uuid7(), parent=parent, number=f"{parent.number}-{place}", version=1, county=parent.county,
        cell_code=parent.cell_code, edition_id=parent.edition_id, geom=parent.geom, address=parent.address, text=parent.text,
        category_id=parent.category_id, source_id=parent.source_id, component_id=parent.component_id,
        decision={"reason": "joint", "cell": parent.cell_code}, department=Department.objects.get(pk=plan["id"]),
        standard_id=plan["standard_id"], limit_value=plan["limit_value"], limit_unit=plan["limit_unit"],
        reported_at=step.at, stage_since=step.at,
    )  # fmt: skip


def take_again(step: Step, action: str) -> None:
    """The named branches that had finished, or all of them, take a step that begins them anew."""
    named = step.data.get("branches")
    rows = finished(step.case.pk)
    chosen = [branch for branch in rows if branch.number in named] if named else rows
    if len(chosen) != len(named or rows):
        raise errors.bad_field("branches", _("Name branches that have finished."))
    for branch in chosen:
        _make_take(step, branch, action)


def end(step: Step, action: str) -> None:
    """What still runs ends; the case is its own again."""
    for branch in Case.objects.filter(parent=step.case, closed_at=None).order_by("pk"):
        _make_take(step, branch, action)
    step.case.joint = False


def finished(parent_id: UUID) -> list[Case]:
    """Branches that ended by being done, in their order."""
    rows = Case.objects.filter(parent_id=parent_id, closed_at__isnull=False)
    return list(rows.exclude(marks__contains=[DROPPED]).order_by("pk"))


def _make_take(step: Step, branch: Case, action: str) -> None:
    step.take(branch.pk, action, None, None, branch.version, step.at, step.text, {}, upward=False)


def tell_parent(step: Step, from_stage: str) -> None:
    """After a step of a branch its parent follows, in the same transaction and under the lock taken before."""
    if step.case.parent_id is None:
        return

    def take(case_id: UUID, action: str, version: int, fields: dict[str, Any]) -> None:
        step.take(case_id, action, None, None, version, step.at, "", fields)

    ended = step.flow.stages[from_stage].is_final != step.flow.stages[step.case.stage].is_final
    told = [step.case.number] if ended else []
    settle(step.case.parent_id, at=step.at, known=step.known, take=take, ended=told)


def settle(parent_id: UUID, *, at: datetime, known: Reference, take: Take, ended: Sequence[str] = ()) -> None:
    """The next stage when nothing runs any more, else a new deadline, or the fact that branches ended or began anew."""
    parent = Case.objects.get(pk=parent_id)
    found = branch_clock.latest(parent_id, at)
    if found.running and not ended and not branch_clock.moves(parent, found):
        return
    trigger = MOVED if found.running else ALL_DONE
    offers = known.flows[parent.procedure_id].offers(
        parent.stage, is_public=known.sources.get(parent.source_id, False)
    )
    action = next((t.action for t in offers if t.trigger == trigger), None)
    if action is not None:
        fields = {"branches": list(ended)} if trigger == MOVED else {}
        take(parent_id, action, parent.version, fields)
