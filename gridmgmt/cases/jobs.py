"""Background jobs of cases; each may run any number of times for the same event."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from PIL import Image

from gridmgmt.cases import due_steps, photo_files
from gridmgmt.cases.models import Photo, PhotoState, StepReceipt

THUMBNAIL_EDGE = 360
THUMBNAIL_QUALITY = 78
MOST_TASKS = 20_000
# A phone that was away longer asks for the case before it sends an old step again; its version would be stale anyway.
RECEIPTS_KEPT = timedelta(days=90)


def make_thumbnail(event_id: str, payload: dict[str, Any]) -> None:
    """The small picture of a stored photo, from our own clean copy (so no stranger's bytes are decoded here)."""
    photo = Photo.objects.get(pk=UUID(payload["photo"]))
    if photo.state != PhotoState.STORED:
        return
    name = photo_files.place("thumbnails", photo.pk, "jpg")
    if photo.thumbnail == name and (settings.MEDIA_ROOT / name).is_file():
        return
    with photo_files.scratch(photo.pk) as (file, path), Image.open(settings.MEDIA_ROOT / photo.copy) as copy:
        copy.thumbnail((THUMBNAIL_EDGE, THUMBNAIL_EDGE), Image.Resampling.LANCZOS)
        copy.save(file, "JPEG", quality=THUMBNAIL_QUALITY, optimize=True)
        photo_files.publish(file, path, name)
    Photo.objects.filter(pk=photo.pk).update(thumbnail=name)


def sweep_incoming(now: datetime) -> None:
    """Every five minutes: what a killed process left half received, and photos in pieces whose phone never came back."""
    photo_files.sweep_incoming(now=now.timestamp())


def take_due_steps(now: datetime) -> int:
    """Every minute: pauses that end and limits of stages that flows act on."""
    return due_steps.take_due(now)


def make_missing_tasks(now: datetime) -> None:
    """Every ten minutes: tasks of cases that an older program version or a bulk load wrote without one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT cases_make_missing_tasks(%s, %s)", [now, MOST_TASKS])


def forget_step_receipts(now: datetime) -> None:
    """Daily: answers to steps that no phone will ask for again."""
    StepReceipt.objects.filter(at__lt=now - RECEIPTS_KEPT).delete()
