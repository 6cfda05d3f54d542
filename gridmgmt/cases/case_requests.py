"""Requests of a case as rows: asked, endorsed, decided, lapsed. The steps that do it are rows of the flow."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from geodata.ids import uuid7
from gridmgmt.cases import errors, statements
from gridmgmt.cases.models import RequestState
from gridmgmt.cases.step_rows import RequestRow
from gridmgmt.cases.workflow import TransitionDef

if TYPE_CHECKING:
    from gridmgmt.cases.actions import Step

ENDS = {
    "grant": RequestState.GRANTED,
    "refuse": RequestState.REFUSED,
    "withdraw": RequestState.WITHDRAWN,
}
DECIDES = frozenset({"endorse", "grant", "refuse"})
# What of a request a decision takes over when it says nothing else.
CARRIED = ("days", "until")

# Callers: _ask, _answer, lapse.
ASK = """
INSERT INTO cases_caserequest (id, case_id, kind, state, asked_seq, asked_at, asked_by_id, department_id, text, data, level,
  decision)
VALUES (%s, %s, %s, 'open', %s::bigint, %s, %s, %s, %s, %s::jsonb, 0, '')
"""
ENDORSE = "UPDATE cases_caserequest SET level = level + 1, endorsed_by_id = %s WHERE id = %s::uuid"
DECIDE = """
UPDATE cases_caserequest SET state = %s, decided_at = %s, decided_by_id = %s, decided_seq = %s::bigint, decision = %s
WHERE id = %s::uuid
"""
LAPSE = """
UPDATE cases_caserequest SET state = 'lapsed', decided_at = %s, decided_seq = %s::bigint
WHERE case_id = %s AND state = 'open' AND kind <> %s
"""


def open_request(step: Step, kind: str) -> RequestRow | None:
    """The request of a kind that waits for a decision; the row is locked with its case."""
    return next(
        (one for one in step.taken.requests if one.kind == kind and one.state == RequestState.OPEN), None
    )


def prefill(step: Step, transition: TransitionDef) -> None:
    """A decision without own days or date grants what was asked; nobody decides on their own request."""
    if transition.request_move not in DECIDES:
        return
    request = open_request(step, transition.request)
    if request is None:
        return
    if step.by is not None and str(step.by.pk) in (request.asked_by, request.endorsed_by):
        raise errors.own_request()
    for name in CARRIED:
        if name in transition.requires and not step.fields.get(name) and name in request.data:
            step.fields[name] = request.data[name]


def move(step: Step, transition: TransitionDef) -> None:
    """What the step does to its request; called before the version rises, so rows are numbered one ahead."""
    if transition.request_move == "ask":
        _ask(step, transition.request)
    elif transition.request_move:
        _answer(step, transition)


def lapse(step: Step, *, but: str) -> None:
    """The case has left the stage: what was not decided has lost its object."""
    statements.run(LAPSE, (step.at, step.case.version + 1, step.case.pk, but))


def _ask(step: Step, kind: str) -> None:
    by, department = step.by.pk if step.by else None, step.case.department_id
    told = json.dumps(step.data, ensure_ascii=False)
    values = (uuid7(), step.case.pk, kind, step.case.version + 1, step.at, by, department, step.text, told)
    statements.run(ASK, values)


def _answer(step: Step, transition: TransitionDef) -> None:
    request = open_request(step, transition.request)
    if request is None:  # the guard has looked
        raise LookupError(f"no open request {transition.request}")
    by = step.by.pk if step.by else None
    if transition.request_move == "endorse":
        statements.run(ENDORSE, (by, request.id))
    else:
        state = ENDS[transition.request_move]
        statements.run(DECIDE, (state.value, step.at, by, step.case.version + 1, step.text, request.id))
    step.data["request"] = request.asked_seq
