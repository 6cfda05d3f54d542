"""Reads of the audit: who looked at somebody, what somebody looked at. Whether one may ask is the caller's rule."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from gridmgmt.audit.models import AccessRecord


def who_looked_at(subject_id: UUID, *, since: datetime | None = None) -> QuerySet[AccessRecord]:
    """Every act that reached this person (or household, dwelling …), the newest first, with the user loaded."""
    rows = AccessRecord.objects.filter(subject_ids__contains=[subject_id]).select_related("user")
    return rows.filter(at__gte=since) if since else rows


def acts_of(user_id: UUID, *, since: datetime | None = None) -> QuerySet[AccessRecord]:
    """Everything a user looked at, the newest first."""
    rows = AccessRecord.objects.filter(user_id=user_id)
    return rows.filter(at__gte=since) if since else rows
