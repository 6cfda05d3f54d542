"""The worker's side: bringing a batch to the state somebody asked for. Every job may be started twice."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone, translation

from geodata.errors import DomainError
from gridmgmt.events.deliveries import Undelivered
from importers import actions, batches, marked, states

logger = logging.getLogger("importers")


def run(_event_id: str, payload: dict[str, Any]) -> None:
    """Brings a batch to the wanted state. A refusal is kept with the batch; while somebody else works it is tried later."""
    batch_id, wanted = UUID(payload["batch"]), payload["state"]
    batch = batches.find(batch_id)
    if batch.wanted != wanted:
        return
    progress = batches.note_progress(batch_id)
    now = timezone.now()
    try:
        if wanted == states.CHECKED:
            actions.check(batch_id=batch_id, at=now, progress=progress)
        elif wanted == states.APPLIED:
            actions.apply(batch_id=batch_id, by=batch.applied_by, at=now, progress=progress)
        elif wanted == states.UNDONE:
            actions.undo(batch_id=batch_id, by=batch.undone_by, at=now, progress=progress)
    except DomainError as error:
        if error.code in {"batch_busy", "registers_busy"}:
            raise Undelivered(error.code) from error
        logger.info("import refused", extra={"batch": batch_id, "code": error.code})
        actions.fail(batch_id=batch_id, error=error)


def mark(_event_id: str, payload: dict[str, Any]) -> None:
    """Makes the marked copy somebody asked for; a refusal is kept with it."""
    with translation.override(payload["language"] or None):
        marked.make(copy_id=UUID(payload["copy"]), at=timezone.now())


def tidy(now: datetime) -> None:
    """Periodic: staging tables, files of settled imports and marked copies go."""
    if gone := actions.tidy(now) + marked.tidy(now):
        logger.info("staging tidied", extra={"count": gone})
