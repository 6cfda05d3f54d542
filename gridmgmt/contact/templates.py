"""Templates of text messages, what was sent, what gateways tell about it, numbers that want no more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from geodata.errors import DomainError
from geodata.errors import mark as _
from gridmgmt.cases import reference
from gridmgmt.contact import phones, texts
from gridmgmt.contact.models import Message, MessageTemplate
from gridmgmt.organisation.queries import under
from gridmgmt.organisation.scope import Scope

AUDIENCES = (
    "reporter",
    "department",
    "assignee",
    "worker",
    "dispatcher",
    "registrar",
    "acceptor",
    "supervisor",
    "leader",
)
FOLLOW_UP = "follow_up"


def all_templates() -> QuerySet[MessageTemplate]:
    """Every template."""
    return MessageTemplate.objects.all()


def actions() -> list[tuple[str, str]]:
    """(step, its name) of the active flows, and what follows an unhappy answer."""
    flows = sorted(reference.current().active_flows.values(), key=lambda flow: -flow.id)
    found = {t.action: t.name for flow in flows for t in flow.transitions}
    return [*sorted(found.items()), (FOLLOW_UP, "不满意回访")]


def write(
    *,
    scope: Scope,
    key: str,
    name: str,
    action: str,
    audience: str,
    body: str,
    provider_code: str,
    active: bool,
) -> MessageTemplate:
    """Make or change a template. Errors: template_not_permitted 403, template_incomplete and those of ``texts.check`` 422."""
    if not scope.everything:
        raise DomainError(
            code="template_not_permitted",
            status=403,
            message=_("Templates hold for all; the installation's administrator writes them."),
        )
    known = {action_key for action_key, _name in actions()}
    if not (key.isascii() and key.replace("_", "").isalnum() and len(key) <= 24 and name) or (
        action not in known or audience not in AUDIENCES
    ):
        raise DomainError(
            code="template_incomplete",
            status=422,
            message=_("A template needs a key, a name, a step and whom it is for."),
        )
    texts.check(body)
    row, _made = MessageTemplate.objects.update_or_create(
        key=key,
        defaults={
            "name": name[:40], "action": action, "audience": audience, "body": body.strip()[:300],
            "provider_code": provider_code[:40], "active": active,
        },
    )  # fmt: skip
    return row


def sent(areas: Sequence[str], *, state: str = "") -> QuerySet[Message]:
    """Messages of these areas, newest first."""
    rows = Message.objects.filter(under("case__cell_code", areas))
    if state in Message.State.values:
        rows = rows.filter(state=state)
    return rows.select_related("template", "phone", "case").order_by("-made_at", "-id")


def settle(told: Sequence[tuple[str, bool, str]], *, at: datetime) -> int:
    """Delivery states from a gateway: (its id, delivered, error). The first one stands; unknown ids are ignored."""
    count = 0
    for provider_id, delivered, error in told:
        state = Message.State.DELIVERED if delivered else Message.State.FAILED
        if provider_id:
            count += Message.objects.filter(provider_id=provider_id, state=Message.State.SENT).update(
                state=state, error="" if delivered else error[:60], settled_at=at
            )
    return count


def opt_out(*, areas: Sequence[str], message: str, out: bool, at: datetime) -> None:
    """The number of a message that was sent in these areas wants no more (or wants them again). Error: message_unknown."""
    try:
        row = (
            Message.objects.filter(under("case__cell_code", areas), pk=UUID(message))
            .select_related("phone")
            .first()
        )
    except ValueError:
        row = None
    if row is None:
        raise DomainError(code="message_unknown", status=404, message=_("There is no such message."))
    phones.opt_out(phone=row.phone, at=at if out else None)
