"""Topics, audiences and gateways of messages in words of the page's language."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from gridmgmt.contact.templates import FOLLOW_UP
from gridmgmt.organisation.models import Role

TOPICS = {
    "case.reported": _("a case was reported"),
    "case.stepped": _("a case took a step"),
    "photo.stored": _("a photo was stored"),
    "rating.given": _("a reporter rated"),
    "edition.activated": _("a cell edition was activated"),
    "supervision.card": _("a supervision card was raised or moved"),
    "webhook.test": _("a test message"),
}
AUDIENCES = {
    "reporter": _("the reporter"),
    "department": _("the department that answers"),
    "assignee": _("the person who handles it"),
}
GATEWAYS = {
    "console": _("only the server's log, nothing is sent"),
    "file": _("a file on the server, nothing is sent"),
    "http": _("an HTTP gateway"),
    "aliyun": _("Aliyun"),
    "tencent": _("Tencent Cloud"),
}


def topic_name(topic: str) -> str:
    """What a topic of the outbox tells; the topic itself where nobody gave it words."""
    return gettext(TOPICS[topic]) if topic in TOPICS else topic


def audience_name(audience: str) -> str:
    """Whom a text message reaches."""
    return gettext(AUDIENCES[audience]) if audience in AUDIENCES else str(Role(audience).label)


def gateway_name(backend: str) -> str:
    """Where text messages go."""
    return gettext(GATEWAYS[backend])


def step_name(action: str, steps: dict[str, str]) -> str:
    """A step by the name the active flows give it."""
    return gettext("Follow-up") if action == FOLLOW_UP else steps.get(action, action)
