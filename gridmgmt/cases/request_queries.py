"""Requests that wait for somebody's decision, as a tray: of delay, hanging, appeal – whatever the flow lets them decide.

What is a task of the same desk already (a returned case) is in the tray of tasks and not here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from gridmgmt.cases import reference
from gridmgmt.cases.models import Case, CaseRequest, RequestState
from gridmgmt.cases.workflow import ANY_STAGE, Flow, TransitionDef
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
    """Requests at a stage and level at which a step decides that one of the roles may take. Versions of a flow that say the
    same are asked about together."""
    flows: defaultdict[tuple[str, str, int | None, frozenset[str]], list[int]] = defaultdict(list)
    for flow in reference.current().flows.values():
        for step in _decisions(flow):
            flows[step.from_stage, step.request, step.request_level, step.roles].append(flow.id)
    allowed = Q(pk__in=[])
    for (stage, kind, level, roles), ids in flows.items():
        place = _places(scope, roles)
        if place is None:
            continue
        asked = Q(case__procedure_id__in=ids, kind=kind)
        if stage != ANY_STAGE:
            asked &= Q(case__stage=stage)
        if level is not None:
            asked &= Q(level=level)
        allowed |= asked & place
    return allowed


def _decisions(flow: Flow) -> Iterator[TransitionDef]:
    for step in flow.transitions:
        stage = flow.stages.get(step.from_stage)
        own_task = stage is not None and stage.owner_role in step.roles
        if step.request_move in FURTHERS and not own_task:
            yield step


def _places(scope: Scope, roles: frozenset[str]) -> Q | None:
    """Where the scope holds one of the roles; None for nowhere."""
    found = [_place(held) for held in scope.held if held.role in roles]
    if not found:
        return None
    return reduce(or_, found)


def _place(held: Held) -> Q:
    place = Q(case__cell_code__startswith=held.prefix)
    if held.department_only:
        place &= Q(case__department__path__startswith=held.department_path)
    return place
