"""What a case panel shows: facts, photos, steps taken, why it came here, steps that may be taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from geodata.models import Area, Cell
from gridmgmt.cases import duplicates, queries, reference
from gridmgmt.cases.actions import StepOffer, permitted_steps
from gridmgmt.cases.models import Case
from gridmgmt.cases.queries import Explanation
from gridmgmt.cases.workflow import FieldDef, Flow
from gridmgmt.contact import receipts
from gridmgmt.contact.models import Receipt, ReporterPhone
from gridmgmt.organisation.models import User
from gridmgmt.organisation.scope import Scope, scope_of
from gridmgmt.supervision.queries import cards_of_case
from map_ui import case_branches, case_near, live_data, task_page
from map_ui.case_parts import departments_for, photos_of, sees_reporters, stage_name
from map_ui.case_tracker import notes, taken
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
    "clock_behind": _("the phone's clock was behind"),
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
        "notes": notes(case, flow),
        "cards": cards_of_case(scope, case.pk),
        "today": timezone.localdate(now),
        "why": why(case),
        "offers": offers,
        "flags": flags_of(case),
        "task": task_page.task_of_case(case, user, now),
        "departments": task_page.departments_with_load(departments_for(case), now)
        if "department" in required
        else [],
        "standards": list(case.category.standards.all()) if required & {"standard", "departments"} else [],
        **case_branches.joint_context(case, scope, required, now),
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
    "departments": _("departments"),
    "branches": _("branches"),
    "photo_after": _("photo after the work"),
    "photo_site": _("photo taken on site"),
}
