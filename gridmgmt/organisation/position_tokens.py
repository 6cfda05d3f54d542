"""Position tokens: a phone's background tracker has one instead of a sign-in. It says where the phone is, nothing else.

256 random bits, shown once, kept as a hash, one to a device: a new one ends the one before. It ends with its device, with
its account and when its owner takes it back. It stands in addresses (the OsmAnd protocol wants it there), so it must never
be worth more than a position on duty.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_noop as _

from geodata.errors import DomainError
from gridmgmt.organisation import tries
from gridmgmt.organisation.models import Device, PositionToken, User

TRACKER = "positions"  # platform of a device that only sends positions
NAME_MOST = 80
LONGEST = 128
WINDOW = timedelta(minutes=5)
# A fix every second; a phone that comes out of a tunnel sends what it kept, one request each.
MOST_FOR_DEVICE = 600
MOST_UNKNOWN_FOR_ADDRESS = 100
NOTED_EVERY = timedelta(minutes=15)
PATH = "/api/osmand"
# What Traccar Client reads from a code besides server and id: a fix a minute or every 50 m, kept while there is no network.
TRACKER_SETTINGS = {"interval": "60", "distance": "50", "buffer": "true"}


def tracker_address(token: str) -> str:
    """What a tracker is told, typed or as QR code: the door, the token and how often to send."""
    return f"{settings.PUBLIC_ORIGIN}{PATH}?{urlencode({'id': token, **TRACKER_SETTINGS})}"


def digest(token: str) -> bytes:
    """How a token is stored; 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).digest()


@transaction.atomic
def issue(*, user: User, device_id: UUID, at: datetime) -> str:
    """A new token for one's own device; the one before stops working. Error: device_unknown 404 (not one's own, revoked)."""
    device = Device.objects.select_for_update().filter(pk=device_id, user=user, revoked_at=None).first()
    if device is None:
        raise unknown_device()
    token = secrets.token_urlsafe(32)
    PositionToken.objects.update_or_create(
        device=device, defaults={"digest": digest(token), "made_at": at, "used_at": None}
    )
    return token


@transaction.atomic
def add_tracker(*, user: User, name: str, at: datetime) -> tuple[Device, str]:
    """A phone that only sends positions (its owner works in a browser), and its token. Error: device_name_missing 422."""
    name = name.strip()
    if not name or len(name) > NAME_MOST or not name.isprintable():
        raise DomainError(
            code="device_name_missing",
            status=422,
            message=_("Give the phone a name of at most 80 characters."),
        )
    device = Device.objects.create(user=user, name=name, platform=TRACKER, created_at=at)
    return device, issue(user=user, device_id=device.pk, at=at)


@transaction.atomic
def end(*, user: User, device_id: UUID, at: datetime) -> None:
    """Take back the token of one's own device; a device that has nothing else is revoked. Said again: the same."""
    device = Device.objects.select_for_update().filter(pk=device_id, user=user).first()
    if device is None:
        raise unknown_device()
    PositionToken.objects.filter(device=device).delete()
    if device.platform == TRACKER:
        Device.objects.filter(pk=device.pk, revoked_at=None).update(revoked_at=at)


def devices_of(user: User) -> QuerySet[Device]:
    """One's phones that may have a token, with it, newest first."""
    rows = Device.objects.filter(user=user, revoked_at=None).select_related("position_token")
    return rows.order_by("-created_at")


def holder_of(token: str, *, address: str, at: datetime) -> User:
    """Whose phone it is. Errors: position_token_unknown 401 (revoked and shut too), too_many_requests 429.

    Every request of a device counts, and from one address only so many unknown tokens are looked up.
    """
    unknown = [tries.limit("positions.address", address, MOST_UNKNOWN_FOR_ADDRESS)]
    until = tries.blocked_until(unknown, at=at)
    if until is not None:
        raise too_many(until, at)
    row = _row(token)
    if row is None:
        tries.spend(unknown, window=WINDOW, at=at)
        raise DomainError(
            code="position_token_unknown",
            status=401,
            message=_("This position token is not known (any more)."),
        )
    own = [tries.limit("positions.device", str(row.device_id), MOST_FOR_DEVICE)]
    if not tries.spend(own, window=WINDOW, at=at):
        raise too_many(tries.blocked_until(own, at=at), at)
    if row.used_at is None or row.used_at < at - NOTED_EVERY:
        PositionToken.objects.filter(pk=row.pk).update(used_at=at)
        Device.objects.filter(pk=row.device_id).update(last_seen_at=at)
    return row.device.user


def _row(token: str) -> PositionToken | None:
    if not token or len(token) > LONGEST:
        return None
    rows = PositionToken.objects.select_related("device__user")
    return rows.filter(digest=digest(token), device__revoked_at=None, device__user__is_active=True).first()


def too_many(until: datetime | None, at: datetime) -> DomainError:
    """Beyond the limit; how long to wait is said, scattered by the door."""
    wait_s = max(1, round((until - at).total_seconds())) if until else 1
    return DomainError(
        code="too_many_requests",
        status=429,
        message=_("Too many attempts. Wait a little and try again."),
        data={"retry_after_s": wait_s},
    )


def unknown_device() -> DomainError:
    """Not there, not one's own, or revoked."""
    return DomainError(code="device_unknown", status=404, message=_("There is no such phone of yours."))
