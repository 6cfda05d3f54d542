"""May this user see this row? One rule, and the queryset filter that says the same.

A grant is (role, code prefix, department). A row is visible when its ``cell_code`` starts with the prefix of a
grant; for department roles (handlers) rows that belong to a department must belong to theirs or one below it.
Reporters see what they reported. Nothing granted, nothing seen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection, models
from django.db.models import Q
from django.utils import timezone

from gridmgmt.organisation.models import DEPARTMENT_ROLES, Role

T = TypeVar("T", bound=models.Model)

# Grants of active users that hold at an instant. Callers: load_scope, sessions. Index: organisation_grant(user).
GRANTS = """
SELECT g.user_id, g.role, g.scope_code, g.department_id, coalesce(d.path, '')
FROM organisation_grant g LEFT JOIN organisation_department d ON d.id = g.department_id
JOIN organisation_user u ON u.id = g.user_id AND u.is_active
WHERE g.user_id = ANY(%s) AND g.valid_from <= %s AND (g.valid_to IS NULL OR g.valid_to > %s)
ORDER BY g.scope_code, g.role
"""


@dataclass(frozen=True, slots=True)
class Held:
    """One role held now: for codes under ``prefix``, inside a department's subtree for department roles."""

    role: str
    prefix: str
    department_id: UUID | None = None
    department_path: str = ""

    @property
    def department_only(self) -> bool:
        """True for roles that see only their department's rows."""
        return self.role in DEPARTMENT_ROLES


@dataclass(frozen=True, slots=True)
class Scope:
    """Everything a user holds. ``everything`` is the installation's administrator."""

    user_id: UUID | None
    held: tuple[Held, ...] = ()
    everything: bool = False

    @property
    def place_prefixes(self) -> tuple[str, ...]:
        """Shortest code prefixes whose places (cells, buildings …) may be seen; ("",) means all."""
        return self.prefixes_of(*Role.values)

    def prefixes_of(self, *roles: str) -> tuple[str, ...]:
        """Shortest code prefixes for which any of the roles is held; ("",) means all."""
        if self.everything:
            return ("",)
        prefixes = sorted({h.prefix for h in self.held if h.role in roles})
        return tuple(p for p in prefixes if not any(q != p and p.startswith(q) for q in prefixes))

    def covers(self, code: str) -> bool:
        """True when places under this code may be seen."""
        return any(code.startswith(prefix) for prefix in self.place_prefixes)

    def holds(self, code: str, *roles: str) -> bool:
        """True when any of the roles is held for everything under this code; "" means everywhere."""
        return any(code.startswith(prefix) for prefix in self.prefixes_of(*roles))

    def roles_at(self, code: str) -> frozenset[str]:
        """Roles held for a code."""
        roles = {h.role for h in self.held if code.startswith(h.prefix)}
        return frozenset(roles | {Role.ADMIN}) if self.everything else frozenset(roles)

    def has_role(self, *roles: str) -> bool:
        """True when any of the roles is held anywhere."""
        return self.everything or any(h.role in roles for h in self.held)

    def sees(self, *, cell_code: str, department_path: str = "", reporter_id: UUID | None = None) -> bool:
        """The rule itself, on plain values (used for rows and for live events)."""
        if self.everything or (reporter_id is not None and reporter_id == self.user_id):
            return True
        return any(
            cell_code.startswith(h.prefix)
            and (
                not h.department_only
                or (bool(department_path) and department_path.startswith(h.department_path))
            )
            for h in self.held
        )


NOBODY = Scope(user_id=None)


def scope_of(user: Any) -> Scope:
    """The scope of a signed-in user, read once per request and kept on the user object."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return NOBODY
    kept: Scope | None = getattr(user, "_grid_scope", None)
    if kept is None:
        kept = load_scope(user.pk, everything=user.is_superuser)
        user._grid_scope = kept  # noqa: SLF001 - a per-request memo on our own model
    return kept


def load_scope(user_id: UUID, *, everything: bool = False) -> Scope:
    """The scope of a user id, by one query."""
    held = held_by([user_id], at=timezone.now())[user_id]
    return Scope(user_id=user_id, held=tuple(held), everything=everything)


def held_by(user_ids: Collection[UUID], *, at: datetime) -> defaultdict[UUID, list[Held]]:
    """{user id: roles held} at an instant, by one query however many there are."""
    found: defaultdict[UUID, list[Held]] = defaultdict(list)
    if user_ids:
        with connection.cursor() as cursor:
            cursor.execute(GRANTS, [list(user_ids), at, at])
            for user_id, *columns in cursor.fetchall():
                found[user_id].append(Held(*columns))
    return found


def may_see(scope: Scope, row: models.Model) -> bool:
    """True when the row is visible in the scope; rows without ``cell_code`` use ``code``."""
    code = str(getattr(row, "cell_code", "") or getattr(row, "code", ""))
    if not hasattr(row, "department_id"):
        return scope.covers(code)
    department = getattr(row, "department", None)
    return scope.sees(
        cell_code=code,
        department_path=department.path if department else "",
        reporter_id=getattr(row, "reporter_id", None),
    )


def visible(scope: Scope, queryset: models.QuerySet[T], *, code: str = "") -> models.QuerySet[T]:
    """The rows of a queryset that ``may_see`` would answer True for. ``code``: where the code is, of rows that have none of
    their own (``person__cell_code``)."""
    if scope.everything:
        return queryset
    names = {field.name for field in queryset.model._meta.get_fields()}  # noqa: SLF001 - Django's documented API
    code = code or ("cell_code" if "cell_code" in names else "code")
    if not scope.held:
        return queryset.none()
    if "department" not in names:
        return queryset.filter(_any_prefix(code, scope.place_prefixes))
    allowed = _any_prefix(code, tuple(h.prefix for h in scope.held if not h.department_only))
    for held in scope.held:
        if held.department_only:
            allowed |= Q(
                **{f"{code}__startswith": held.prefix, "department__path__startswith": held.department_path}
            )
    if "reporter" in names:
        allowed |= Q(reporter_id=scope.user_id)
    return queryset.filter(allowed)


def _any_prefix(field: str, prefixes: tuple[str, ...]) -> Q:
    """Rows whose code starts with one of the prefixes; none of them matches nothing."""
    condition = Q(pk__in=[])
    for prefix in prefixes:
        condition |= Q(**{f"{field}__startswith": prefix}) if prefix else Q()
        if not prefix:
            return ~Q(pk__in=[])
    return condition
