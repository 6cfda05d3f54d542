"""What a document says: all values frozen at the moment of issue, so that printing again gives the same sheet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from gridmgmt.supervision import wording
from gridmgmt.supervision.models import Card, NoticeKind, SupervisionRule

TITLES = {NoticeKind.URGING: "督办通知书", NoticeKind.RECOMMENDATION: "监察建议书"}
OBJECTS = {"case": "处置", "stage": "环节", "application": "办理"}


@dataclass(frozen=True, slots=True)
class Office:
    """The office that issues, and whom its documents concern."""

    place: str
    discipline: str

    @property
    def name(self) -> str:
        """A street has an office, a town or township a government."""
        return self.place + ("办事处" if self.place.endswith("街道") else "人民政府")


@dataclass(frozen=True, slots=True)
class Cause:
    """What beside the card itself stands in its document."""

    accepted_at: datetime
    text: str = ""
    issuer: str = ""
    before: str = ""


def frozen(
    card: Card, rule: SupervisionRule, *, office: Office, number: str, cause: Cause, work_day_minutes: int
) -> dict[str, Any]:
    """Everything the template prints, as texts."""
    minutes = work_day_minutes
    over = card.left_s is not None and card.left_s < 0
    span = wording.chinese_span(abs(card.left_s or 0), card.limit_unit, minutes)
    return {
        "title": TITLES[NoticeKind(rule.document)],
        "number": number,
        "office": office.name,
        "department": card.department.name if card.department else office.name,
        "discipline": office.discipline,
        "assignee": card.assignee.name if card.assignee else "",
        "subject": card.subject,
        "object": OBJECTS.get(card.watches, card.watches),
        "case_number": card.number,
        "stage": card.stage_name,
        "accepted": wording.chinese_time(timezone.localtime(cause.accepted_at)),
        "started": wording.chinese_time(timezone.localtime(card.started_at)),
        "limit": wording.chinese_limit(card.limit_value, card.limit_unit),
        "due": wording.chinese_time(timezone.localtime(card.due_at)) if card.due_at else "",
        "used": wording.chinese_span(card.used_s, card.limit_unit, minutes)
        if card.used_s is not None
        else "",
        "over": span if over else "",
        "rule": rule.name,
        "basis": rule.basis,
        "reason": cause.text,
        "urge_until": wording.chinese_time(timezone.localtime(card.urge_until)) if card.urge_until else "",
        "reply_until": wording.chinese_date(timezone.localtime(card.reply_due_at))
        if card.reply_due_at
        else "",
        "issuer": cause.issuer,
        "before": cause.before,
        "date": wording.chinese_date(timezone.localtime(card.raised_at)),
    }
