"""The worker's side: bringing a batch to the state somebody asked for. Every job may be started twice."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from geodata.errors import DomainError
from gridmgmt.events.jobs import Owed
from importers import actions, batches, states
from importers.models import ImportBatch

logger = logging.getLogger("importers")

RUN = "imports:importers.jobs.run"
PATIENCE = timedelta(seconds=60)


def run(_event_id: str, payload: dict[str, Any]) -> None:
    """Brings a batch to the wanted state. A refusal is kept with the batch; somebody else at work is left alone."""
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
        if error.code == "batch_busy":
            return
        logger.info("import refused", extra={"batch": batch_id, "code": error.code})
        actions.fail(batch_id=batch_id, error=error)


def owed(now: datetime) -> Iterable[Owed]:
    """Wishes that nobody has fulfilled for a minute: their job was lost with Redis or with its worker."""
    waiting = ImportBatch.objects.exclude(wanted="").filter(wanted_at__lt=now - PATIENCE)
    for batch_id, wanted in waiting.values_list("pk", "wanted"):
        yield Owed(job=RUN, key=f"{batch_id}-{wanted}", payload={"batch": str(batch_id), "state": wanted})


def tidy(_now: datetime) -> None:
    """Periodic: staging tables and files of settled imports go."""
    if gone := actions.tidy():
        logger.info("staging tidied", extra={"count": gone})
