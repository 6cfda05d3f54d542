"""The tracker of a case: every step in words, with what it fixed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gridmgmt.cases import late_work, queries
from gridmgmt.cases.models import Case, CaseHistory, CaseStandard
from gridmgmt.cases.workflow import Flow
from gridmgmt.organisation.models import Department, User
from gridmgmt.organisation.scope import Scope
from map_ui.case_parts import action_name, department_name, role_name, sees_reporters, stage_name
from map_ui.language import in_language


@dataclass(frozen=True, slots=True)
class TakenStep:
    """One row of the tracker in words."""

    seq: int
    name: str
    stage: str
    who: str
    role: str
    department: str
    at: datetime
    text: str
    details: list[tuple[str, str]]


def taken(case: Case, flow: Flow, scope: Scope) -> list[TakenStep]:
    """The tracker, oldest first."""
    hidden = case.source.is_public and not sees_reporters(scope, case)
    rows = []
    for row in queries.tracker(case):
        who = row.actor.name if row.actor else gettext("the platform")
        rows.append(
            TakenStep(
                seq=row.seq,
                name=action_name(flow, row.action),
                stage=stage_name(flow, row.to_stage),
                who=gettext("a resident") if hidden and row.action == "report" else who,
                role=role_name(row.role),
                department=department_name(row.department),
                at=row.at,
                text=row.text,
                details=details(row, flow),
            )
        )
    return rows


@dataclass(frozen=True, slots=True)
class Note:
    """Work that came too late, in words."""

    name: str
    who: str
    at: datetime
    text: str
    details: list[tuple[str, str]]


def notes(case: Case, flow: Flow) -> list[Note]:
    """What phones brought too late for the case, oldest first."""
    return [
        Note(action_name(flow, row.action), row.by.name, row.at, row.text, sorted(row.fields.items()))
        for row in late_work.notes(case)
    ]


def details(row: CaseHistory, flow: Flow) -> list[tuple[str, str]]:
    """What a step fixed: department, standard, days, date, master case."""
    data = row.data or {}
    found = []
    if data.get("department") and "departments" not in data:
        found.append((gettext("to"), department_name(row.department)))
    if data.get("standard"):
        found.append((gettext("case standard"), standard_words(row, data["standard"])))
    for key, label in (
        ("days", _("days")),
        ("until", _("until")),
        ("master", _("joined with")),
    ):
        if data.get(key):
            found.append((str(label), str(data[key])))
    found += [(in_language(own), own_words(data[own.key])) for own in flow.fields.values() if own.key in data]
    found += corrected(data) + joint_details(data) + stood(row)
    if data.get("staff"):
        person = User.objects.filter(pk=data["staff"]).values_list("name", flat=True).first()
        found.append((gettext("by"), person or "–"))
    return found


def stood(row: CaseHistory) -> list[tuple[str, str]]:
    """How far from the point the phone was at the step, when it said so."""
    seen = getattr(row, "position", None)
    if seen is None:
        return []
    away = gettext("%(n)s m") % {"n": round(seen.distance_m)}
    if "far_from_point" in seen.flags:
        away = gettext("%(metres)s, far from the point") % {"metres": away}
    if seen.accuracy_m is not None:
        away = gettext("%(metres)s (accurate to %(n)s m)") % {"metres": away, "n": round(seen.accuracy_m)}
    return [(gettext("phone stood at"), away)]


def own_words(value: Any) -> str:
    """The value of a flow's own field."""
    return gettext("yes") if value is True else gettext("no") if value is False else str(value)


def corrected(data: dict[str, Any]) -> list[tuple[str, str]]:
    """What a correction changed: category, cell, distance, and who would answer now."""
    found = []
    for key, label in (("category", _("category")), ("cell", _("cell"))):
        if data.get(key) and data.get(f"{key}_before") not in (None, data[key]):
            found.append((str(label), f"{data[f'{key}_before']} → {data[key]}"))
    if data.get("moved_m") is not None:
        found.append((gettext("moved by"), gettext("%(n)s m") % {"n": round(data["moved_m"])}))
    if data.get("department_proposed"):
        found.append((gettext("by the rules it belongs to"), data["department_proposed"]))
    if data.get("master_before"):
        found.append((gettext("no longer joined with"), data["master_before"]))
    return found


def standard_words(row: CaseHistory, seq: int) -> str:
    """The condition of the chosen case standard, its number when it no longer exists."""
    standard = CaseStandard.objects.filter(category=row.case.category_id, seq=seq).first()
    return str(seq) if standard is None else in_language(standard, "condition")


def joint_details(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a joint step fixed, in words: the departments with who leads, the branches it concerned."""
    found = []
    if plans := data.get("departments"):
        rows = Department.objects.in_bulk([UUID(plan["id"]) for plan in plans])
        found.append((gettext("departments"), "、".join(_plan_words(plan, rows) for plan in plans)))
    if numbers := data.get("branches"):
        found.append((gettext("branches"), "、".join(numbers)))
    if data.get("parent"):
        found.append((gettext("part of"), data["parent"]))
    return found


def _plan_words(plan: Mapping[str, Any], rows: Mapping[UUID, Department]) -> str:
    department = rows.get(UUID(plan["id"]))
    name = in_language(department) if department else plan["department"]
    return gettext("%(department)s (leads)") % {"department": name} if plan["lead"] else name
