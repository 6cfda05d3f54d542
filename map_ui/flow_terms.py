"""The words of flows for people: each word of `flow_words` with a short name and what it means. A test compares the lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from gridmgmt.cases import flow_words, step_fields
from gridmgmt.cases.models import ProcedureKind, ProcedureState, StepField
from gridmgmt.cases.models.catalogue import LimitUnit
from gridmgmt.cases.workflow import Flow
from map_ui.case_page import FIELD_NAMES
from map_ui.case_parts import role_name
from map_ui.language import in_language

Explained = Mapping[str, tuple[str | Promise, str | Promise]]

RELATIONS: Explained = {
    "any": (_("in their area"), _("Whoever holds the role where the case lies.")),
    "own_cell": (_("for the cell"), _("Holds the role for the cell, or for an area around it.")),
    "own_department": (_("in the department"), _("Works in the department that has the case, or above it.")),
    "assignee": (_("assigned"), _("Only the person the case is assigned to.")),
}
LAMPS: Explained = {
    "running": (_("running"), _("The clock of the case goes on.")),
    "paused": (_("paused"), _("The clock stands still: steps into it pause, a step out of it resumes.")),
    "final": (_("final"), _("The case is over: no owner, no limit.")),
}
CLOCK_EFFECTS: Explained = {
    "none": (_("nothing"), _("The clock goes on as it was.")),
    "start_handle": (_("starts"), _("The limit begins to run: somebody has been made to act.")),
    "stop_handle": (_("stops"), _("The work is reported done; whether it was in time is settled.")),
    "pause": (_("pauses"), _("Time stands still until a step resumes it, or until the date given.")),
    "wait_special": (_("waits for a special procedure"), _("Does not count, at most for the days given.")),
    "wait_supplement": (_("waits for documents"), _("Does not count until they are there.")),
    "resume": (_("resumes"), _("What was left of the limit is left again.")),
    "restart_handle": (_("starts anew"), _("The whole limit begins again from now.")),
    "extend": (_("is extended"), _("By the days granted, at most by the original limit.")),
    "stop": (_("ends"), _("The case ends; a clock that runs is stopped.")),
}
EFFECTS: Explained = {
    "rework": (_("rework"), _("Counts that the work had to be done again.")),
    "reopened": (_("reopened"), _("The case is marked as reopened; an end may be left.")),
    "exempt": (_("excused"), _("An overdue is excused; limits and instants stay.")),
    "misdispatch": (_("misdispatch"), _("Counted when another department gets the case.")),
    "unassign": (_("assignment taken back"), _("Nobody is assigned any more.")),
    "unmerge": (_("leaves its master"), _("The case goes its own way again; an end may be left.")),
    "mark": (_("notes a mark"), _("A fact other steps can ask for.")),
    "branch": (
        _("begins branches by"),
        _("A part for each department named, by that flow; from here on it is a joint case."),
    ),
    "branches_again": (_("branches take again"), _("Finished branches, those named or all, take this step.")),
    "branches_end": (
        _("branches end by"),
        _("Every branch that runs takes this step; it is a joint case no more."),
    ),
    "drop": (_("drops the branch"), _("The branch ends without being done.")),
}
GUARDS: Explained = {
    "overdue": (_("overdue"), _("Only after the limit has passed.")),
    "not_overdue": (_("not overdue"), _("Only before the limit has passed.")),
    "assigned": (_("assigned"), _("Only while somebody is assigned.")),
    "unassigned": (_("not assigned"), _("Only while nobody is assigned.")),
    "not_exempt": (_("not excused"), _("Only when the overdue has not been excused.")),
    "marked": (_("has the mark"), _("Only after a step has noted the mark.")),
    "unmarked": (_("lacks the mark"), _("Only until a step notes the mark.")),
    "joint": (_("joint"), _("Only while several departments handle it.")),
    "not_joint": (_("not joint"), _("Only while one department handles it.")),
    "branches_done": (_("all branches over"), _("Only when no branch runs any more.")),
    "not_last": (_("not the last"), _("Only while another branch runs or is done.")),
    "undrawn": (_("not drawn"), _("Only for cases that were not drawn for a check; the number is the share drawn, in percent.")),
}  # fmt: skip
TRIGGERS: Explained = {
    "": (_("never"), _("Only people take it.")),
    "until": (_("on the date of the pause"), _("The platform takes it when the date of a pause has come.")),
    "branch": (_("when a branch moves"), _("The platform takes it when a branch ends, begins or changes the deadline.")),
    "branches_done": (_("when all branches are over"), _("The platform takes it in the step that ends the last branch.")),
    "parent": (_("when its case says so"), _("The platform takes it on a branch by a step of the joint case.")),
    "stage_limit": (_("when the stage is over its limit"), _("The platform takes it when the limit of the stage has passed.")),
}  # fmt: skip
MOVES: Explained = {
    "": (_("nothing"), _("The step has nothing to do with a request.")),
    "ask": (_("asks"), _("Opens a request; one at a time.")),
    "endorse": (_("endorses"), _("The first of two approvals.")),
    "grant": (_("grants"), _("Decides for the request.")),
    "refuse": (_("refuses"), _("Decides against the request.")),
    "withdraw": (_("withdraws"), _("Takes the request back.")),
}
CONDITIONS: Explained = {
    "": (_("all cases"), _("Whoever reported.")),
    "own": (pgettext_lazy("reports", "own"), _("Only what our own people reported.")),
    "public": (pgettext_lazy("reports", "public"), _("Only what residents or other systems reported.")),
}
TONES: Explained = {
    "go": (_("forward"), _("The usual way; the main button.")),
    "refuse": (_("refusal"), _("Back or against; a red button.")),
    "aside": (_("aside"), _("Something else that can be done; a plain button.")),
}
FIELD_HINTS: Mapping[str, str | Promise] = {
    "text": _("Words about what was done."),
    "reason": _("Words that say why."),
    "photo_after": _("As many photos of the work as the case standard says."),
    "photo_site": _("A photo taken since this stage began."),
    "until": _("A day ahead, at most a year."),
    "days": _("Days of delay or of waiting."),
    "point": _("A place on the map."),
    "master": _("The case that this one follows."),
    "departments": _("Two to eight departments, one of which leads; each may have its own standard."),
    "branches": _("Which branches the step concerns."),
}


@dataclass(frozen=True, slots=True)
class Term:
    """One word: as flows are written, as people read it, what it means, and whether it needs an argument."""

    word: str
    name: str
    hint: str = ""
    argued: bool = False


def terms(words: Iterable[str], explained: Explained) -> list[Term]:
    """Words of the engine with their explanation; one that nobody has explained shows itself."""
    known = ((word, explained.get(word, (word, ""))) for word in words)
    return [Term(word, str(name), str(hint)) for word, (name, hint) in known]


def argued_terms(words: Mapping[str, bool], explained: Explained) -> list[Term]:
    """The same for words of which some need an argument."""
    return [Term(each.word, each.name, each.hint, words[each.word]) for each in terms(words, explained)]


def name_of(term: str, explained: Explained) -> str:
    """A word with its argument in the page's language."""
    word, argument = flow_words.word_of(term), flow_words.argument_of(term)
    name = str(explained.get(word, (word, ""))[0])
    return f"{name} {argument}" if argument else name


