"""Writes of the audit: one function, called in the transaction of whoever answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from gridmgmt.audit import asked as questions
from gridmgmt.audit.models import AccessRecord


def record(
    *,
    user_id: UUID,
    action: str,
    subject_kind: str,
    subject_ids: Iterable[UUID],
    at: datetime,
    door: str,
    purpose: str = "",
    asked: Mapping[str, Any] | None = None,
    row_count: int | None = None,
) -> AccessRecord:
    """Keep that a user searched, listed, viewed, revealed, took or printed these records. ``row_count`` when more was
    told than subjects are named (a count of findings). ``asked`` comes from ``asked.question`` where it was personal;
    ValueError when it or the purpose holds an ID number or telephone in clear."""
    ids = list(dict.fromkeys(subject_ids))
    told = dict(asked or {})
    questions.refuse_numbers(told)
    questions.refuse_numbers(purpose)
    return AccessRecord.objects.create(
        at=at,
        user_id=user_id,
        action=action,
        subject_kind=subject_kind,
        subject_ids=ids,
        purpose=purpose,
        asked=told,
        row_count=len(ids) if row_count is None else row_count,
        door=door,
    )
