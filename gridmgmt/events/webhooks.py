"""Telling other systems: signed POSTs at least once, in order per subscription (docs/messages.md)."""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from geodata.errors import DomainError
from geodata.errors import mark as _
from geodata.ids import uuid7
from geodata.personal import seal, unseal
from gridmgmt.events import outbound, outbox
from gridmgmt.events.deliveries import WEBHOOK, Owed, Undelivered
from gridmgmt.events.models import Delivery, Subscription

COLUMN = "subscription.secret"
TEST_TOPIC = "webhook.test"
WINDOW_S = 300
LOG_ROWS = 100
# The test goes to one subscription alone, whatever topics it wants. Caller: send_test.
OWE_ONE = """
INSERT INTO events_delivery (event_id, consumer, target, queue)
SELECT id, %s, %s, 'webhooks' FROM events_outboxevent WHERE event_id = %s
"""


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A subscription and its secret in the clear: shown once, kept sealed."""

    subscription: Subscription
    secret: str


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """``v1=`` and HMAC-SHA256 over timestamp, a full stop and the body, in hex."""
    return "v1=" + hmac.digest(secret.encode(), timestamp.encode() + b"." + body, "sha256").hex()


def verify(secret: str, timestamp: str, body: bytes, signed: str, *, now: float) -> bool:
    """What a receiver does: the signature is right and not older (or newer) than five minutes."""
    if not timestamp.isdecimal() or abs(now - int(timestamp)) > WINDOW_S:
        return False
    return hmac.compare_digest(signature(secret, timestamp, body), signed)


def body_of(owed: Owed) -> bytes:
    """The same bytes at every try of the same event."""
    told = {
        "event_id": owed.event_id,
        "topic": owed.topic,
        "cell_code": owed.cell_code,
        "happened_at": owed.created_at.astimezone(timezone.get_default_timezone()).isoformat(),
        "payload": owed.payload,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def post(owed: Owed) -> dict[str, Any]:
    """Consumer of every event for one subscription: anything but a 2xx answer is a failed try."""
    row = Subscription.objects.filter(pk=owed.target).first()
    if row is None or not (row.active or owed.topic == TEST_TOPIC):
        return {"skipped": "inactive"}
    body, stamp = body_of(owed), str(int(timezone.now().timestamp()))
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "gridmgmt",
        "X-Grid-Event": owed.event_id,
        "X-Grid-Topic": owed.topic,
        "X-Grid-Sequence": str(owed.id),
        "X-Grid-Timestamp": stamp,
        "X-Grid-Signature": signature(secret_of(row), stamp, body),
    }
    try:
        answer = outbound.post(row.url, body, headers)
    except outbound.Refused as refused:
        raise Undelivered(str(refused)) from None
    told = {"status": answer.status, "ms": answer.ms}
    if not 200 <= answer.status < 300:
        raise Undelivered(f"http_{answer.status}", told)
    return told


def secret_of(row: Subscription) -> str:
    """The secret in the clear, for signing alone."""
    return unseal(bytes(row.secret_sealed), column=COLUMN, row=row.pk)


def subscribe(
    *, name: str, url: str, topics: Sequence[str], code_prefix: str, prefixes: Sequence[str]
) -> NewSecret:
    """A new subscription. Errors (422): webhook_incomplete, webhook_address; 403 webhook_outside_scope."""
    _check(name, url, topics, code_prefix, prefixes)
    row_id, secret = uuid7(), secrets.token_urlsafe(32)
    row = Subscription.objects.create(
        id=row_id,
        name=name.strip(),
        url=url.strip(),
        topics=list(topics),
        code_prefix=code_prefix,
        secret_sealed=seal(secret, column=COLUMN, row=row_id),
    )
    return NewSecret(row, secret)


def change(
    *,
    subscription_id: UUID,
    name: str,
    url: str,
    topics: Sequence[str],
    code_prefix: str,
    active: bool,
    prefixes: Sequence[str],
) -> Subscription:
    """Other values for a subscription. Switched off, it misses what happens meanwhile. Errors as ``subscribe``."""
    row = subscription(subscription_id, prefixes)
    _check(name, url, topics, code_prefix, prefixes)
    row.name, row.url, row.topics, row.code_prefix = name.strip(), url.strip(), list(topics), code_prefix
    row.active = active
    row.save()
    return row


def renew_secret(*, subscription_id: UUID, prefixes: Sequence[str]) -> NewSecret:
    """A new secret from now on; the old one signs nothing more."""
    row = subscription(subscription_id, prefixes)
    secret = secrets.token_urlsafe(32)
    row.secret_sealed = seal(secret, column=COLUMN, row=row.pk)
    row.save(update_fields=["secret_sealed"])
    return NewSecret(row, secret)


@transaction.atomic
def send_test(*, subscription_id: UUID, prefixes: Sequence[str]) -> None:
    """An event of topic webhook.test, to this subscription alone; the log tells how it went."""
    row = subscription(subscription_id, prefixes)
    event_id = outbox.append(
        topic=TEST_TOPIC, cell_code=row.code_prefix, payload={"subscription": str(row.pk)}
    )
    with connection.cursor() as cursor:
        cursor.execute(OWE_ONE, [WEBHOOK, str(row.pk), event_id])


def subscription(subscription_id: UUID, prefixes: Sequence[str]) -> Subscription:
    """One subscription of an administrator's area. Error: webhook_unknown 404."""
    row = Subscription.objects.filter(pk=subscription_id).first()
    if row is None or not any(row.code_prefix.startswith(prefix) for prefix in prefixes):
        raise DomainError(code="webhook_unknown", status=404, message=_("There is no such webhook."))
    return row


def subscriptions(prefixes: Sequence[str]) -> list[Subscription]:
    """The subscriptions of an administrator's area."""
    return [
        row
        for row in Subscription.objects.all()
        if any(row.code_prefix.startswith(prefix) for prefix in prefixes)
    ]


def log_of(row: Subscription) -> list[Delivery]:
    """The newest deliveries to a subscription, with their events. Index: delivery_target."""
    return list(
        Delivery.objects.filter(target=str(row.pk)).select_related("event").order_by("-id")[:LOG_ROWS]
    )


def _check(name: str, url: str, topics: Sequence[str], code_prefix: str, prefixes: Sequence[str]) -> None:
    if not name.strip() or not topics or not set(topics) <= set(settings.WEBHOOK_TOPICS):
        raise DomainError(
            code="webhook_incomplete", status=422, message=_("A webhook needs a name and at least one topic.")
        )
    if not code_prefix.isdecimal() and code_prefix:
        raise DomainError(code="webhook_area", status=422, message=_("The area is a code of digits."))
    if not any(code_prefix.startswith(prefix) for prefix in prefixes):
        raise DomainError(
            code="webhook_outside_scope", status=403, message=_("This area is not yours to share.")
        )
    try:
        outbound.target_of(url.strip())
    except outbound.Refused as refused:
        raise DomainError(
            code="webhook_address",
            status=422,
            message=_(
                "The address cannot be used: it must begin with https:// and name a system outside (%(why)s)."
            ),
            data={"why": str(refused)},
        ) from None
