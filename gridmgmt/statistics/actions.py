"""Writes that people ask for: a board on paper."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from gridmgmt.events import outbox
from gridmgmt.organisation.models import User
from gridmgmt.organisation.scope import scope_of
from gridmgmt.statistics.models import PrintedBoard

WANTED = "appraisal.print_wanted"
KEPT = timedelta(days=30)


@transaction.atomic
def want_print(*, by: User, address: str, language: str, at: datetime) -> PrintedBoard:
    """Note that somebody wants this board as PDF; a job makes it (settings.EVENT_JOBS)."""
    wanted = PrintedBoard.objects.create(user=by, address=address[:2000], language=language, asked_at=at)
    prefixes = scope_of(by).place_prefixes
    outbox.append(topic=WANTED, cell_code=prefixes[0] if prefixes else "", payload={"print": str(wanted.pk)})
    return wanted


def keep_print(*, print_id: UUID, pdf: bytes, at: datetime) -> bool:
    """Store the bytes unless they are there already; the first ones stay."""
    return bool(PrintedBoard.objects.filter(pk=print_id, made_at=None).update(pdf=pdf, made_at=at))


def forget_prints(now: datetime) -> None:
    """Periodic: boards on paper are for the day, not an archive."""
    PrintedBoard.objects.filter(asked_at__lt=now - KEPT).delete()
