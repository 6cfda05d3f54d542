"""Phones and their tokens: one hashed token per device (knox keeps the hash). Revoking is actions.revoke_device."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from knox.models import AuthToken

from gridmgmt.organisation.models import Device, User


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new device and its token, which is shown this once and kept only as a hash."""

    device: Device
    token: str


def device_register(*, user: User, name: str, platform: str, at: datetime) -> IssuedToken:
    """A token of its own for a phone on which somebody has just signed in."""
    with transaction.atomic():
        row, token = AuthToken.objects.create(user=user)
        device = Device.objects.create(
            user=user,
            name=name,
            platform=platform,
            token_digest=row.digest,
            created_at=at,
            last_seen_at=at,
        )
        User.objects.filter(pk=user.pk).update(last_login=at)
    return IssuedToken(device, token)
