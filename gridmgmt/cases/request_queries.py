"""Requests that wait for somebody's decision, as a tray: of delay, hanging, appeal – whatever the flow lets them decide.

What is a task of the same desk already (a returned case) is in the tray of tasks and not here.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q, QuerySet

from gridmgmt.cases import reference
from gridmgmt.cases.models import Case, CaseRequest, RequestState
from gridmgmt.cases.workflow import Flow, TransitionDef
from gridmgmt.organisation.models import User
from gridmgmt.organisation.scope import Held, Scope, scope_of, visible

FURTHERS = frozenset({"endorse", "grant"})
"""What brings a request on. Who could only refuse it is not waited for."""


def waiting(user: User) -> QuerySet[CaseRequest]:
    """Open requests that this person may endorse or grant, oldest first; nobody decides on their own."""
    scope = scope_of(user)
    allowed = _decidable(scope)
    rows = CaseRequest.objects.filter(allowed, state=RequestState.OPEN).exclude(asked_by=user)
    rows = rows.exclude(endorsed_by=user).filter(case__in=visible(scope, Case.objects.all()))
    return rows.select_related("case__category", "department", "asked_by").order_by("asked_at", "pk")


def _decidable(scope: Scope) -> Q:
    """Requests at a stage and level at which a step decides that one of the roles may take."""
    allowed = Q(pk__in=[])
    for flow in reference.current().flows.values():
        for step in _decisions(flow):
            roles = _places(scope, step)
            if roles is not None:
                allowed |= _asked(flow, step) & roles
    return allowed


def _decisions(flow: Flow) -> Iterator[TransitionDef]:
    for step in flow.transitions:
        stage = flow.stages.get(step.from_stage)
        own_task = stage is not None and stage.owner_role in step.roles
        if step.request_move in FURTHERS and not own_task:
            yield step


def _asked(flow: Flow, step: TransitionDef) -> Q:
    asked = Q(case__procedure_id=flow.id, kind=step.request)
    if step.from_stage != "*":
        asked &= Q(case__stage=step.from_stage)
    if step.request_level is not None:
        asked &= Q(level=step.request_level)
    return asked


def _places(scope: Scope, step: TransitionDef) -> Q | None:
    """Where the scope holds one of the step's roles; None for nowhere."""
    found = [_place(held) for held in scope.held if held.role in step.roles]
    if not found:
        return None
    allowed = found[0]
    for one in found[1:]:
        allowed |= one
    return allowed


def _place(held: Held) -> Q:
    place = Q(case__cell_code__startswith=held.prefix)
    if held.department_only:
        place &= Q(case__department__path__startswith=held.department_path)
    return place
