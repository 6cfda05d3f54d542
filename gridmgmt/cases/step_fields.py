"""What the fields of a step do to the case: department, standard, staff, master, until. Each is checked, then set.

A field is the engine's (here), an app's (settings.STEP_FIELDS: name → setter) or a flow's own (a StepField row, kept in
the history row and nowhere else).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext_noop as _

from gridmgmt.cases import corrections, errors, flow_words, step_rows
from gridmgmt.cases.models import Case, Photo, PhotoState
from gridmgmt.cases.workflow import FieldDef, TransitionDef
from gridmgmt.organisation.models import Department, User
from gridmgmt.organisation.scope import may_see

if TYPE_CHECKING:
    from gridmgmt.cases.actions import Step

LONGEST_HANG = timedelta(days=366)
MOST_TEXT = 500
MOST_BRANCHES = 8
Setter = Callable[["Step", Any], None]


def names() -> frozenset[str]:
    """Fields any flow may ask for: the engine's and those apps add by settings.STEP_FIELDS."""
    return flow_words.FIELDS | frozenset(settings.STEP_FIELDS)


def setter(name: str) -> Setter | None:
    """What a field does to the case; None for fields that are only looked at, as photos."""
    if name in settings.STEP_FIELDS:
        found: Setter = import_string(settings.STEP_FIELDS[name])
        return found
    return SETTERS.get(name)


def apply(step: Step, transition: TransitionDef) -> None:
    """Set what the given fields say; a field the step does not take is refused."""
    extra = set(step.fields) - transition.fields - {"photos"}
    if extra:
        raise errors.bad_field(sorted(extra)[0], _("This step does not take this field."))
    for name in (*transition.requires, *transition.takes):
        value = step.fields.get(name)
        if value in (None, "", []):
            continue
        own = step.flow.fields.get(name)
        if own is not None:
            step.data[name] = own_value(own, value)
        elif set_it := setter(name):
            set_it(step, value)


def own_value(field: FieldDef, value: Any) -> Any:
    """The value of a field that a flow brings itself, checked by its kind. Error step_field_invalid."""
    if field.kind == "number":
        return _integer(value, field.key)
    if field.kind == "date":
        return _date(value, field.key).isoformat()
    if field.kind == "yes_no":
        return str(value).lower() in ("1", "true", "yes", "on")
    text = str(value).strip()
    if len(text) > MOST_TEXT or (field.kind == "choice" and text not in field.choices):
        raise errors.bad_field(field.key, _("Choose one of the list."))
    return text


def has_after_photos(case: Case) -> bool:
    """True when as many photos as the standard wants (0 for noise, say) were stored since handling began."""
    wanted = case.standard.after_photos if case.standard else 1
    since = case.clock_started_at or case.reported_at
    photos = Photo.objects.filter(case=case, role=Photo.Role.AFTER, state=PhotoState.STORED)
    return photos.filter(stored_at__gte=since).count() >= wanted


def has_site_photo(case: Case) -> bool:
    """True when whoever verifies or checks has brought a photo since the stage began, or the standard wants none."""
    if case.standard and case.standard.after_photos == 0:
        return True
    photos = Photo.objects.filter(case=case, role=Photo.Role.SITE, state=PhotoState.STORED)
    return photos.filter(stored_at__gte=case.stage_since).exists()


PROOFS: dict[str, Callable[[Case], bool]] = {"photo_after": has_after_photos, "photo_site": has_site_photo}


def _set_standard(step: Step, value: Any) -> None:
    """By number within the category, or by id."""
    category = step.known.categories[step.case.category_id]
    standard = category.standards.get(_integer(value, "standard"))
    if standard is None:
        raise errors.bad_field("standard", _("The category has no such case standard."))
    step.case.standard_id = standard.id
    step.case.limit_value, step.case.limit_unit = standard.limit_value, standard.limit_unit
    step.data["standard"] = standard.seq


def _set_department(step: Step, value: Any) -> None:
    """An active department that serves the case's place."""
    department = serving_department(step.case, value, "department")
    before = step.case.department
    step.data["department"] = department.key
    if before is not None and before.pk != department.pk:
        step.data["department_before"] = before.key
    step.case.department = department
    step.case.assignee = None


def serving_department(case: Case, value: Any, field: str) -> Department:
    """An active department that serves the case's place. Error step_field_invalid."""
    department = step_rows.department(_uuid(value, field))
    if department is None or not department.active or not case.cell_code.startswith(department.scope_code):
        raise errors.bad_field(field, _("There is no such department for this place."))
    return department


def _set_staff(step: Step, value: Any) -> None:
    """Somebody of the case's department."""
    path = step.case.department.path if step.case.department else "?"
    person = User.objects.filter(
        pk=_uuid(value, "staff"),
        is_active=True,
        grants__department__path__startswith=path,
        grants__valid_to=None,
    ).first()
    if person is None:
        raise errors.bad_field("staff", _("This person does not work in the department."))
    step.case.assignee = person
    step.data["staff"] = str(person.pk)


