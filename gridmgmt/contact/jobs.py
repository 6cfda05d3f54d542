"""Consumers of events: notices and text messages. Each bears to run again: rows are unique by event."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from geodata.ids import uuid7
from geodata.personal import seal, unseal
from gridmgmt.cases import reference
from gridmgmt.cases.models import Case, CaseHistory
from gridmgmt.cases.workflow import REPORT, Flow
from gridmgmt.contact import audience, phones, receipts, sms, texts
from gridmgmt.contact.models import Message, MessageTemplate, Notice, Phone, ReporterPhone, StaffPhone
from gridmgmt.contact.progress import CLOSED
from gridmgmt.contact.public_words import words_of
from gridmgmt.events import outbox, personal_feed
from gridmgmt.events.deliveries import Undelivered

logger = logging.getLogger("gridmgmt.contact")

CONTENT = "contact.message"
PER_HOUR, PER_DAY = 5, 12
# Notices that nobody opened are of no use after three months.
KEEP = timedelta(days=90)


def notify(event_id: str, payload: dict[str, Any]) -> None:
    """Consumer of case.reported, case.stepped and follow_up.opened: the notices and messages the flow asks for."""
    case = (
        Case.objects.select_related("department", "category", "source", "reporter")
        .filter(pk=payload["case"])
        .first()
    )
    if case is None:
        return
    flow, now = reference.current().flows[case.procedure_id], timezone.now()
    action = payload.get("action", "follow_up")
    words = _words(flow, case, payload)
    people = audience.recipients(case, words, at=now)
    people.pop(_actor(case, payload), None)  # type: ignore[arg-type]
    with transaction.atomic():
        _keep_notices(event_id, payload, case, people, action, now)
        _keep_messages(UUID(event_id), case, people, words, action, payload, now)
    personal_feed.tell(people, topic="notice")


def _words(flow: Flow, case: Case, payload: dict[str, Any]) -> list[str]:
    """Whom the flow wants told: with the event, for a report by the flow's first step, for a follow-up the supervisor."""
    if "value" in payload:
        return ["supervisor"]
    told = payload.get("notify")
    if told is None:
        first = flow.find("", REPORT, is_public=case.source.is_public)
        told = first.notify if first else ""
    return [word for word in str(told).split("|") if word]


def _actor(case: Case, payload: dict[str, Any]) -> UUID | None:
    """Who took the step: they know already."""
    row = CaseHistory.objects.filter(case=case, seq=payload.get("version", 0)).first()
    return row.actor_id if row else None


def _keep_notices(
    event_id: str, payload: dict[str, Any], case: Case, people: dict[UUID, str], action: str, now: datetime
) -> None:
    topic = "follow_up.opened" if action == "follow_up" else "case"
    Notice.objects.bulk_create(
        [
            Notice(
                user_id=user_id, event_id=event_id, case=case, topic=topic, action=action,
                stage=payload.get("stage", ""), why=word, made_at=now,
            )
            for user_id, word in people.items()
        ],
        ignore_conflicts=True,
    )  # fmt: skip


def _keep_messages(
    event_id: UUID,
    case: Case,
    people: dict[UUID, str],
    words: list[str],
    action: str,
    payload: dict[str, Any],
    now: datetime,
) -> None:
    """One message for each template of this step and each number of its audience; the outbox sends them."""
    for template in MessageTemplate.objects.filter(action=action, audience__in=words, active=True):
        chosen = [user_id for user_id, word in people.items() if word == template.audience]
        numbers = {row.phone for row in StaffPhone.objects.filter(user__in=chosen).select_related("phone")}
        if template.audience == "reporter":
            numbers |= {row.phone for row in ReporterPhone.objects.filter(case=case).select_related("phone")}
        for phone in numbers:
            _keep_message(event_id, template, phone, case, payload, now)


def _keep_message(
    event_id: UUID,
    template: MessageTemplate,
    phone: Phone,
    case: Case,
    payload: dict[str, Any],
    now: datetime,
) -> None:
    if Message.objects.filter(event_id=event_id, template=template, phone=phone).exists():
        return
    values = _values(template, case, payload, now)
    message_id = uuid7()
    Message.objects.create(
        id=message_id, event_id=event_id, template=template, phone=phone, case=case, made_at=now,
        segments=texts.segments(texts.fill(template.body, values)),
        content_sealed=seal(json.dumps(values, ensure_ascii=False), column=CONTENT, row=message_id),
    )  # fmt: skip
    outbox.append(topic="sms.wanted", cell_code=case.cell_code, payload={"message": str(message_id)})


def _values(template: MessageTemplate, case: Case, payload: dict[str, Any], now: datetime) -> dict[str, str]:
    """The variables a template names. A link is made only for a template that wants one and a case that can be rated."""
    flow = reference.current().flows[case.procedure_id]
    wanted = texts.used(template.body)
    values = {
        "number": case.number,
        "category": case.category.name,
        "stage": words_of(flow, payload.get("stage", case.stage)).name,
        "department": case.department.name if case.department else "",
        "date": timezone.localtime(case.due_at).strftime("%Y-%m-%d %H:%M") if case.due_at else "",
    }
    if "link" in wanted and case.stage == CLOSED:
        path = reverse("map_ui:rate_link", args=[receipts.make_link(case=case, at=now)])
        values["link"] = settings.PUBLIC_ORIGIN + path
    return {name: values.get(name, "") for name in wanted}


def send_message(event_id: str, payload: dict[str, Any]) -> None:
    """Consumer of sms.wanted: hand one message to the gateway. A gateway that knows our id sends it once."""
    with transaction.atomic():
        row = (
            Message.objects.select_for_update(of=("self",))
            .select_related("phone", "template")
            .get(pk=payload["message"])
        )
        if row.state != Message.State.WAITING:
            return
        now = timezone.now()
        why = "opted_out" if row.phone.opted_out_at else _too_many(row.phone, now)
        if why:
            row.state, row.error, row.settled_at = Message.State.REFUSED, why, now
            row.save()
            return
        values = json.loads(unseal(bytes(row.content_sealed), column=CONTENT, row=row.pk))
        outgoing = sms.Outgoing(
            id=str(row.pk), number=phones.opened(row.phone), text=texts.fill(row.template.body, values),
            template=row.template.provider_code, values=values,
        )  # fmt: skip
        try:
            row.provider_id = sms.backend().send(outgoing)[:80]
        except sms.Failed as error:
            raise Undelivered(str(error)) from None
        row.state, row.sent_at = Message.State.SENT, now
        row.save()


def _too_many(phone: Phone, now: datetime) -> str:
    """ "rate_limited" when this number has had its share of the hour or the day."""
    sent = phone.messages.filter(sent_at__gt=now - timedelta(days=1))
    hour = sent.filter(sent_at__gt=now - timedelta(hours=1)).count()
    return "rate_limited" if hour >= PER_HOUR or sent.count() >= PER_DAY else ""


def forget(now: datetime) -> None:
    """Daily: notices older than three months."""
    Notice.objects.filter(made_at__lt=now - KEEP).delete()
