"""Activating the edition that an import of cells drafted, by the rules of the platform."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from gridmgmt.cases import editions
from gridmgmt.organisation.models import User
from importers.batches import find
from importers.errors import refusal
from importers.models import ImportBatch


def activate(*, batch_id: UUID, by: User | None, at: datetime) -> ImportBatch:
    """Makes the drafted edition the active one; ``by`` None is the machine's administrator at the command line.

    Errors: no_edition and those of `gridmgmt.cases.editions.activate`."""
    with transaction.atomic():
        batch = find(batch_id)
        edition = batch.summary.get("edition")
        if not edition:
            raise refusal("no_edition")
        key = UUID(edition["id"])
        if by is None:
            editions.activate_unasked(edition_id=key, by=None, at=at)
        else:
            editions.activate(edition_id=key, by=by, at=at)
        batch.summary = {**batch.summary, "edition": {**edition, "state": "active"}}
        batch.save(update_fields=["summary"])
    return batch
