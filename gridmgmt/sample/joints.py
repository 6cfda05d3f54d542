"""A few cases of the sample that several departments handle together: sent out, partly signed for, partly done."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from gridmgmt.cases.actions import take_step
from gridmgmt.cases.models import Case
from gridmgmt.organisation.models import Department, Grant, Role, User

WAITING, JOINT = "pending_dispatch", "joint"
CASES, PARTS = 3, 2
REASON = "现场涉及多个部门，联合处置。"


@transaction.atomic
def joint_cases(*, street_code: str, now: datetime) -> dict[str, int]:
    """Sends the oldest waiting cases to several departments by the live steps; nothing when there is a joint case."""
    if Case.objects.filter(stage=JOINT).exists():
        return {}
    waiting = Case.objects.filter(
        stage=WAITING, parent=None, complete=True, department__isnull=False, cell_code__startswith=street_code
    )
    made = 0
    for place, case in enumerate(waiting.order_by("stage_since", "pk").select_for_update()[:CASES]):
        at = min(max(case.stage_since, now - timedelta(hours=3)) + timedelta(minutes=10), now)
        made += _send(case, street_code, at)
        for part in case.branches.order_by("number")[:place]:
            _sign(part, at=min(at + timedelta(minutes=25), now))
    return {"joint": made}


def _send(case: Case, street_code: str, at: datetime) -> int:
    """One case to its own department, which leads, and to the next ones that have people."""
    lead = case.department
    if lead is None:
        return 0
    staffed = Grant.objects.filter(role=Role.HANDLER, valid_to=None).values("department")
    others = Department.objects.filter(pk__in=staffed, scope_code=street_code, active=True).exclude(
        pk=lead.pk
    )
    parts = [lead, *others.order_by("key")[: PARTS - 1]]
    departments = [{"department": str(row.pk), "lead": row == lead} for row in parts]
    take_step(
        case_id=case.pk,
        action="dispatch_joint",
        by=_holder(Role.DISPATCHER, street_code),
        expected_version=case.version,
        at=at,
        text=REASON,
        fields={"departments": departments},
    )
    return 1


def _sign(part: Case, *, at: datetime) -> None:
    held = Grant.objects.filter(role=Role.HANDLER, department=part.department, valid_to=None)
    handler = held.select_related("user").order_by("id").first()
    if handler is not None:
        take_step(
            case_id=part.pk, action="sign", by=handler.user, expected_version=part.version, at=at, fields={}
        )


def _holder(role: str, street_code: str) -> User:
    """Whoever holds a role for the street, the longest."""
    return Grant.objects.filter(role=role, scope_code=street_code).select_related("user").earliest("id").user
