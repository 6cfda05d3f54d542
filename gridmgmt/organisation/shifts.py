"""Shifts and where somebody on duty was last. Tracks are the patrol's; here is only what assigning work needs.

A position exists only on an open shift: it goes when the shift ends and when it is an hour old, and nobody is asked
for one off duty.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.gis.geos import Point
from django.db import connection, transaction
from django.utils.translation import gettext_noop as _

from geodata import crs
from geodata.errors import DomainError
from gridmgmt.organisation.models import LastPosition, Role, Shift, User
from gridmgmt.organisation.scope import scope_of

LONGEST = timedelta(hours=16)
USUAL = timedelta(hours=12)
FRESH = timedelta(minutes=30)  # older positions choose nobody (sql/25_tasks.sql says the same)
KEPT = timedelta(hours=1)
CLOCK_SKEW = timedelta(minutes=10)
ON_SHIFT_ROLES = (Role.WORKER, Role.HANDLER)

# A phone in a tunnel sends old positions late: an older one never replaces a newer one.
RECORD = """
INSERT INTO organisation_lastposition (shift_id, geom, datum, source_x, source_y, accuracy_m, captured_at, received_at)
VALUES (%s, ST_SetSRID(ST_MakePoint(%s, %s), 4326), %s, %s, %s, %s, %s, %s)
ON CONFLICT (shift_id) DO UPDATE SET geom = excluded.geom, datum = excluded.datum, source_x = excluded.source_x,
  source_y = excluded.source_y, accuracy_m = excluded.accuracy_m, captured_at = excluded.captured_at,
  received_at = excluded.received_at
WHERE excluded.captured_at >= organisation_lastposition.captured_at
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """A position as a phone sends it; ``x``/``y`` in ``datum``, accuracy in metres."""

    x: float
    y: float
    datum: str
    accuracy_m: float | None
    captured_at: datetime


@transaction.atomic
def start_shift(
    *, user: User, at: datetime, hours: float | None = None, device_id: UUID | None = None
) -> Shift:
    """Go on duty; who is on duty already keeps that shift. Errors: shift_not_permitted 403, shift_too_long 422."""
    if not any(held.role in ON_SHIFT_ROLES for held in scope_of(user).held):
        raise DomainError(
            code="shift_not_permitted", status=403, message=_("Shifts are for grid workers and handlers.")
        )
    length = USUAL if hours is None else timedelta(hours=hours)
    if not timedelta(0) < length <= LONGEST:
        raise DomainError(
            code="shift_too_long",
            status=422,
            message=_("A shift lasts %(most)s hours at most."),
            data={"most": 16},
        )
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two phones of one person start one shift
    expire(now=at, user_id=user.pk)
    shift = open_shift(user.pk, at)
    if shift is None:
        shift = Shift.objects.create(user=user, device_id=device_id, started_at=at, ends_by=at + length)
    return shift


def open_shift(user_id: UUID, at: datetime) -> Shift | None:
    """The shift somebody is on at an instant; None off duty."""
    return Shift.objects.filter(user_id=user_id, ended_at=None, ends_by__gt=at).first()


@transaction.atomic
def close_shift(*, user: User, at: datetime) -> Shift:
    """Go off duty; the position is deleted with it. Error not_on_shift 409."""
    shift = Shift.objects.select_for_update().filter(user=user, ended_at=None, ends_by__gt=at).first()
    if shift is None:
        raise not_on_shift()
    shift.ended_at, shift.ended = at, Shift.End.SIGNED_OFF
    shift.save(update_fields=["ended_at", "ended"])
    LastPosition.objects.filter(pk=shift.pk).delete()
    return shift


@transaction.atomic
def record_position(*, user: User, seen: Seen, at: datetime) -> Shift:
    """Keep where somebody on duty is. Errors: not_on_shift 409, coordinate_* and datum_unknown of geodata.crs.

    Older than the one at hand, or so old that it would be deleted at once: nothing is kept.
    """
    shift = open_shift(user.pk, at)
    if shift is None:
        raise not_on_shift()
    place = crs.to_wgs84(seen.x, seen.y, seen.datum)
    captured = min(seen.captured_at, at)
    if captured > at - KEPT:
        with connection.cursor() as cursor:
            cursor.execute(
                RECORD,
                [
                    shift.pk,
                    place.lon,
                    place.lat,
                    seen.datum,
                    seen.x,
                    seen.y,
                    seen.accuracy_m,
                    captured,
                    captured,
                ],
            )
    return shift


def position_of(user_id: UUID, at: datetime) -> Point | None:
    """The fresh position of somebody on duty, EPSG:4326; None when there is none."""
    row = LastPosition.objects.filter(
        shift__user_id=user_id, shift__ended_at=None, shift__ends_by__gt=at, received_at__gt=at - FRESH
    ).first()
    return row.geom if row else None


@transaction.atomic
def expire(*, now: datetime, user_id: UUID | None = None) -> int:
    """End shifts that nobody ended, delete positions off duty and those an hour old; how many shifts ended."""
    over = Shift.objects.filter(ended_at=None, ends_by__lte=now)
    if user_id is not None:
        over = over.filter(user_id=user_id)
    ended: int = over.update(ended_at=now, ended=Shift.End.EXPIRED)
    LastPosition.objects.exclude(shift__ended_at=None).delete()
    LastPosition.objects.filter(received_at__lte=now - KEPT).delete()
    return ended


def not_on_shift() -> DomainError:
    """Only somebody on duty has a position and a shift to end."""
    return DomainError(
        code="not_on_shift", status=409, message=_("You are not on duty. Start your shift first.")
    )
