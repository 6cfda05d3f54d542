"""Periodic scan, and the files of documents; each may run any number of times."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from gridmgmt.printing import pdf
from gridmgmt.supervision import files, scan
from gridmgmt.supervision.models import Notice


def watch(now: datetime) -> None:
    """Every minute."""
    scan.scan(now)


def tidy(now: datetime) -> None:
    """Daily."""
    scan.tidy(now)


@transaction.atomic
def make_document(event_id: str, payload: dict[str, Any]) -> None:
    """The PDF of an issued document from its frozen content; made once (under its lock), stored with its hash."""
    notice = Notice.objects.select_for_update().get(pk=UUID(payload["notice"]))
    if notice.file:
        return
    written = pdf.render(f"supervision/{notice.kind}.html", notice.content)
    notice.file = files.store(notice.pk, written)
    notice.sha256, notice.made_at = hashlib.sha256(written).digest(), timezone.now()
    notice.save(update_fields=["file", "sha256", "made_at"])
