"""May a step be taken on a matter as it stands, whoever asks? Pure: facts in, reason codes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gridmgmt.cases.flow_words import argument_of, word_of
from gridmgmt.cases.workflow import Flow, TransitionDef


@dataclass(frozen=True, slots=True)
class Facts:
    """What guards look at. ``open_requests``: kind → endorsements so far; ``granted``: kind → how often.
    ``asked``: kind → what the open request asks for. ``draw``: 0 to 99, the same for a matter for ever.
    ``running``: branches of a joint matter that are not over; ``others``: further branches beside one, dropped ones not.
    """

    overdue: bool = False
    assigned: bool = False
    exempt: bool = False
    marks: frozenset[str] = frozenset()
    draw: int = 99
    joint: bool = False
    running: int = 0
    others: int = 0
    open_requests: Mapping[str, int] = field(default_factory=dict)
    granted: Mapping[str, int] = field(default_factory=dict)
    asked: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


CHECKS: dict[str, Callable[[Facts, str], bool]] = {
    "overdue": lambda facts, _argument: facts.overdue,
    "not_overdue": lambda facts, _argument: not facts.overdue,
    "assigned": lambda facts, _argument: facts.assigned,
    "unassigned": lambda facts, _argument: not facts.assigned,
    "not_exempt": lambda facts, _argument: not facts.exempt,
    "marked": lambda facts, argument: argument in facts.marks,
    "unmarked": lambda facts, argument: argument not in facts.marks,
    "joint": lambda facts, _argument: facts.joint,
    "not_joint": lambda facts, _argument: not facts.joint,
    "branches_done": lambda facts, _argument: facts.joint and not facts.running,
    "not_last": lambda facts, _argument: facts.others > 0,
    "undrawn": lambda facts, argument: facts.draw >= int(argument),
}


def blocked(flow: Flow, step: TransitionDef, facts: Facts) -> list[str]:
    """Reason codes why the step cannot be taken now; empty when it can.

    A guard that fails is its own code (``not_overdue``); requests give request_open, request_used_up,
    request_not_open, request_not_endorsed, request_endorsed.
    """
    failed = [term for term in step.guards if not CHECKS[word_of(term)](facts, argument_of(term))]
    return failed + _of_request(flow, step, facts)


def _of_request(flow: Flow, step: TransitionDef, facts: Facts) -> list[str]:
    if not step.request:
        return []
    level = facts.open_requests.get(step.request)
    if step.request_move == "ask":
        kind = flow.requests.get(step.request)
        most = kind.most_granted if kind else None
        used_up = most is not None and facts.granted.get(step.request, 0) >= most
        return [
            *(["request_open"] if level is not None else []),
            *(["request_used_up"] if used_up else []),
        ]
    if level is None:
        return ["request_not_open"]
    if step.request_level is not None and level != step.request_level:
        return ["request_not_endorsed" if level < step.request_level else "request_endorsed"]
    return []
