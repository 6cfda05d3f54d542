"""What the fields of a step do to the case: department, standard, staff, master, until. Each is checked, then set."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.translation import gettext_noop as _

from gridmgmt.cases import errors
from gridmgmt.cases.models import Case, CaseStandard, Photo, PhotoState
from gridmgmt.organisation.models import Department, User
from gridmgmt.organisation.scope import may_see

if TYPE_CHECKING:
    from gridmgmt.cases.actions import Step

LONGEST_HANG = timedelta(days=366)


def apply(step: Step) -> None:
    """Set what the given fields say; only fields the step requires are looked at, others are refused."""
    allowed = set(step.transition.requires if step.transition else ())
    extra = set(step.fields) - allowed - {"photos"}
    if extra:
        raise errors.bad_field(sorted(extra)[0], _("This step does not take this field."))
    for name in ("standard", "department", "staff", "master", "until", "days"):
        if name in allowed:
            SETTERS[name](step, step.fields[name])
    if step.action == "reopen":
        step.case.reopened = True
    if step.action == "check_fail":
        step.case.rework_count += 1
    if step.action == "approve_appeal":
        step.case.exempt = True


def has_after_photos(case: Case) -> bool:
    """True when as many photos as the standard wants (0 for noise, say) were stored since handling began."""
    wanted = case.standard.after_photos if case.standard else 1
    since = case.clock_started_at or case.reported_at
    photos = Photo.objects.filter(case=case, role=Photo.Role.AFTER, state=PhotoState.STORED)
    return photos.filter(stored_at__gte=since).count() >= wanted


def _set_standard(step: Step, value: Any) -> None:
    """By number within the category, or by id."""
    rows = CaseStandard.objects.filter(category_id=step.case.category_id)
    standard = rows.filter(seq=_integer(value, "standard")).first()
    if standard is None:
        raise errors.bad_field("standard", _("The category has no such case standard."))
    step.case.standard = standard
    step.case.limit_value, step.case.limit_unit = standard.limit_value, standard.limit_unit
    step.data["standard"] = standard.seq


def _set_department(step: Step, value: Any) -> None:
    """An active department that serves the case's place."""
    department = Department.objects.filter(pk=_uuid(value, "department"), active=True).first()
    if department is None or not step.case.cell_code.startswith(department.scope_code):
        raise errors.bad_field("department", _("There is no such department for this place."))
    before = step.case.department
    step.data["department"] = department.key
    if before is not None and before.pk != department.pk:
        step.data["department_before"] = before.key
    step.case.department = department
    step.case.assignee = None


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
    step.case.master = master
    step.data["master"] = master.number


def _set_until(step: Step, value: Any) -> None:
    """A day after today, at most a year ahead."""
    day = _date(value)
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


SETTERS = {
    "standard": _set_standard,
    "department": _set_department,
    "staff": _set_staff,
    "master": _set_master,
    "until": _set_until,
    "days": _set_days,
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


def _date(value: Any) -> date:
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        raise errors.bad_field("until", _("A date is needed here, as 2026-11-21.")) from None