def role(word: str) -> str:
    """Who may take a step."""
    return gettext("the platform") if word == flow_words.SYSTEM else role_name(word) or word


def audience(word: str) -> str:
    """Whom a step tells."""
    others = {
        "reporter": gettext("the reporter"), "department": gettext("the department"), "assignee": gettext("who is assigned"),
    }  # fmt: skip
    return others.get(word) or role(word)


def roles() -> list[Term]:
    """Every role a step may name."""
    order = ("worker", "acceptor", "registrar", "dispatcher", "handler", "leader", "supervisor", "staff")
    known = [word for word in order if word in flow_words.ROLES]
    rest = sorted(flow_words.ROLES - {*known, flow_words.SYSTEM})
    return [Term(word, role(word)) for word in (*known, *rest, flow_words.SYSTEM)]


def audiences() -> list[Term]:
    """Everybody a step may tell."""
    extra = [word for word in ("reporter", "department", "assignee") if word in flow_words.AUDIENCE]
    people = [each.word for each in roles() if each.word in flow_words.AUDIENCE]
    return [Term(word, audience(word)) for word in (*extra, *people)]


def fields_of(flow: Flow) -> list[Term]:
    """Every field a step of the flow may ask for: its own first."""
    own = [Term(each.key, in_language(each)) for each in flow.fields.values()]
    rest = step_fields.names() - flow.fields.keys()
    known = [key for key in FIELD_NAMES if key in rest]
    others = [*known, *sorted(rest - set(known))]
    return own + [Term(key, field_words(flow, key), str(FIELD_HINTS.get(key, ""))) for key in others]


def field_words(flow: Flow, key: str) -> str:
    """A field in the page's language."""
    own = flow.fields.get(key)
    return in_language(own) if own else str(FIELD_NAMES.get(key, key))


LIMIT_UNITS: Explained = {word: (label, "") for word, label in LimitUnit.choices}
KINDS: Explained = {word: (label, "") for word, label in ProcedureKind.choices}
STATES: Explained = {word: (label, "") for word, label in ProcedureState.choices}
FIELD_KINDS: Explained = {word: (label, "") for word, label in StepField.Kind.choices}


def terms_of(name: str) -> list[Term]:
    """A whole list of the engine, by its name there and here."""
    return terms(getattr(flow_words, name), globals()[name])
