"""Who may read about people: street staff within their codes, grid workers for their own cells. Nobody else by default.

Leaders and supervisors see figures and not people; handlers see cases. Whoever runs the whole installation sees all of it.
"""

from __future__ import annotations

from dataclasses import replace

from geodata.errors import DomainError
from geodata.errors import mark as _
from gridmgmt.organisation.models import Role
from gridmgmt.organisation.scope import Scope

READERS = (Role.STAFF, Role.WORKER)
# Figures without names: those who answer for a place, watch it, or fill its registers.
COUNTERS = (*READERS, Role.LEADER, Role.SUPERVISOR, Role.IMPORTER, Role.ADMIN)


def people_scope(scope: Scope) -> Scope:
    """What is left of a scope when only roles count that read about people; ``visible`` and ``may_see`` take it."""
    return replace(scope, held=tuple(held for held in scope.held if held.role in READERS))


def require_reader(scope: Scope) -> Scope:
    """The people scope. Error people_not_permitted 403 when it is empty."""
    kept = people_scope(scope)
    if not kept.everything and not kept.held:
        raise DomainError(
            code="people_not_permitted",
            status=403,
            message=_("Registers of people are for street staff and grid workers."),
        )
    return kept


def require_counter(scope: Scope) -> Scope:
    """The whole scope of somebody who may see figures. Error figures_not_permitted 403."""
    if not scope.has_role(*COUNTERS):
        raise DomainError(
            code="figures_not_permitted",
            status=403,
            message=_("Figures of the registers are for those who answer for a place."),
        )
    return scope
