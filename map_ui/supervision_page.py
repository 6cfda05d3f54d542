"""Filters and words of the pages of supervision; what cannot be read in an address is left out, never an error page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gridmgmt.cases import reference
from gridmgmt.organisation.models import User
from gridmgmt.organisation.scope import Scope
from gridmgmt.supervision import actions, queries
from gridmgmt.supervision.models import Card, CardEvent, CardLevel, CardState, NoticeKind, SupervisionRule
from gridmgmt.supervision.queries import CardFilters, Load
from map_ui import words
from map_ui.case_filters import area_choices, department_choices
from map_ui.language import in_language

LEVEL_ORDER = ("red", "yellow", "urged", "warning")
TEXTS = ("level", "state", "waiting", "watches", "department", "code", "order")
LONGEST = 60
WAITING = ("answer", "late")
EVENTS = {
    "raise": _("raised"),
    "serve": _("served"),
    "answer": _("answered"),
    "ask_cancel": _("cancelling proposed"),
    "cancel": _("cancelled"),
    "keep": _("not cancelled"),
}
STEPS = {
    "serve": _("Mark as served"),
    "answer": _("Answer"),
    "ask_cancel": _("Propose to cancel"),
    "cancel": _("Cancel the card"),
    "keep": _("Do not cancel"),
}
WATCHED = {"case": _("handling"), "stage": _("stage"), "application": _("application")}


def read_filters(given: Mapping[str, str]) -> CardFilters:
    """Filters from query parameters."""
    texts = {name: given.get(name, "").strip().replace("\x00", "")[:LONGEST] for name in (*TEXTS, "text")}
    known: dict[str, tuple[str, ...]] = {
        "level": tuple(CardLevel.values),
        "state": tuple(CardState.values),
        "waiting": WAITING,
        "order": tuple(queries.ORDERS),
    }
    for name, values in known.items():
        if texts[name] not in values:
            texts[name] = "newest" if name == "order" else ""
    return CardFilters(**texts, since=_day(given.get("since", "")), until=_day(given.get("until", "")))


def as_query(filters: CardFilters, **changes: object) -> str:
    """The address part for the filters with some of them changed; defaults are left out."""
    plain = CardFilters()
    names = (*TEXTS, "text", "since", "until")
    pairs = {n: getattr(filters, n) for n in names if getattr(filters, n) != getattr(plain, n)}
    return urlencode({name: value for name, value in (pairs | changes).items() if value})


def choices(scope: Scope) -> dict[str, Any]:
    """What the selects of the list offer."""
    return {
        "levels": [(level, str(CardLevel(level).label)) for level in LEVEL_ORDER],
        "states": [(state, str(CardState(state).label)) for state in CardState.values],
        "departments": department_choices(scope),
        "areas": area_choices(scope),
        "orders": [
            ("newest", gettext("Newest first")),
            ("oldest", gettext("Oldest first")),
            ("reply", gettext("Answer due first")),
        ],
    }


@dataclass(frozen=True, slots=True)
class TrailRow:
    """One event of a card in words."""

    name: str
    who: str
    at: datetime
    text: str
    late: bool
    plan_date: str


def trail(card: Card) -> list[TrailRow]:
    """What happened to a card, oldest first."""
    return [
        TrailRow(
            name=str(EVENTS.get(event.action, event.action)),
            who=event.actor.name if event.actor else gettext("the platform"),
            at=event.at,
            text=event.text,
            late=bool(event.data.get("late")),
            plan_date=event.data.get("plan_date", ""),
        )
        for event in _events(card)
    ]


def _events(card: Card) -> list[CardEvent]:
    return list(card.events.all())


def steps(card: Card, user: User) -> list[tuple[str, str]]:
    """Steps the user may take, with their names."""
    return [(action, str(STEPS[action])) for action in actions.permitted(card, user)]


def facts(card: Card) -> list[tuple[str, str]]:
    """The snapshot that caused the card, in words."""
    hours = reference.current().terms(card.department.path if card.department else "").hours
    minutes = hours.work_day_minutes
    rows = [(gettext("Rule"), rule_name(card.rule_key)), (gettext("Watched"), watched(card))]
    if card.limit_value:
        rows.append((gettext("Limit"), words.limit(card.limit_value, card.limit_unit)))
    if card.used_s is not None:
        rows.append((gettext("Time used"), words.worked(card.used_s, card.limit_unit, minutes)))
    if card.left_s is not None:
        label = gettext("Over by") if card.left_s < 0 else gettext("Time left")
        rows.append((label, words.worked(abs(card.left_s), card.limit_unit, minutes)))
    if card.finished_late:
        rows.append(
            (gettext("Remark"), gettext("The work was finished late; the card is a fact without document."))
        )
    return rows


def watched(card: Card) -> str:
    """What was watched: the handling, or which stage."""
    name = str(WATCHED.get(card.watches, card.watches))
    return name if card.watches == "case" else f"{name}: {in_language(card, 'stage_name')}"


def rule_name(key: str) -> str:
    """A rule in the page's language; the newest row of its key."""
    rule = SupervisionRule.objects.filter(key=key).order_by("-valid_from").first()
    return in_language(rule) if rule else key


def notice_title(kind: str) -> str:
    """A kind of document in the page's language."""
    return str(NoticeKind(kind).label)


@dataclass(frozen=True, slots=True)
class StageLoad:
    """A stage with its load, in flow order."""

    name: str
    load: Load


def stage_loads(scope: Scope, now: datetime) -> list[StageLoad]:
    """Stages of all active flows in order, those without open cases too."""
    loads = queries.loads_by_stage(scope, now=now)
    names: dict[str, str] = {}
    for flow in sorted(reference.current().flows.values(), key=lambda flow: (not flow.active, flow.id)):
        for stage in sorted(flow.stages.values(), key=lambda stage: stage.order):
            if not stage.is_final and (flow.active or stage.key in loads):
                names.setdefault(stage.key, in_language(stage))
    return [StageLoad(name, loads.get(key, Load(key))) for key, name in names.items()]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