def _set_master(step: Step, value: Any) -> None:
    """Another visible case of the same minor class that is not merged itself."""
    master = Case.objects.select_related("department").filter(number=str(value)).first()
    if master is None or (step.scope is not None and not may_see(step.scope, master)):
        raise errors.bad_field("master", _("There is no such case."))
    if master.pk == step.case.pk or master.master_id or master.category_id != step.case.category_id:
        raise errors.bad_field("master", _("These cases cannot be merged."))
    if master.closed_at is not None and master.closed_at <= step.at:
        raise errors.bad_field("master", _("That case is finished; nothing can be joined with it any more."))
    if master.parent_id or step.case.parent_id or step.case.joint:
        raise errors.bad_field("master", _("A part of a joint case cannot be joined with another case."))
    if step.case.merged.exists():
        raise errors.bad_field(
            "master", _("Others were joined with this case: join that one with this instead.")
        )
    step.case.master = master
    step.data["master"] = master.number


def _set_until(step: Step, value: Any) -> None:
    """A day after today, at most a year ahead."""
    day = _date(value, "until")
    until = datetime.combine(day, time.min, tzinfo=step.known.zone)
    if not step.at < until <= step.at + LONGEST_HANG:
        raise errors.bad_field("until", _("Choose a day after today, at most a year ahead."))
    step.data["until"] = day.isoformat()


def _set_days(step: Step, value: Any) -> None:
    """Days of delay, working or calendar days as the case's own limit runs."""
    days = _integer(value, "days")
    if not 1 <= days <= 365:
        raise errors.bad_field("days", _("Give the delay as 1 to 365 days."))
    step.data["days"] = days


def _set_departments(step: Step, value: Any) -> None:
    """Departments that shall handle the case together, each once: {department, lead, standard, limit_value, limit_unit}.

    One of them leads (the first when none is named); without standard or limit the case's own hold.
    """
    rows = _listed(value, "departments")
    fewest = 1 if step.case.joint else 2
    if not fewest <= len(rows) <= MOST_BRANCHES or not all(isinstance(row, dict) for row in rows):
        raise errors.bad_field("departments", _("Choose 2 to 8 departments; to add some, at least one."))
    plans = [_plan(step, row) for row in rows]
    running = set() if not step.case.joint else _running_departments(step.case)
    if len({plan["id"] for plan in plans}) < len(plans) or running & {plan["id"] for plan in plans}:
        raise errors.bad_field("departments", _("A department can have one part of a case at a time."))
    leads = [plan for plan in plans if plan["lead"]]
    if len(leads) > 1:
        raise errors.bad_field("departments", _("One department leads."))
    if not step.case.joint:
        lead = (leads or plans)[0]
        lead["lead"] = True
        _set_department(step, lead["id"])
    step.data["departments"] = sorted(plans, key=lambda plan: not plan["lead"])


def _plan(step: Step, row: dict[str, Any]) -> dict[str, Any]:
    case, standards = step.case, step.known.categories[step.case.category_id].standards
    department = serving_department(case, row.get("department"), "departments")
    limit = (case.limit_value, case.limit_unit)
    standard = next((one for one in standards.values() if one.id == case.standard_id), None)
    if row.get("standard"):
        standard = standards.get(_integer(row["standard"], "departments"))
        if standard is None:
            raise errors.bad_field("departments", _("The category has no such case standard."))
        limit = (standard.limit_value, standard.limit_unit)
    if row.get("limit_value"):
        limit = (_integer(row["limit_value"], "departments"), str(row.get("limit_unit", "")))
        if not 1 <= limit[0] <= 365 or limit[1] not in flow_words.LIMIT_UNITS:
            raise errors.bad_field("departments", _("A limit is 1 to 365 of a known unit."))
    return {
        "id": str(department.pk), "department": department.key, "lead": bool(row.get("lead")),
        "standard": standard.seq if standard else None, "standard_id": standard.id if standard else None,
        "limit_value": limit[0], "limit_unit": limit[1],
    }  # fmt: skip


def _running_departments(case: Case) -> set[str]:
    rows = Case.objects.filter(parent=case, closed_at=None).values_list("department_id", flat=True)
    return {str(pk) for pk in rows}


def _set_branches(step: Step, value: Any) -> None:
    """Numbers of branches of this case; which of them a step concerns is the effect's matter."""
    numbers = [str(number) for number in _listed(value, "branches")]
    if Case.objects.filter(parent=step.case, number__in=numbers).count() != len(set(numbers)):
        raise errors.bad_field("branches", _("The case has no such branch."))
    step.data["branches"] = numbers


def _listed(value: Any, field: str) -> list[Any]:
    """A list, or its JSON as forms send it."""
    try:
        found = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        found = None
    if not isinstance(found, list):
        raise errors.bad_field(field, _("A list is needed here."))
    return found


SETTERS: dict[str, Setter] = {
    "category": corrections.set_category,
    "point": corrections.set_point,
    "standard": _set_standard,
    "department": _set_department,
    "staff": _set_staff,
    "master": _set_master,
    "until": _set_until,
    "days": _set_days,
    "departments": _set_departments,
    "branches": _set_branches,
}


def _integer(value: Any, field: str) -> int:
    try:
        return int(str(value))
    except ValueError:
        raise errors.bad_field(field, _("A whole number is needed here.")) from None


def _uuid(value: Any, field: str) -> UUID:
    try:
        return value if isinstance(value, UUID) else UUID(str(value))
    except ValueError:
        raise errors.bad_field(field, _("This is not a valid number.")) from None


def _date(value: Any, field: str) -> date:
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        raise errors.bad_field(field, _("A date is needed here, as 2026-11-21.")) from None
