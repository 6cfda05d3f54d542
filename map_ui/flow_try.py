"""What the simulator of flows reads from its address and shows: one trial is one address, which can be sent to a colleague."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from geodata.errors import DomainError
from gridmgmt.cases import flow_words, reference
from gridmgmt.cases.flow_messages import reason_words
from gridmgmt.cases.flow_trial import CLOCK, Matter, Offer, Position, Switches, Taken, Trial
from gridmgmt.cases.officehours import EVERYBODY
from gridmgmt.cases.workflow import Flow, TransitionDef
from map_ui import flow_page, flow_terms
from map_ui.flow_editor import marks_of
from map_ui.language import in_language

USUAL_LIMIT = (2, "work_day")
ASIDE = "~"
SWITCHES = {
    "overdue": _("Overdue"), "assigned": _("Somebody is assigned"), "exempt": _("The overdue is excused"),
}  # fmt: skip
MOST_DAYS = 365


@dataclass(frozen=True, slots=True)
class Asked:
    """A trial as its address describes it."""

    matter: Matter
    walked: tuple[Taken, ...]
    at: datetime
    switches: dict[str, str]
    marks: dict[str, str]

    def address(self, walked: Iterable[Taken] | None = None) -> str:
        """The query of the same trial with another walk; switches end with the step that was taken."""
        matter = self.matter
        query: list[tuple[str, str]] = [
            ("source", "public" if matter.is_public else "own"), ("begun", minute(matter.begun)),
            ("limit", str(matter.limit_value)), ("unit", matter.limit_unit),
        ]  # fmt: skip
        query += [("drawn", "1")] if matter.drawn else []
        steps = self.walked if walked is None else walked
        return urlencode(query + [("walk", walk_text(step)) for step in steps])


def read(given: QueryDict, now: datetime) -> tuple[Asked, Taken | None]:
    """The trial, and the step to be taken next when a button was pressed. Error flow_trial_unreadable 422."""
    begun = _instant(given, "begun") or now.replace(second=0, microsecond=0)
    unit = str(given.get("unit") or USUAL_LIMIT[1])
    if unit not in flow_words.LIMIT_UNITS:
        raise unreadable("unit")
    matter = Matter(
        is_public=given.get("source") == "public", begun=begun, limit_value=_whole(given, "limit", 1, 365) or USUAL_LIMIT[0],
        limit_unit=unit, drawn=given.get("drawn") == "1",
    )  # fmt: skip
    walked = tuple(_taken(str(text)) for text in given.getlist("walk"))
    last = walked[-1].at if walked else begun
    at = max(_instant(given, "at") or last, last)
    switches = {name: str(given[name]) for name in SWITCHES if given.get(name) in ("yes", "no")}
    marks = {
        name[5:]: str(given[name])
        for name in given
        if name.startswith("mark_") and given.get(name) in ("yes", "no")
    }
    action = str(given.get("next", ""))
    following = (
        Taken(action, at, _whole(given, "days", 1, MOST_DAYS), _day(given, "until")) if action else None
    )
    return Asked(matter, walked, at, switches, marks), following


def trial_of(flow: Flow, asked: Asked) -> Trial:
    """The trial by the calendar and office hours of the house."""
    known = reference.current()
    return Trial(flow, asked.matter, known.terms(EVERYBODY), known.active_flows)


def switches_of(asked: Asked, here: Position) -> Switches:
    """Facts set by hand."""
    chosen = {name: value == "yes" for name, value in asked.switches.items()}
    marks = None
    if asked.marks:
        added = {name for name, value in asked.marks.items() if value == "yes"}
        marks = (here.marks | added) - {name for name, value in asked.marks.items() if value == "no"}
    return Switches(chosen.get("overdue"), chosen.get("assigned"), chosen.get("exempt"), marks)


def shown(flow: Flow, asked: Asked) -> dict[str, Any]:
    """The page. Errors of the trial."""
    trial = trial_of(flow, asked)
    positions = trial.walk(asked.walked)
    here = positions[-1]
    switches = switches_of(asked, here)
    facts = trial.facts(here, asked.at, switches)
    offers = [_offer(trial, here, offer, asked) for offer in trial.offers(here, asked.at, switches)]
    names = flow_page.flow_names()
    elsewhere = [
        flow_page.step_line(here.flow, place, step, names) for place, step in _elsewhere(trial, here)
    ]
    return {
        "here": here, "stage": in_language(here.here),
        "owner": flow_terms.role(here.here.owner_role) if here.here.owner_role else "",
        "lamp": lamp_of(here, asked.at), "changed_flow": here.flow.key != flow.key, "here_flow": here.flow,
        "open": [each for each in offers if each["offer"].open], "closed": [each for each in offers if not each["offer"].open],
        "elsewhere": elsewhere, "history": _history(positions, asked), "facts": facts, "requests": _requests(here),
        "switches": [(name, label, asked.switches.get(name, ""), getattr(facts, name)) for name, label in SWITCHES.items()],
        "marks": [(mark, asked.marks.get(mark, ""), mark in facts.marks) for mark in _marks(here.flow, here)],
        "lapsed": flow_page.joined(_request_name(here.flow, kind) for kind in here.lapsed),
    }  # fmt: skip


def _elsewhere(trial: Trial, here: Position) -> list[tuple[int, TransitionDef]]:
    steps = trial.elsewhere(here)
    return [(place, step) for place, step in enumerate(here.flow.transitions) if step in steps]


def _marks(flow: Flow, here: Position) -> list[str]:
    guards = [guard for step in flow.transitions for guard in step.guards]
    asked = [
        flow_words.argument_of(guard)
        for guard in guards
        if flow_words.word_of(guard) in ("marked", "unmarked")
    ]
    return sorted({*marks_of(flow), *asked, *here.marks})


def _offer(trial: Trial, here: Position, offer: Offer, asked: Asked) -> dict[str, Any]:
    """One step of this stage in words, with what it would do."""
    place = here.flow.transitions.index(offer.step)
    line = flow_page.step_line(here.flow, place, offer.step, flow_page.flow_names())
    why = [reason_words(reason) for reason in offer.reasons]
    why += [offer.refusal.text()] if offer.refusal else []
    return {
        "offer": offer,
        "line": line,
        "why": why,
        "clock": clock_words(here, offer),
        "wants": _wants(offer.step),
    }


def _wants(step: TransitionDef) -> tuple[str, ...]:
    """What the trial itself needs to know of a step."""
    days = "days" in step.fields or CLOCK.get(step.clock_effect) == "extend"
    return tuple(name for name, wanted in (("days", days), ("until", "until" in step.fields)) if wanted)


def clock_words(here: Position, offer: Offer) -> str:
    """What the step does to the deadline."""
    if offer.after is None:
        return ""
    before, after = here.clock, offer.after.clock
    if after.paused_at and not before.paused_at:
        return gettext("time stands still from then on")
    if after.stopped_at and not before.stopped_at:
        return gettext("the clock stops")
    if after.started_at != before.started_at:
        return gettext("the clock begins; due %(new)s") % {"new": _stamp(after.due_at)}
    if after.due_at != before.due_at:
        values = {"old": _stamp(before.due_at), "new": _stamp(after.due_at)}
        return gettext("the deadline moves from %(old)s to %(new)s") % values
    return ""


def lamp_of(here: Position, at: datetime) -> str:
    """As the lamp of a case would be."""
    state = here.clock
    if here.here.is_final:
        return "done"
    if state.paused_at and (state.wait_ends_at is None or state.wait_ends_at > at):
        return "grey"
    until = state.stopped_at or at
    if state.due_at is not None and state.due_at <= until:
        return "red"
    return (
        "yellow" if state.near_at is not None and state.near_at <= until and not state.stopped_at else "green"
    )


def _history(positions: list[Position], asked: Asked) -> list[dict[str, Any]]:
    """The walk so far: each step, where it led, and the address that goes back to before it."""
    found: list[dict[str, Any]] = [
        {
            "name": gettext("Report comes in"),
            "stage": in_language(positions[0].here),
            "at": asked.matter.begun,
        }
    ]
    for number, (before, after, taken) in enumerate(
        zip(positions, positions[1:], asked.walked, strict=False)
    ):
        step = before.flow.find(before.stage, taken.action, is_public=asked.matter.is_public)
        found.append({
            "name": in_language(step) if step else taken.action, "stage": in_language(after.here), "at": taken.at,
            "back": asked.address(asked.walked[:number]),
        })  # fmt: skip
    return found


def _requests(here: Position) -> str:
    said = []
    for kind, level in here.open_requests.items():
        words_of_level = gettext(", endorsed %(n)d times") % {"n": level} if level else ""
        said.append(_request_name(here.flow, kind) + words_of_level)
    return flow_page.joined(said)


def _request_name(flow: Flow, kind: str) -> str:
    return in_language(flow.requests[kind]) if kind in flow.requests else kind


def minute(at: datetime) -> str:
    """For an input of type datetime-local."""
    return timezone.localtime(at).strftime("%Y-%m-%dT%H:%M")


def walk_text(step: Taken) -> str:
    """A step as the address carries it: action~minute~days~date."""
    parts = [step.action, minute(step.at), str(step.days or ""), step.until.isoformat() if step.until else ""]
    return ASIDE.join(parts)


def _taken(text: str) -> Taken:
    parts = QueryDict(mutable=True)
    names = ("action", "at", "days", "until")
    pieces = text.split(ASIDE)
    if len(pieces) != len(names) or not pieces[0]:
        raise unreadable("walk")
    parts.update(dict(zip(names, pieces, strict=True)))
    at = _instant(parts, "at")
    if at is None:
        raise unreadable("walk")
    return Taken(pieces[0], at, _whole(parts, "days", 1, MOST_DAYS), _day(parts, "until"))


def _instant(given: QueryDict, name: str) -> datetime | None:
    text = str(given.get(name, "")).strip()
    if not text:
        return None
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None or not 2000 <= found.year < 2100:
        raise unreadable(name)
    return found if timezone.is_aware(found) else timezone.make_aware(found)


def _day(given: QueryDict, name: str) -> date | None:
    text = str(given.get(name, "")).strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise unreadable(name) from None


def _whole(given: QueryDict, name: str, least: int, most: int) -> int | None:
    text = str(given.get(name, "")).strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or not least <= int(text[:9]) <= most:
        raise unreadable(name)
    return int(text)


def _stamp(at: datetime | None) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M") if at else "–"


def next_time(asked: Asked) -> str:
    """The time that a form begins with: half an hour after the last step, so that a walk moves on."""
    return minute(
        asked.at + timedelta(minutes=30) if asked.walked and asked.at == asked.walked[-1].at else asked.at
    )


def unreadable(field: str) -> DomainError:
    """An address that no form of ours makes, or a time that is none."""
    return DomainError(
        code="flow_trial_unreadable", status=422, message="Please check the times and numbers you entered (%(field)s).",
        data={"field": field},
    )  # fmt: skip
