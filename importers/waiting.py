"""What waits for a decision in imports, told to the figures of the registers."""

from __future__ import annotations

from django.db.models import Q

from geodata.errors import mark as _
from gridmgmt.organisation.scope import Scope
from gridmgmt.registers.waiting import Waiting
from importers import conflicts
from importers.models import AddressQuestion, BatchState, ImportBatch
from importers.queries import IMPORTING

_ROUTE = "importers:home"
OPEN = (BatchState.CHECKED, BatchState.APPLIED)
LATEST = 40  # batches looked at: what is older than that nobody means to decide any more


def addresses(scope: Scope) -> Waiting | None:
    """Addresses that no machine may place."""
    batches = _batches(scope)
    if batches is None:
        return None
    count = AddressQuestion.objects.filter(batch__in=batches, decided_at=None).count()
    return Waiting(_("addresses of imports to be placed"), count, _ROUTE)


def undecided(scope: Scope) -> Waiting | None:
    """Rows of files that contradict the registers."""
    batches = _batches(scope)
    if batches is None:
        return None
    count = sum(conflicts.open_findings(batch).values("row_no").distinct().count() for batch in batches)
    return Waiting(_("rows of imports in conflict"), count, _ROUTE)


def _batches(scope: Scope) -> list[ImportBatch] | None:
    """The latest imports under what a scope imports for; None for those who import nothing."""
    prefixes = scope.prefixes_of(*IMPORTING)
    if not prefixes:
        return None
    within = Q(created_by=scope.user_id)
    for prefix in prefixes:
        within |= Q(county__startswith=prefix[:6])
    return list(ImportBatch.objects.filter(within, state__in=OPEN).order_by("-id")[:LATEST])
