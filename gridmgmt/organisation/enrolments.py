"""Enrolling phones: an administrator makes a code, the person signs in with it once, and the device counts as the office's.

The code is 59 random bits, shown once and kept as a keyed hash; a wrong, a used and an old one are refused alike.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from geodata.errors import DomainError
from geodata.errors import mark as _
from geodata.models import Area
from geodata.personal import search_key
from gridmgmt.organisation import people, tries
from gridmgmt.organisation.models import Device, Enrolment, Grant, User
from gridmgmt.organisation.scope import Scope

COLUMN: Final = "enrolment.code"
CODE_LENGTH: Final = 12
VALID: Final = timedelta(hours=24)
WINDOW: Final = timedelta(minutes=10)
MOST_FOR_ADDRESS, MOST_FOR_ALL = 30, 1000


@transaction.atomic
def enrolment_make(*, by: Scope, user_id: UUID, at: datetime) -> str:
    """A code for a person's phone, to be shown once; the person's code before stops to fit.

    Errors: user_unknown, organisation_not_permitted, person_shut 409.
    """
    user = people.account(by, user_id, at=at)
    if not user.is_active or by.user_id is None:
        raise DomainError(code="person_shut", status=409, message=_("This account is shut."))
    open_ones(user, at=at).update(ends_at=at)
    code = "".join(secrets.choice(people.ALPHABET) for _turn in range(CODE_LENGTH))
    Enrolment.objects.create(
        user=user, code_key=key_of(code), made_by_id=by.user_id, made_at=at, ends_at=at + VALID
    )
    return code


def open_ones(user: User, *, at: datetime) -> QuerySet[Enrolment]:
    """Codes of a person that still fit; one at most."""
    return Enrolment.objects.filter(user=user, used_at=None, ends_at__gt=at)


def look_up(*, code: str, address: str, at: datetime) -> Enrolment:
    """The enrolment of a code, not used up by this. Errors: enrolment_unknown 422 (wrong, used, old), too_many_requests 429."""
    limits = [
        tries.limit("enrolment.address", address, MOST_FOR_ADDRESS),
        tries.limit("enrolment.all", "", MOST_FOR_ALL),
    ]
    if not tries.spend(limits, window=WINDOW, at=at):
        until = tries.blocked_until(limits, at=at)
        raise DomainError(
            code="too_many_requests",
            status=429,
            message=_("Too many attempts. Wait a little and try again."),
            data={"retry_after_s": round((until - at).total_seconds()) if until else 3},
        )
    found = Enrolment.objects.select_related("user").filter(
        code_key=key_of(code), used_at=None, ends_at__gt=at, user__is_active=True
    )
    row = found.first()
    if row is None:
        raise unknown()
    tries.pay_back(limits)
    return row


def use(enrolment: Enrolment, *, device: Device, at: datetime) -> None:
    """Use the code up for this device; in the transaction of the sign-in. Error: enrolment_unknown 422 (used meanwhile)."""
    used = Enrolment.objects.filter(pk=enrolment.pk, used_at=None).update(used_at=at, device=device)
    if not used:
        raise unknown()


def require_enrolled(*, user: User, installation: UUID | None) -> None:
    """Where only enrolled phones may sign in: error device_not_enrolled 403 for every other."""
    if not settings.PHONES_ENROLLED:
        return
    known = installation is not None and Device.objects.filter(
        user=user, installation=installation, enrolled_at__isnull=False
    )
    if not known or not known.exists():
        raise DomainError(
            code="device_not_enrolled",
            status=403,
            message=_("This phone has not been enrolled. Ask your administrator for a code."),
        )


def place_name(user: User, *, at: datetime) -> str:
    """The street, else the county, of the widest role somebody holds; "" for none."""
    held = Grant.objects.filter(user=user, valid_from__lte=at).exclude(valid_to__lte=at)
    code = min(held.values_list("scope_code", flat=True), key=lambda one: (len(one), one), default="")
    areas = Area.objects.filter(code__in=[code[:9], code[:6]]).order_by("-level")
    return areas.values_list("name", flat=True).first() or ""


def key_of(code: str) -> bytes:
    """How a code is kept; typed with spaces, hyphens or capitals it is the same."""
    return search_key(code.lower().replace("-", "").replace(" ", ""), column=COLUMN)


def spaced(code: str) -> str:
    """The code in groups of four, to be read out and typed."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def link(code: str) -> str:
    """What the QR code says. The code stands behind "#": browsers send that part to no server."""
    return f"{settings.PUBLIC_ORIGIN}/m/#enrol={code}"


def unknown() -> DomainError:
    """Wrong, used, too old, or for somebody else: one answer for all."""
    return DomainError(
        code="enrolment_unknown",
        status=422,
        message=_("This code is not valid or no longer. Ask your administrator for a new one."),
    )
