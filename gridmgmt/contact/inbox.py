"""Somebody's own notices: those of cases they may (still) see."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from gridmgmt.cases.models import Case
from gridmgmt.contact.models import Notice
from gridmgmt.organisation.models import User
from gridmgmt.organisation.scope import scope_of, visible

MOST_COUNTED = 100


def notices(user: User, *, unread: bool = False, text: str = "") -> QuerySet[Notice]:
    """Newest first, with case and category. Indexes: notice_inbox, notice_unread."""
    rows = Notice.objects.filter(user=user, case__in=visible(scope_of(user), Case.objects.all()))
    if unread:
        rows = rows.filter(read_at=None)
    if text:
        rows = rows.filter(case__number__icontains=text)
    return rows.select_related("case__category").order_by("-made_at", "-id")


def unread(user: User) -> int:
    """How many are unread, a hundred at most: the bell says 99+ then."""
    return notices(user, unread=True).order_by()[:MOST_COUNTED].count()


def mark_read(*, user: User, notice: str, at: datetime) -> Notice | None:
    """Mark one as read and answer it; "all" marks all. A strange id marks nothing."""
    if notice == "all":
        Notice.objects.filter(user=user, read_at=None).update(read_at=at)
        return None
    try:
        row = notices(user).filter(pk=UUID(notice)).first()
    except ValueError:
        return None
    if row is not None and row.read_at is None:
        row.read_at = at
        row.save(update_fields=["read_at"])
    return row
