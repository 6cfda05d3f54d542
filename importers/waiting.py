"""What waits for a decision in imports, told to the figures of the registers."""

from __future__ import annotations

from geodata.errors import mark as _
from gridmgmt.organisation.scope import Scope
from gridmgmt.registers.waiting import Waiting
from importers import conflicts, states
from importers.models import AddressQuestion, ImportBatch
from importers.queries import IMPORTING, visible_batches

_ROUTE = "importers:home"
ANSWERABLE = states.UNFINISHED | {states.APPLIED}
"""An answer about an address helps the next file too; a conflict can be decided before its import is applied only."""
LATEST = 40  # batches looked at: what is older than that nobody means to decide any more


def addresses(scope: Scope) -> Waiting | None:
    """Addresses that no machine may place."""
    batches = _batches(scope, ANSWERABLE)
    if batches is None:
        return None
    count = AddressQuestion.objects.filter(batch__in=batches, decided_at=None).count()
    return Waiting(_("addresses of imports to be placed"), count, _ROUTE)


def undecided(scope: Scope) -> Waiting | None:
    """Rows of files that contradict the registers."""
    batches = _batches(scope, states.UNFINISHED)
    if batches is None:
        return None
    count = sum(conflicts.open_findings(batch).values("row_no").distinct().count() for batch in batches)
    return Waiting(_("rows of imports in conflict"), count, _ROUTE)


def _batches(scope: Scope, among: frozenset[str]) -> list[ImportBatch] | None:
    """The latest imports in one of these states that a scope sees; None for those who import nothing."""
    if not scope.prefixes_of(*IMPORTING):
        return None
    return list(visible_batches(scope).filter(state__in=among).order_by("-id")[:LATEST])
