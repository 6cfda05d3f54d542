"""Steps that a phone may send again: the answer is kept under the phone's key, in the transaction of the step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_noop as _

from geodata.errors import DomainError
from gridmgmt.cases import step_positions
from gridmgmt.cases.actions import take_step
from gridmgmt.cases.models import StepReceipt
from gridmgmt.organisation.models import User
from gridmgmt.organisation.shifts import Seen

# Of two requests with the same key the second waits here until the first is committed, and then finds its answer.
RESERVE = """
INSERT INTO cases_stepreceipt (key, user_id, case_id, body_sha256, answer, at) VALUES (%s, %s, %s, %s, '{}', %s)
ON CONFLICT (key) DO NOTHING
"""
TOLD = ("case", "number", "stage", "version", "due_at", "closed_at")


@transaction.atomic
def take_step_once(
    *,
    key: UUID,
    body_sha256: bytes,
    case_id: UUID,
    action: str,
    by: User,
    expected_version: int,
    at: datetime,
    text: str = "",
    fields: Mapping[str, Any] | None = None,
    seen: Seen | None = None,
) -> dict[str, Any]:
    """Take a step, or answer again what it was answered: case, number, stage, version, due_at, closed_at.

    A refused step leaves no receipt: sent again it is judged again. ``seen``: where the phone was. Errors: step_key_taken 409,
    those of take_step, coordinate_* and datum_unknown.
    """
    with connection.cursor() as cursor:
        cursor.execute(RESERVE, [key, by.pk, case_id, body_sha256, at])
        is_new = cursor.rowcount == 1
    if not is_new:
        return _kept(key, by, body_sha256)
    case = take_step(
        case_id=case_id,
        action=action,
        by=by,
        expected_version=expected_version,
        at=at,
        text=text,
        fields=fields,
    )
    if seen is not None:
        step_positions.keep(case, seen, at=at)
    told = (
        str(case.pk),
        case.number,
        case.stage,
        case.version,
        case.due_at.isoformat() if case.due_at else None,
        case.closed_at.isoformat() if case.closed_at else None,
    )
    answer = dict(zip(TOLD, told, strict=True))
    StepReceipt.objects.filter(pk=key).update(answer=answer)
    return answer


def _kept(key: UUID, by: User, body_sha256: bytes) -> dict[str, Any]:
    kept = StepReceipt.objects.get(pk=key)
    if kept.user_id != by.pk or bytes(kept.body_sha256) != body_sha256:
        raise DomainError(
            code="step_key_taken",
            status=409,
            message=_("This key stands for another step. Make a new one for every step."),
        )
    return {
        name: kept.answer[name] for name in TOLD
    }  # jsonb keeps no order, and the answer is the same to the byte
