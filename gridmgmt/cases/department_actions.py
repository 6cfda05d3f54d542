"""Closing and reopening a department. One that still has something in hand stays: nothing is silently left to nobody."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from geodata.errors import DomainError
from geodata.errors import mark as _
from gridmgmt.cases import department_holds
from gridmgmt.cases.models import Case, CaseTask
from gridmgmt.cases.models.task import LIVE
from gridmgmt.organisation.authority import require_administration
from gridmgmt.organisation.models import Department, Grant
from gridmgmt.organisation.scope import Scope


def in_hand(department: Department, *, at: datetime) -> dict[str, int]:
    """What a department still has, by sort: open cases and tasks, people with a role in it, open departments below, and what
    packages above registered (department_holds)."""
    held = Grant.objects.filter(department=department, valid_from__lte=at, user__is_active=True)
    return {
        "cases": Case.objects.filter(department=department, closed_at=None).count(),
        "tasks": CaseTask.objects.filter(LIVE, department=department).count(),
        "people": held.filter(Q(valid_to=None) | Q(valid_to__gt=at)).values("user").distinct().count(),
        "departments": Department.objects.filter(parent=department, active=True).count(),
        **department_holds.counts(department),
    }


def department_close(*, by: Scope, department_id: UUID, at: datetime) -> Department:
    """Takes a department out of use: routing no longer finds it, its history stays.

    Errors: department_unknown 404, organisation_not_permitted 403, department_last_resort 409, department_has_work 409
    with what it has in hand."""
    with transaction.atomic():
        department = _locked(by, department_id)
        if department.last_resort:
            raise _last_resort()
        kept = in_hand(department, at=at)
        if any(kept.values()):
            raise _has_work(kept)
        return _set(department, active=False)


def department_reopen(*, by: Scope, department_id: UUID) -> Department:
    """Puts a closed department into use again. Errors: department_unknown 404, organisation_not_permitted 403."""
    with transaction.atomic():
        return _set(_locked(by, department_id), active=True)


def _set(department: Department, *, active: bool) -> Department:
    department.active = active
    department.save(update_fields=["active"])
    return department


def _locked(by: Scope, department_id: UUID) -> Department:
    """The row, locked against another administrator. A report that was routed before and is written a moment later still
    comes here; the department is put into use again for it, or the case is redispatched."""
    department = Department.objects.select_for_update().filter(pk=department_id).first()
    if department is None:
        raise DomainError(
            code="department_unknown", status=404, message=_("There is no such department for this place.")
        )
    require_administration(by, department.scope_code)
    return department


def _last_resort() -> DomainError:
    return DomainError(
        code="department_last_resort",
        status=409,
        message=_("This department owns what no rule gives to anybody; name another one for that first."),
    )


def _has_work(kept: dict[str, int]) -> DomainError:
    return DomainError(
        code="department_has_work",
        status=409,
        message=_(
            "The department still has %(cases)s open cases, %(tasks)s open tasks, %(people)s people and "
            "%(departments)s departments below it%(more)s. Hand these over or finish them first."
        ),
        data={**kept, "more": department_holds.told(kept)},
    )
