"""Phones and their tokens: one hashed token per device (knox keeps the hash). Revoking is actions.revoke_device."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F
from knox.models import AuthToken

from gridmgmt.organisation import enrolments, vaults
from gridmgmt.organisation.models import Device, Enrolment, FormerToken, User


@dataclass(frozen=True, slots=True)
class Queue:
    """What a phone holds that the platform has not taken: entries, photos among them, entries that were refused, when the
    oldest was made (by the phone's clock), the number of its last entry, its program's version, free bytes of its store."""

    last_seq: int
    waiting: int
    photos: int
    refused: int
    oldest_at: datetime | None
    app: str
    free_bytes: int | None


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A device and its new token, which is shown this once and kept only as a hash; ``vault`` only with an installation."""

    device: Device
    token: str
    vault: str | None = None


def device_register(
    *,
    user: User,
    name: str,
    platform: str,
    at: datetime,
    installation: UUID | None = None,
    enrolment: Enrolment | None = None,
) -> IssuedToken:
    """A token of its own for a phone on which somebody has just signed in.

    The same person on the same installation keeps the device's row: its former token ends with this one, and an order to
    wipe it is over. ``enrolment`` is used up and marks the device. Error: enrolment_unknown 422 (used meanwhile).
    """
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(last_login=at)  # also: one sign-in of a person at a time
        row, token = AuthToken.objects.create(user=user)
        device = _device_of(user, installation, at)
        _end_former_token(device, at)
        device.name, device.platform, device.token_digest = name, platform, row.digest
        device.last_seen_at, device.revoked_at, device.wipe_asked_at = at, None, None
        device.enrolled_at = at if enrolment else device.enrolled_at
        vault = vaults.open_or_make(device) if installation else None
        device.save()
        if enrolment:
            enrolments.use(enrolment, device=device, at=at)
    return IssuedToken(device, token, vault)


def _device_of(user: User, installation: UUID | None, at: datetime) -> Device:
    """The row of that installation, or a new one (not saved)."""
    known = Device.objects.filter(user=user, installation=installation).first() if installation else None
    return known or Device(user=user, installation=installation, created_at=at)


def _end_former_token(device: Device, at: datetime) -> None:
    """The token the device had until now answers token_revoked from here on."""
    digest = device.token_digest
    if digest:
        FormerToken.objects.create(digest=digest, device=device, ended_at=at)
        AuthToken.objects.filter(digest=digest).delete()


def tell_queue(*, device_id: UUID, queue: Queue, at: datetime) -> None:
    """Keep what a phone says of its queue; what it said before is replaced."""
    Device.objects.filter(pk=device_id).update(
        told_at=at,
        last_seen_at=at,
        queue_seq=queue.last_seq,
        waiting=queue.waiting,
        waiting_photos=queue.photos,
        refused=queue.refused,
        oldest_at=queue.oldest_at,
        app=queue.app,
        free_bytes=queue.free_bytes,
    )


def confirm_wiped(*, device_id: UUID, waiting: int, at: datetime) -> None:
    """The phone has emptied its store; ``waiting`` entries went with it. Said again: the first word stands."""
    asked = Device.objects.filter(pk=device_id, wipe_asked_at__isnull=False)
    asked.exclude(wiped_at__gte=F("wipe_asked_at")).update(
        wiped_at=at, wiped_waiting=waiting, waiting=0, waiting_photos=0, refused=0, oldest_at=None
    )
