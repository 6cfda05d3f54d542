"""Reads of the organisation for its administrators: people with their roles, departments of a place, what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from geodata.models import Area, AreaLevel, Cell, standing
from gridmgmt.organisation.authority import administered
from gridmgmt.organisation.models import Department, Device, Duty, Grant, Role, User
from gridmgmt.organisation.scope import Scope

MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class PeopleFilters:
    """Filters of the list; empty means any. ``state``: active, shut, all."""

    text: str = ""
    role: str = ""
    state: str = "active"


def under(field: str, prefixes: Iterable[str]) -> Q:
    """Rows whose code (``field``, also of a row they point to) starts with one of the prefixes; none of them, no row; "",
    every row, also those without a code."""
    if "" in (prefixes := tuple(prefixes)):
        return ~Q(pk__in=[])
    found = Q(pk__in=[])
    for prefix in prefixes:
        found |= Q(**{f"{field}__startswith": prefix})
    return found


def people(scope: Scope, filters: PeopleFilters, *, at: datetime) -> QuerySet[User]:
    """People who hold a role inside what the scope administers, or held their last one there; with open roles,
    duties and devices loaded."""
    now = Q(valid_from__lte=at) & (Q(valid_to=None) | Q(valid_to__gt=at))
    theirs = Grant.objects.filter(user=OuterRef("pk"))
    inside = theirs.filter(under("scope_code", administered(scope)))
    rows = User.objects.all()
    if filters.role:
        rows = rows.filter(Exists(inside.filter(now, role=filters.role)))
    elif not scope.everything:
        rows = rows.filter(Exists(inside.filter(now)) | (~Exists(theirs.filter(now)) & Exists(inside)))
    if filters.state in ("active", "shut"):
        rows = rows.filter(is_active=filters.state == "active")
    if filters.text:
        rows = rows.filter(Q(name__icontains=filters.text) | Q(username__icontains=filters.text))
    return rows.order_by("username").prefetch_related(
        Prefetch(
            "grants", Grant.objects.filter(now).select_related("department").order_by("scope_code", "role")
        ),
        Prefetch("duties", Duty.objects.filter(now).order_by("scope_code")),
        Prefetch("devices", Device.objects.filter(revoked_at=None)),
    )


def person(scope: Scope, user_id: UUID, *, at: datetime) -> User | None:
    """One of them, with ended phones too."""
    rows = people(scope, PeopleFilters(state="all"), at=at).prefetch_related(None)
    return rows.filter(pk=user_id).first()


def departments(scope: Scope) -> QuerySet[Department]:
    """Departments of the places the scope administers, and of the county above them, in the order of the tree."""
    codes = administered(scope)
    above = Q(scope_code__in=[code[:6] for code in codes if len(code) >= 6])
    return Department.objects.filter(under("scope_code", codes) | above).order_by("scope_code", "path")


@dataclass(frozen=True, slots=True)
class Readiness:
    """What a new street office still lacks before its first report; each number counts what is there."""

    streets: int
    communities: int
    cells: int
    streets_without_departments: tuple[Area, ...]
    people: dict[str, int]

    @property
    def missing_roles(self) -> list[str]:
        """Roles of the ordinary flow that nobody holds."""
        wanted = (Role.WORKER, Role.ACCEPTOR, Role.REGISTRAR, Role.DISPATCHER, Role.HANDLER, Role.LEADER)
        return [role for role in wanted if not self.people.get(role)]

    @property
    def ready(self) -> bool:
        """True when reports can be made, routed and handled."""
        return bool(self.cells) and not self.streets_without_departments and not self.missing_roles


def readiness(scope: Scope, *, at: datetime) -> Readiness:
    """What is there and what is missing inside what the scope administers."""
    codes = administered(scope)
    areas = Area.objects.filter(under("code", codes), standing(timezone.localdate(at)))
    founded = Department.objects.filter(scope_code=OuterRef("code"), active=True)
    bare = areas.filter(level=AreaLevel.STREET).filter(~Exists(founded)).defer("geom", "geom_3857")
    grants = Grant.objects.filter(under("scope_code", codes), valid_from__lte=at).filter(
        Q(valid_to=None) | Q(valid_to__gt=at), user__is_active=True
    )
    counts: dict[str, set[UUID]] = {}
    for role, user_id in grants.values_list("role", "user_id"):
        counts.setdefault(role, set()).add(user_id)
    return Readiness(
        streets=areas.filter(level=AreaLevel.STREET).count(),
        communities=areas.filter(level=AreaLevel.COMMUNITY).count(),
        cells=Cell.objects.filter(under("code", codes), active=True).count(),
        streets_without_departments=tuple(bare.order_by("code")),
        people={role: len(users) for role, users in counts.items()},
    )
