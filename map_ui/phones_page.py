"""What the pages of phones show: a phone's state in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext, ngettext

from gridmgmt.organisation.models import Device

LITTLE_BYTES = 200 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Line:
    """A phone with what it holds in words; ``needs`` says how much it needs somebody: refused, waiting, nothing."""

    device: Device
    holds: str
    refused: str
    photos: str
    little: str
    wiped: str

    @property
    def needs(self) -> str:
        """The strongest reason to look."""
        if self.device.refused:
            return "refused"
        return "waiting" if self.device.waiting else "nothing"


def lines(devices: Iterable[Device], *, now: datetime) -> list[Line]:
    """Phones as the pages show them."""
    return [line(device, now=now) for device in devices]


def line(device: Device, *, now: datetime) -> Line:
    """One phone."""
    refused, photos, free = device.refused, device.waiting_photos, device.free_bytes
    return Line(
        device=device,
        holds=holds(device, now=now),
        refused=ngettext("%(n)d refused", "%(n)d refused", refused) % {"n": refused} if refused else "",
        photos=ngettext("%(n)d photo", "%(n)d photos", photos) % {"n": photos} if photos else "",
        little=gettext("%(n)d MB left") % {"n": free // 2**20}
        if free is not None and free < LITTLE_BYTES
        else "",
        wiped=wiped(device, now=now),
    )


def wiped(device: Device, *, now: datetime) -> str:
    """That the phone was told to empty its store, or when it did and what went with it; "" when nobody asked."""
    asked, done, lost = device.wipe_asked_at, device.wiped_at, device.wiped_waiting
    if asked and (done is None or done < asked):
        return gettext("To be wiped since %(since)s; the phone has not answered yet.") % {
            "since": when(asked, now=now)
        }
    if done is None:
        return ""
    said = ngettext("Wiped %(at)s; %(n)d item was lost.", "Wiped %(at)s; %(n)d items were lost.", lost)
    return said % {"at": when(done, now=now), "n": lost}


def holds(device: Device, *, now: datetime) -> str:
    """ "12 items still on this phone since 09:40", or that there is nothing."""
    count, since = device.waiting, when(device.oldest_at, now=now)
    if device.told_at is None:
        return gettext("This phone has not told yet what it holds.")
    if not count:
        return gettext("Everything on this phone has been sent.")
    if not since:
        return ngettext("%(n)d item still on this phone", "%(n)d items still on this phone", count) % {
            "n": count
        }
    said = ngettext(
        "%(n)d item still on this phone since %(since)s",
        "%(n)d items still on this phone since %(since)s",
        count,
    )
    return said % {"n": count, "since": since}


def when(value: datetime | None, *, now: datetime) -> str:
    """09:40 for today, else with its day; "" for never."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    same_day = local.date() == timezone.localtime(now).date()
    return local.strftime("%H:%M" if same_day else "%Y-%m-%d %H:%M")
