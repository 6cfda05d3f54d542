"""The words flows are written in, whatever they are about. Pure; what each means: docs/flows.md.

A word may carry an argument after a colon: ``mark:verify_overdue``.
"""

from __future__ import annotations

from collections.abc import Iterable

SYSTEM = "system"
ROLES = frozenset(
    {"worker", "acceptor", "registrar", "dispatcher", "handler", "leader", "supervisor", "staff", SYSTEM}
)
RELATIONS = ("any", "own_cell", "own_department", "assignee")
# Whom a step may tell; delivery belongs to the readers of the outbox.
AUDIENCE = frozenset({*ROLES, "reporter", "department", "assignee"})
LIMIT_UNITS = ("urgent_hour", "urgent_day", "work_hour", "work_day")
LAMPS = ("running", "paused", "final")
CONDITIONS = ("", "own", "public")
CLOCK_EFFECTS = (
    "none",
    "start_handle",
    "stop_handle",
    "pause",
    "wait_special",
    "wait_supplement",
    "resume",
    "restart_handle",
    "extend",
    "stop",
)
# Fields the engine itself understands; apps add theirs by settings.STEP_FIELDS, flows by rows of StepField.
FIELDS = frozenset(
    [
        "category",
        "point",
        "text",
        "reason",
        "department",
        "standard",
        "photo_site",
        "photo_after",
        "master",
        "until",
        "staff",
        "days",
        "departments",
        "branches",
    ]
)
FIELD_KINDS = ("text", "number", "date", "choice", "yes_no")
# What a step does to the matter besides stage and clock. True: the word needs an argument.
EFFECTS = {
    "rework": False,
    "reopened": False,
    "exempt": False,
    "misdispatch": False,
    "unassign": False,
    "unmerge": False,
    "mark": True,
    "branch": True,
    "branches_again": True,
    "branches_end": True,
    "drop": False,
}
# What must hold, so that the step is offered at all.
GUARDS = {
    "overdue": False,
    "not_overdue": False,
    "assigned": False,
    "unassigned": False,
    "not_exempt": False,
    "marked": True,
    "unmarked": True,
    "joint": False,
    "not_joint": False,
    "branches_done": False,
    "not_last": False,
    "undrawn": True,
}
# Words whose argument is a whole number: a percentage.
COUNTED = frozenset({"undrawn"})
# When the platform takes a step by itself.
TRIGGERS = ("", "until", "stage_limit", "branch", "branches_done", "parent")
MOVES = ("", "ask", "endorse", "grant", "refuse", "withdraw")
DECISIONS = frozenset({"grant", "refuse"})
TONES = ("go", "refuse", "aside")
KINDS = ("incident", "application", "contact")


def word_of(term: str) -> str:
    """The word before the colon."""
    return term.partition(":")[0]


def argument_of(term: str) -> str:
    """What stands after the colon, "" when nothing does."""
    return term.partition(":")[2]


def branch_flows(effects: Iterable[str]) -> list[str]:
    """Flows by which the branches run that a step with these effects begins."""
    return [argument_of(term) for term in effects if word_of(term) == "branch"]


def known_term(term: str, words: dict[str, bool]) -> bool:
    """True for a word of the list that carries an argument exactly when it must."""
    word, colon, argument = term.partition(":")
    if word in COUNTED and not argument.isdecimal():
        return False
    return word in words and words[word] == bool(argument) and bool(colon) == bool(argument)
