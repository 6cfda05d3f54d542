"""What the pages of the organisation show and what their forms say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from geodata.errors import DomainError
from geodata.models import Area, Cell
from gridmgmt.organisation import enrolments, people
from gridmgmt.organisation.authority import administered, administers, may_manage
from gridmgmt.organisation.models import Department, Device, Duty, Grant, Role, User
from gridmgmt.organisation.queries import PeopleFilters, departments, under
from gridmgmt.organisation.scope import Scope
from map_ui.language import in_language
from map_ui.phones_page import lines

STATES = ("active", "shut", "all")


def read_filters(given: Mapping[str, str]) -> PeopleFilters:
    """Filters from the address; what cannot be read is left out."""
    role, state = given.get("role", ""), given.get("state", "active")
    return PeopleFilters(
        text=given.get("text", "").strip().replace("\x00", "")[:60],
        role=role if role in Role.values else "",
        state=state if state in STATES else "active",
    )


def as_query(filters: PeopleFilters, page: int) -> str:
    """The address part for a page of the list."""
    pairs = {"text": filters.text, "role": filters.role, "state": filters.state, "page": str(page)}
    return urlencode(
        {name: value for name, value in pairs.items() if value and (name, value) != ("state", "active")}
    )


@dataclass(slots=True)
class Branch:
    """An area with its departments, each with its depth in the tree."""

    area: Area | None
    code: str
    rows: list[tuple[int, Department]] = field(default_factory=list)
    writable: bool = False


def branches(rows: Iterable[Department], scope: Scope) -> list[Branch]:
    """Departments by the area they serve: county, then streets, then communities; those of places the scope administers
    may be closed."""
    kept = list(rows)
    areas = {
        area.code: area
        for area in Area.objects.filter(code__in={d.scope_code for d in kept}).defer("geom", "geom_3857")
    }
    found: dict[str, Branch] = {}
    for row in kept:
        branch = found.get(row.scope_code)
        if branch is None:
            code = row.scope_code
            branch = found[code] = Branch(areas.get(code), code, writable=administers(scope, code))
        own = [part for part in row.path.strip("/").split("/") if part.startswith(f"{row.scope_code}.")]
        branch.rows.append((len(own) - 1, row))
    return sorted(found.values(), key=lambda branch: (len(branch.code), branch.code))


def choices(scope: Scope) -> dict[str, Any]:
    """Roles, places and departments that a form offers; communities and cells by their names."""
    codes = administered(scope)
    areas = Area.objects.filter(under("code", codes)).defer("geom", "geom_3857").order_by("code")
    cells = (
        Cell.objects.filter(under("code", codes), active=True).order_by("code").values_list("code", "name")
    )
    return {
        "roles": Role.choices,
        "places": [(area.code, in_language(area)) for area in areas],
        "cells": list(cells[:3000]),
        "departments": list(departments(scope).filter(active=True)),
    }


def facts(row: User, *, at: datetime) -> dict[str, Any]:
    """Roles, duties and phones of a person, open ones first."""
    grants = Grant.objects.filter(user=row).select_related("department").order_by("scope_code", "role")
    return {
        "grants": list(grants.filter(Q(valid_to=None) | Q(valid_to__gt=at))),
        "ended": list(grants.filter(valid_to__lte=at).order_by("-valid_to")[:10]),
        "duties": list(Duty.objects.filter(user=row, valid_to=None).order_by("scope_code")),
        "phones": lines(Device.objects.filter(user=row).order_by("-created_at")[:20], now=at),
        "open_code": enrolments.open_ones(row, at=at).first(),
    }


def may_change(scope: Scope, row: User, *, at: datetime) -> bool:
    """True when the buttons that change the account are shown."""
    return may_manage(scope, people.roles_of(row.pk, at=at), everything=row.is_superuser)


def role_wish(given: Mapping[str, str]) -> dict[str, Any]:
    """Role, place and department as a form says them."""
    department = given.get("department", "")
    return {
        "role": given.get("role", ""),
        "scope_code": given.get("place", "").strip(),
        "department_id": _uuid(department) if department else None,
    }


def _give_role(scope: Scope, user_id: UUID, given: Mapping[str, str]) -> str:
    people.role_give(by=scope, user_id=user_id, at=timezone.now(), **role_wish(given))
    return ""


def _end_role(scope: Scope, user_id: UUID, given: Mapping[str, str]) -> str:
    people.role_end(by=scope, grant_id=_uuid(given.get("id", "")), at=timezone.now())
    return ""


def _give_duty(scope: Scope, user_id: UUID, given: Mapping[str, str]) -> str:
    rank = 2 if given.get("rank") == "2" else 1
    code = given.get("place", "").strip()
    people.duty_give(by=scope, user_id=user_id, scope_code=code, rank=rank, at=timezone.now())
    return ""


def _end_duty(scope: Scope, user_id: UUID, given: Mapping[str, str]) -> str:
    people.duty_end(by=scope, duty_id=_uuid(given.get("id", "")), at=timezone.now())
    return ""


def _end_device(scope: Scope, user_id: UUID, given: Mapping[str, str]) -> str:
    people.device_end(by=scope, device_id=_uuid(given.get("id", "")), at=timezone.now())
    return ""


def _wipe_device(scope: Scope, user_id: UUID, given: Mapping[str, str]) -> str:
    people.device_end(by=scope, device_id=_uuid(given.get("id", "")), at=timezone.now(), wipe=True)
    return ""


def _reset(scope: Scope, user_id: UUID, given: Mapping[str, str]) -> str:
    return people.password_reset(by=scope, user_id=user_id, at=timezone.now())


def _shut(scope: Scope, user_id: UUID, given: Mapping[str, str]) -> str:
    people.person_activate(by=scope, user_id=user_id, active=False, at=timezone.now())
    return ""


def _open(scope: Scope, user_id: UUID, given: Mapping[str, str]) -> str:
    people.person_activate(by=scope, user_id=user_id, active=True, at=timezone.now())
    return ""


# What a form of a person's page may ask for; each answers a new password to show once, or "".
CHANGES: dict[str, Callable[[Scope, UUID, Mapping[str, str]], str]] = {
    "give_role": _give_role,
    "end_role": _end_role,
    "give_duty": _give_duty,
    "end_duty": _end_duty,
    "end_device": _end_device,
    "wipe_device": _wipe_device,
    "reset": _reset,
    "shut": _shut,
    "open": _open,
}


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise DomainError(code="id_invalid", message="This is not a valid number.", status=422) from None
