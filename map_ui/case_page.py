"""What a case panel shows: facts, photos, steps taken, why it came here, steps that may be taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from geodata.models import Area, Cell
from gridmgmt.cases import duplicates, queries, rederive, reference
from gridmgmt.cases.actions import StepOffer, permitted_steps
from gridmgmt.cases.models import Case, CaseHistory, CaseStandard, Photo
from gridmgmt.cases.queries import Explanation
from gridmgmt.cases.workflow import FieldDef, Flow
from gridmgmt.contact import receipts
from gridmgmt.contact.models import Receipt, ReporterPhone
from gridmgmt.organisation.models import Department, Role, User
from gridmgmt.organisation.scope import Scope, scope_of
from gridmgmt.supervision.queries import cards_of_case
from map_ui import case_near, live_data, task_page
from map_ui.language import in_language

REASONS = {
    "rule": _("A rule names this department."),
    "department_missing": _(
        "The rule names a department that this street does not have; the owner of last resort took it."
    ),
    "no_rule": _("No rule fits; the owner of last resort took it."),
    "no_owner": _("No rule fits and no owner of last resort is named: a dispatcher must choose."),
}
FLAGS = {
    "outside_cells": _("outside every cell"),
    "clock_ahead": _("the phone's clock was off"),
    "late": _("sent long after it was taken"),
    "low_accuracy": _("position only roughly known"),
    "accuracy_unknown": _("accuracy of the position unknown"),
    "mock_location": _("the phone reported a simulated position"),
    "component_unknown": _("component code unknown"),
    "no_owner": _("no owner found"),
    "fixed": _("reported with a photo of it fixed"),
    "calendar_estimated": _("deadline reckoned before that year's holidays were published"),
}


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


@dataclass(frozen=True, slots=True)
class AskedField:
    """A field of a step: the engine's own by its key, or one that the flow brings with its name and kind."""

    key: str
    required: bool
    value: str = ""
    own: FieldDef | None = None


@dataclass(frozen=True, slots=True)
class OfferedStep:
    """One step that may be taken: its button, and the fields it needs."""

    action: str
    name: str
    to_stage: str
    stays: bool
    requires: tuple[str, ...]
    tone: str
    fields: tuple[AskedField, ...]

    @property
    def text_required(self) -> bool:
        """True when the step cannot be taken without words."""
        return bool({"reason", "text"} & set(self.requires))


def case_context(case: Case, user: User, now: datetime) -> dict[str, Any]:
    """Everything the panel template needs for one visible case."""
    flow = reference.current().flows[case.procedure_id]
    scope = scope_of(user)
    offers = offered(case, user, flow)
    required = {field.key for offer in offers for field in offer.fields}
    return {
        "case": case,
        "now": now,
        "stage": stage_name(flow, case.stage),
        "final": flow.stages[case.stage].is_final if case.stage in flow.stages else False,
        "photos": photos_of(case),
        "steps": taken(case, flow, scope),
        "cards": cards_of_case(scope, case.pk),
        "today": timezone.localdate(now),
        "why": why(case),
        "offers": offers,
        "flags": flags_of(case),
        "task": task_page.task_of_case(case, user, now),
        "departments": task_page.departments_with_load(departments_for(case), now)
        if "department" in required
        else [],
        "standards": list(case.category.standards.all()) if "standard" in required else [],
        "staff": task_page.staff_with_load(case, staff_for(case), now) if "staff" in required else [],
        "merged": list(case.merged.values_list("number", flat=True)),
        "reporter": reporter_of(case, scope),
        "contact": contact_of(case, scope),
        "leading": leading_stage(case),
        "category_choices": live_data.category_names().items() if "category" in required else [],
        **case_near.near_context(case, scope, [offer.action for offer in offers]),
    }


def leading_stage(case: Case) -> str:
    """How far the case is that a merged one follows; "" for all others."""
    master = duplicates.leading(case)
    return (
        ""
        if master.pk == case.pk
        else stage_name(reference.current().flows[master.procedure_id], master.stage)
    )


def stage_name(flow: Flow, key: str) -> str:
    """A stage in the page's language; an unknown one shows its key."""
    stage = next((each.stages[key] for each in _flows_from(flow) if key in each.stages), None)
    return key if stage is None else in_language(stage)


def action_name(flow: Flow, action: str) -> str:
    """A step in the page's language."""
    if action == rederive.ACTION:
        return gettext("Deadline computed again")
    steps = (step for each in _flows_from(flow) for step in each.transitions if step.action == action)
    step = next(steps, None)
    return action if step is None else in_language(step)


def _flows_from(flow: Flow) -> Iterator[Flow]:
    """A case's own flow first, then those it may have come from."""
    yield flow
    yield from reference.current().flows.values()


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


