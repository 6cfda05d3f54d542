"""Writes of the organisation: founding departments, users, grants, duty, devices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from geodata.errors import DomainError
from geodata.models import Area, AreaLevel, standing
from gridmgmt.organisation.models import Department, DepartmentLevel, Device, Duty, Grant, PositionToken, User


@dataclass(frozen=True, slots=True)
class DepartmentSeed:
    """A department as reference data lists it; one is made in every area of its level."""

    key: str
    name: str
    name_en: str
    level: str
    kind: str
    parent_key: str
    last_resort: bool
    handles: str


@transaction.atomic
def found_departments(*, street_code: str, seeds: Sequence[DepartmentSeed]) -> list[Department]:
    """Make the departments of a street, of its communities and of its county; existing ones stay as they are."""
    areas = {
        DepartmentLevel.COUNTY: [street_code[:6]],
        DepartmentLevel.STREET: [street_code],
        DepartmentLevel.COMMUNITY: list(
            Area.objects.filter(
                standing(timezone.localdate()), level=AreaLevel.COMMUNITY, code__startswith=street_code
            ).values_list("code", flat=True)
        ),
    }
    founded: list[Department] = []
    for seed in _parents_first(seeds):
        founded.extend(_found(seed, area) for area in areas[DepartmentLevel(seed.level)])
    return founded


def _parents_first(seeds: Sequence[DepartmentSeed]) -> Iterable[DepartmentSeed]:
    """Seeds in an order in which a parent comes before its children."""
    by_key = {seed.key: seed for seed in seeds}

    def depth(seed: DepartmentSeed) -> int:
        return 0 if not seed.parent_key else 1 + depth(by_key[seed.parent_key])

    return sorted(seeds, key=depth)


def _found(seed: DepartmentSeed, area: str) -> Department:
    parent = _parent(seed.parent_key, area)
    department, _created = Department.objects.get_or_create(
        scope_code=area,
        key=seed.key,
        defaults={
            "name": seed.name,
            "name_en": seed.name_en,
            "level": seed.level,
            "kind": seed.kind,
            "handles": seed.handles,
            "last_resort": seed.last_resort,
            "parent": parent,
            "path": f"{parent.path if parent else '/'}{area}.{seed.key}/",
        },
    )
    return department


def _parent(key: str, area: str) -> Department | None:
    """The department of that key in the area itself or the nearest one above."""
    if not key:
        return None
    codes = [area[:digits] for digits in (12, 9, 6) if len(area) >= digits]
    return max(
        Department.objects.filter(key=key, scope_code__in=codes),
        key=lambda found: len(found.scope_code),
        default=None,
    )


@transaction.atomic
def grant_role(
    *, user: User, role: str, scope_code: str, department: Department | None = None, at: datetime
) -> Grant:
    """Give a role for a code prefix; the same open grant is not made twice. Error: grant_needs_department."""
    if role == "handler" and department is None:
        raise DomainError(
            code="grant_needs_department", status=422, message="A department handler needs a department."
        )
    grant, _created = Grant.objects.get_or_create(
        user=user,
        role=role,
        scope_code=scope_code,
        department=department,
        valid_to=None,
        defaults={"valid_from": at},
    )
    return grant


@transaction.atomic
def end_grant(*, grant_id: UUID, at: datetime) -> None:
    """Take a role away from now on."""
    Grant.objects.filter(pk=grant_id, valid_to=None).update(valid_to=at)


@transaction.atomic
def assign_duty(*, scope_code: str, user: User, rank: int = 1, at: datetime) -> Duty:
    """Make a worker answer for the cells under a code."""
    duty, _created = Duty.objects.get_or_create(
        scope_code=scope_code, user=user, valid_to=None, defaults={"rank": rank, "valid_from": at}
    )
    return duty


@transaction.atomic
def revoke_device(*, device_id: UUID, at: datetime) -> None:
    """A lost phone: its tokens stop working with the next request. Signing in again from the same installation opens the
    device again, but the position token is gone for good."""
    Device.objects.filter(pk=device_id, revoked_at=None).update(revoked_at=at)
    PositionToken.objects.filter(device_id=device_id).delete()


@transaction.atomic
def withdraw_device(*, device_id: UUID, at: datetime, wipe: bool = False) -> None:
    """Taken from its person by an administrator: it is revoked, is enrolled no longer, and is told to empty its store when
    ``wipe`` and it asks again."""
    revoke_device(device_id=device_id, at=at)
    Device.objects.filter(pk=device_id).update(enrolled_at=None)
    if wipe:
        Device.objects.filter(pk=device_id, wipe_asked_at=None).update(wipe_asked_at=at)
