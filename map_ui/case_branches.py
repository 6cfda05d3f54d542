"""What a case panel shows of joint handling: the branches of a case, or the case a branch belongs to; fields of its steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict

from gridmgmt.cases import queries, reference
from gridmgmt.cases.branch_clock import DROPPED
from gridmgmt.cases.models import Case, Photo
from gridmgmt.organisation.models import Department
from gridmgmt.organisation.scope import Scope, may_see
from map_ui import task_page
from map_ui.case_parts import departments_for, photos_of, stage_name
from map_ui.case_tracker import TakenStep, taken

STANDARD = "standard-"


@dataclass(frozen=True, slots=True)
class BranchView:
    """One department's part: how far it is, and its own tracker."""

    case: Case
    stage: str
    leads: bool
    dropped: bool
    steps: list[TakenStep]
    photos: list[Photo]


def joint_context(case: Case, scope: Scope, required: set[str], now: datetime) -> dict[str, Any]:
    """The branches of a case or the whole of a branch, and what the forms of joint steps offer."""
    found = queries.branches_of(scope, [case.pk], now=now)[case.pk]
    views = [_view(branch, case, scope) for branch in found]
    counted = [view for view in views if not view.dropped]
    return {
        "branches": views,
        "branches_done": sum(view.case.closed_at is not None for view in counted),
        "branches_all": len(counted),
        "finished_branches": [view for view in counted if view.case.closed_at is not None],
        "whole": case.parent if case.parent is not None and may_see(scope, case.parent) else None,
        "whole_number": case.parent.number if case.parent else "",
        "whole_photos": photos_of(case.parent) if case.parent else [],
        "joint_departments": _choices(case, found, now) if "departments" in required else [],
    }


def _view(branch: Case, case: Case, scope: Scope) -> BranchView:
    flow = reference.current().flows[branch.procedure_id]
    return BranchView(
        branch,
        stage_name(flow, branch.stage),
        branch.department_id == case.department_id,
        DROPPED in branch.marks,
        taken(branch, flow, scope),
        photos_of(branch),
    )


def _choices(case: Case, branches: list[Case], now: datetime) -> list[tuple[Department, str]]:
    """Departments that may take a part, the case's own first, with what they have in hand; none that has one now."""
    busy = {branch.department_id for branch in branches if branch.closed_at is None}
    ordered = sorted(departments_for(case), key=lambda row: row.pk != case.department_id)
    rows = task_page.departments_with_load(ordered, now)
    return [(department, load) for department, load in rows if department.pk not in busy]


def fields_of(given: QueryDict) -> dict[str, Any]:
    """The fields ``departments`` and ``branches`` from a form: boxes, one radio for who leads, a standard each."""
    found: dict[str, Any] = {}
    if "departments" in given:
        found["departments"] = [
            {
                "department": pk,
                "lead": pk == given.get("lead"),
                **({"standard": given[STANDARD + pk]} if given.get(STANDARD + pk) else {}),
            }
            for pk in given.getlist("departments")
        ]
    if "branches" in given:
        found["branches"] = given.getlist("branches")
    return found


def is_part(name: str) -> bool:
    """True for the form's inputs that ``fields_of`` reads."""
    return name in ("departments", "branches", "lead") or name.startswith(STANDARD)
