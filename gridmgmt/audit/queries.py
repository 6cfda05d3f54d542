"""Reads of the audit: who looked at somebody, what somebody looked at. Whether one may ask is the caller's rule."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from gridmgmt.audit.models import AccessRecord
from gridmgmt.organisation.models import Grant
from gridmgmt.organisation.queries import under


def who_looked_at(subject_id: UUID, *, since: datetime | None = None) -> QuerySet[AccessRecord]:
    """Every act that reached this person (or household, dwelling …), the newest first, with the user loaded."""
    rows = AccessRecord.objects.filter(subject_ids__contains=[subject_id]).select_related("user")
    return rows.filter(at__gte=since) if since else rows


def acts_of(user_id: UUID, *, since: datetime | None = None) -> QuerySet[AccessRecord]:
    """Everything a user looked at, the newest first."""
    rows = AccessRecord.objects.filter(user_id=user_id)
    return rows.filter(at__gte=since) if since else rows


def acts_within(
    prefixes: Sequence[str], *, action: str = "", username: str = "", before: UUID | None = None
) -> QuerySet[AccessRecord]:
    """Acts of users who hold or held a role under the codes, the newest first; ``before`` goes on behind an act."""
    rows = AccessRecord.objects.select_related("user").defer("subject_ids")
    if "" not in prefixes:
        rows = rows.filter(Exists(Grant.objects.filter(under("scope_code", prefixes), user=OuterRef("user"))))
    if action:
        rows = rows.filter(action=action)
    if username:
        rows = rows.filter(Q(user__username=username) | Q(user__name=username))
    last = AccessRecord.objects.filter(pk=before).values_list("at", "id").first() if before else None
    return rows.filter(Q(at__lt=last[0]) | Q(at=last[0], id__lt=last[1])) if last else rows
