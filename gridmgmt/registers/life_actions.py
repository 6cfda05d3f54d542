"""What departments do with proposals: done, or not wanted; and who may see them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from geodata.errors import mark as _
from gridmgmt.organisation.models import Department, Role, User
from gridmgmt.organisation.scope import Scope, scope_of, visible
from gridmgmt.registers.errors import refusal
from gridmgmt.registers.models import LifeTodo, TodoState
from gridmgmt.registers.reading import checked_reason
from gridmgmt.registers.waiting import Waiting

ROLES: Final = (Role.HANDLER, Role.STAFF)
"""Handlers see their department's to-dos, street staff those of their places; nobody else."""
PROPOSED: Final = _("Services to propose")
_ENDS: Final = {TodoState.DONE, TodoState.NOT_WANTED}


def todos(scope: Scope) -> QuerySet[LifeTodo]:
    """What somebody may see, the most urgent first."""
    narrowed = replace(scope, held=tuple(held for held in scope.held if held.role in ROLES))
    rows = LifeTodo.objects.select_related("rule", "person__building", "department", "decided_by")
    return visible(narrowed, rows, code="person__cell_code").order_by("due_on", "id")


def waiting(scope: Scope) -> Waiting | None:
    """How many proposals are owed."""
    if not scope.has_role(*ROLES):
        return None
    return Waiting(PROPOSED, todos(scope).filter(state=TodoState.OPEN).count(), "map_ui:services")


def owed_by(department: Department) -> int:
    """How many open proposals a department has still to tell."""
    return LifeTodo.objects.filter(department=department, state=TodoState.OPEN).count()


@transaction.atomic
def finish(*, todo_id: UUID, outcome: str, by: User, at: datetime, reason: str = "") -> LifeTodo:
    """The resident was told: done, or not wanted with what they said. Ended the same way already: the same answer.

    Errors: life_todo_unknown 404, life_todo_ended 409, reason_missing 422, value_unknown 422."""
    if outcome not in _ENDS:
        raise refusal("value_unknown", field="outcome")
    found = todos(scope_of(by)).select_for_update(of=("self",)).filter(pk=todo_id).first()
    if found is None:
        raise refusal("life_todo_unknown")
    if found.state == outcome:
        return found
    if found.state != TodoState.OPEN:
        raise refusal("life_todo_ended", state=found.state)
    kept = checked_reason(reason) if outcome == TodoState.NOT_WANTED or reason.strip() else ""
    found.state, found.decided_by, found.decided_at = outcome, by, at
    found.reason = kept
    found.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    return found