def sees_reporters(scope: Scope, case: Case) -> bool:
    """Departments never learn which resident reported; the centre of the case's own area does."""
    return scope.everything or any(
        not held.department_only and case.cell_code.startswith(held.prefix) for held in scope.held
    )


def reporter_of(case: Case, scope: Scope) -> str:
    """Who reported, as far as this person may know."""
    if case.reporter is None or (case.source.is_public and not sees_reporters(scope, case)):
        return ""
    return case.reporter.name


def contact_of(case: Case, scope: Scope) -> dict[str, Any]:
    """The newest answer of the reporter, and whether this person may make a code for them."""
    may_issue = receipts.may_issue(scope, case)
    phone = ReporterPhone.objects.filter(case=case).select_related("phone").first() if may_issue else None
    return {
        "phone": phone.phone.number_masked if phone else "",
        "rating": case.ratings.first() if case.closed_at or case.reopened else None,
        "may_issue": may_issue,
        "has_receipt": Receipt.objects.filter(case=case).exists(),
    }


def role_name(role: str) -> str:
    """A role in words; what the platform did itself has none."""
    return str(Role(role).label) if role in Role.values else ""


def department_name(department: Department | None) -> str:
    """A department in the page's language."""
    return "" if department is None else in_language(department)


def details(row: CaseHistory, flow: Flow) -> list[tuple[str, str]]:
    """What a step fixed: department, standard, days, date, master case."""
    data = row.data or {}
    found = []
    if data.get("department"):
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
    found += corrected(data)
    if data.get("staff"):
        person = User.objects.filter(pk=data["staff"]).values_list("name", flat=True).first()
        found.append((gettext("by"), person or "–"))
    return found


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


def offered(case: Case, user: User, flow: Flow) -> list[OfferedStep]:
    """Steps this person may take, the usual way forward first, refusals after, side steps last."""
    offers = [_offer(case, offer, flow) for offer in permitted_steps(case, user)]
    order = {"go": 0, "refuse": 1, "aside": 2}
    return sorted(offers, key=lambda offer: order[offer.tone])


def _offer(case: Case, offer: StepOffer, flow: Flow) -> OfferedStep:
    fields = [
        AskedField(key, key in offer.requires, str(offer.suggested.get(key, "")), flow.fields.get(key))
        for key in (*offer.requires, *offer.takes)
    ]
    return OfferedStep(
        offer.action,
        in_language(offer),
        stage_name(flow, offer.to_stage),
        offer.to_stage == case.stage,
        offer.requires,
        offer.tone,
        tuple(fields),
    )


def photos_of(case: Case) -> list[Photo]:
    """Photos before and after, in order; those not yet here show as expected."""
    return sorted(
        case.photos.all(), key=lambda photo: (photo.role != Photo.Role.BEFORE, photo.position, photo.pk)
    )


def flags_of(case: Case) -> list[str]:
    """Honest remarks of the reports of a case, in words."""
    found = dict.fromkeys(flag for report in case.reports.all() for flag in report.flags)
    return [str(FLAGS.get(flag, flag)) for flag in found]


@dataclass(frozen=True, slots=True)
class Why:
    """The routing decision in words."""

    told: Explanation
    reason: str
    cell: Cell | None
    area: str


def why(case: Case) -> Why:
    """Why the case came to its department."""
    told = queries.explain(case)
    cell = Cell.objects.filter(code=told.cell_code, edition=told.edition).first() if told.edition else None
    area = (
        Area.objects.filter(code=case.cell_code[:12]).first()
        or Area.objects.filter(code=case.cell_code[:9]).first()
    )
    name = in_language(area) if area else ""
    return Why(told=told, reason=str(REASONS.get(told.reason, told.reason)), cell=cell, area=name)


def departments_for(case: Case) -> list[Department]:
    """Active departments that serve the case's place, the nearest level first."""
    prefixes = [case.cell_code[:digits] for digits in (12, 9, 6) if len(case.cell_code) >= digits]
    rows = Department.objects.filter(scope_code__in=prefixes, active=True)
    return sorted(rows, key=lambda row: (-len(row.scope_code), row.path))


def staff_for(case: Case) -> list[User]:
    """People of the case's department."""
    if case.department is None:
        return []
    rows = User.objects.filter(
        is_active=True, grants__department__path__startswith=case.department.path, grants__valid_to=None
    )
    return list(rows.distinct().order_by("name"))


def field_name(flow: Flow, key: str) -> str:
    """A field of a step in the page's language."""
    own = flow.fields.get(key)
    return in_language(own) if own else str(FIELD_NAMES.get(key, key))


FIELD_NAMES = {
    "category": _("category"),
    "point": _("position"),
    "reason": _("reason"),
    "text": _("text"),
    "department": _("department"),
    "standard": _("case standard"),
    "staff": _("person"),
    "master": _("number of the other case"),
    "until": _("until"),
    "days": _("days"),
    "photo_after": _("photo after the work"),
    "photo_site": _("photo taken on site"),
}
