"""Accounts of people who work here: made, renamed, shut and opened again by an administrator of their place."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from uuid import UUID

from django.db import transaction

from geodata.errors import DomainError
from geodata.errors import mark as _
from gridmgmt.organisation import actions
from gridmgmt.organisation.authority import may_manage, not_permitted, require_administration
from gridmgmt.organisation.models import Department, Device, Duty, Grant, Role, User
from gridmgmt.organisation.scope import Held, Scope

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,58}")
# Without letters and digits that are mistaken for one another when read out.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
PASSWORD_LENGTH = 14


def fresh_password() -> str:
    """A random first password (about 69 bits), to be shown once."""
    return "".join(secrets.choice(ALPHABET) for _turn in range(PASSWORD_LENGTH))


@transaction.atomic
def person_create(
    *,
    by: Scope,
    username: str,
    name: str,
    role: str,
    scope_code: str,
    department_id: UUID | None,
    at: datetime,
    shut: bool = False,
) -> tuple[User, str]:
    """A new account with its first role; returns it and the password, which is kept nowhere else. ``shut``: nobody can
    sign in until an administrator opens it and hands out a password; the one returned is "".

    Errors: username_invalid, username_taken, name_missing and those of `role_give`.
    """
    username, name = username.strip().lower(), name.strip()
    if not USERNAME.fullmatch(username):
        raise _refusal(
            "username_invalid", _("A user name has 2 to 59 small letters, digits, dots or hyphens.")
        )
    if not name or len(name) > 60:
        raise _refusal("name_missing", _("A name of at most 60 characters is needed."))
    if User.objects.filter(username=username).exists():
        raise _refusal("username_taken", _("This user name is taken."))
    password = "" if shut else fresh_password()
    user = User.objects.create_user(username, password or None, name=name, is_active=not shut)
    role_give(
        by=by,
        user_id=user.pk,
        role=role,
        scope_code=scope_code,
        department_id=department_id,
        at=at,
        first=True,
    )
    return user, password


@transaction.atomic
def role_give(
    *,
    by: Scope,
    user_id: UUID,
    role: str,
    scope_code: str,
    department_id: UUID | None,
    at: datetime,
    first: bool = False,
) -> Grant:
    """A role for a code prefix. Errors: organisation_not_permitted, role_unknown, code_invalid, department_unknown,
    grant_needs_department, user_unknown."""
    if role not in Role.values:
        raise _refusal("role_unknown", _("There is no such role."))
    if not scope_code.isdecimal() or not scope_code.isascii() or not 6 <= len(scope_code) <= 16:
        raise _refusal("code_invalid", _("The place is a code of 6 to 16 digits."))
    require_administration(by, scope_code)
    user = User.objects.filter(pk=user_id).first() if first else account(by, user_id, at=at)
    if user is None:
        raise unknown()
    department = _department(department_id, scope_code)
    return actions.grant_role(user=user, role=role, scope_code=scope_code, department=department, at=at)


@transaction.atomic
def role_end(*, by: Scope, grant_id: UUID, at: datetime) -> None:
    """Take a role away. Errors: grant_unknown, grant_last_administrator, organisation_not_permitted."""
    grant = Grant.objects.select_for_update().filter(pk=grant_id, valid_to=None).first()
    if grant is None:
        raise DomainError(code="grant_unknown", message=_("This role has ended already."), status=404)
    require_administration(by, grant.scope_code)
    own = grant.user_id == by.user_id and grant.role == Role.ADMIN
    if own and not by.everything:
        raise _refusal(
            "grant_last_administrator", _("Nobody takes the administrator's role from themselves.")
        )
    actions.end_grant(grant_id=grant_id, at=at)


@transaction.atomic
def duty_give(*, by: Scope, user_id: UUID, scope_code: str, rank: int, at: datetime) -> Duty:
    """Make somebody answer for the cells under a code. Errors: code_invalid, organisation_not_permitted."""
    if not scope_code.isdecimal() or not 9 <= len(scope_code) <= 16:
        raise _refusal("code_invalid", _("The place is a code of 6 to 16 digits."))
    require_administration(by, scope_code)
    user = account(by, user_id, at=at)
    return actions.assign_duty(scope_code=scope_code, user=user, rank=2 if rank == 2 else 1, at=at)


@transaction.atomic
def duty_end(*, by: Scope, duty_id: UUID, at: datetime) -> None:
    """End a duty. Error: organisation_not_permitted."""
    duty = Duty.objects.filter(pk=duty_id, valid_to=None).first()
    if duty is not None:
        require_administration(by, duty.scope_code)
        Duty.objects.filter(pk=duty_id).update(valid_to=at)


@transaction.atomic
def password_reset(*, by: Scope, user_id: UUID, at: datetime) -> str:
    """A new password, shown once; sessions opened with the old one end. Phones keep their own tokens."""
    user = account(by, user_id, at=at)
    password = fresh_password()
    user.set_password(password)
    user.save(update_fields=["password"])
    return password


@transaction.atomic
def person_activate(*, by: Scope, user_id: UUID, active: bool, at: datetime) -> None:
    """Shut an account (its phones stop working too) or open it again. Error: person_self."""
    user = account(by, user_id, at=at)
    if user.pk == by.user_id:
        raise _refusal("person_self", _("Nobody shuts their own account."))
    User.objects.filter(pk=user.pk).update(is_active=active)
    if not active:
        for device_id in Device.objects.filter(user=user, revoked_at=None).values_list("pk", flat=True):
            actions.withdraw_device(device_id=device_id, at=at)


@transaction.atomic
def device_end(*, by: Scope, device_id: UUID, at: datetime, wipe: bool = False) -> None:
    """A lost phone stops working with its next request, and empties its store then when ``wipe``; also later than it was
    revoked. Errors: user_unknown, organisation_not_permitted."""
    device = Device.objects.filter(pk=device_id).first()
    if device is None:
        raise unknown()
    account(by, device.user_id, at=at)
    actions.withdraw_device(device_id=device.pk, at=at, wipe=wipe)


def account(by: Scope, user_id: UUID, *, at: datetime) -> User:
    """The account, locked, when the scope may change it. Errors: user_unknown, organisation_not_permitted."""
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise unknown()
    if not may_manage(by, roles_of(user.pk, at=at), everything=user.is_superuser):
        raise not_permitted()
    return user


def roles_of(user_id: UUID, *, at: datetime) -> list[Held]:
    """The roles that decide whose account it is: those held now, else those held last, shut or not."""
    grants = [
        (grant.valid_to is None or grant.valid_to > at, Held(grant.role, grant.scope_code))
        for grant in Grant.objects.filter(user_id=user_id)
    ]
    return [held for is_open, held in grants if is_open] or [held for _open, held in grants]


def unknown() -> DomainError:
    """For an account that is not there, or not in sight."""
    return DomainError(code="user_unknown", message=_("There is no such person."), status=404)


def _department(department_id: UUID | None, scope_code: str) -> Department | None:
    """An active department of the code or of an area above it."""
    if department_id is None:
        return None
    found = Department.objects.filter(pk=department_id, active=True).first()
    if found is None or not scope_code.startswith(found.scope_code):
        raise _refusal("department_unknown", _("There is no such department for this place."))
    return found


def _refusal(code: str, message: str) -> DomainError:
    return DomainError(code=code, message=message, status=422)
