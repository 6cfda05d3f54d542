"""Requests of a case as rows: asked, endorsed, decided, lapsed. The steps that do it are rows of the flow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridmgmt.cases import errors
from gridmgmt.cases.models import Case, CaseRequest, RequestState
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


def open_request(case: Case, kind: str) -> CaseRequest | None:
    """The request of a kind that waits for a decision."""
    return CaseRequest.objects.filter(case=case, kind=kind, state=RequestState.OPEN).first()


def prefill(step: Step, transition: TransitionDef) -> None:
    """A decision without own days or date grants what was asked; nobody decides on their own request."""
    if transition.request_move not in DECIDES:
        return
    request = open_request(step.case, transition.request)
    if request is None:
        return
    if step.by is not None and step.by.pk in (request.asked_by_id, request.endorsed_by_id):
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
    rows = CaseRequest.objects.filter(case=step.case, state=RequestState.OPEN).exclude(kind=but)
    rows.update(state=RequestState.LAPSED, decided_at=step.at, decided_seq=step.case.version + 1)


def _ask(step: Step, kind: str) -> None:
    CaseRequest.objects.create(
        case=step.case,
        kind=kind,
        asked_seq=step.case.version + 1,
        asked_at=step.at,
        asked_by=step.by,
        department=step.case.department,
        text=step.text,
        data=dict(step.data),
    )


def _answer(step: Step, transition: TransitionDef) -> None:
    request = open_request(step.case, transition.request)
    if request is None:  # the guard has looked; the row is locked with its case
        raise LookupError(f"no open request {transition.request}")
    if transition.request_move == "endorse":
        request.level += 1
        request.endorsed_by = step.by
    else:
        request.state = ENDS[transition.request_move]
        request.decided_at, request.decided_by = step.at, step.by
        request.decided_seq, request.decision = step.case.version + 1, step.text
    request.save()
    step.data["request"] = request.asked_seq
