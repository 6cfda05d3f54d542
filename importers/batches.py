"""One batch at a time: finding it, locking it, telling how far it is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from django.db import connection
from django.utils import timezone

from importers.errors import refusal
from importers.models import ImportBatch
from importers.staging import Progress

EXPECTED: Final = "expected"
"""Said as a step: how many rows the file seems to hold."""
_LOCK_BATCH: Final = 0x1B47


def find(batch_id: UUID) -> ImportBatch:
    """The batch. Error: batch_unknown."""
    batch = ImportBatch.objects.filter(pk=batch_id).first()
    if batch is None:
        raise refusal("batch_unknown")
    return batch


def locked(batch_id: UUID) -> ImportBatch:
    """The batch, locked for this transaction. Error: batch_unknown."""
    batch = ImportBatch.objects.select_for_update().filter(pk=batch_id).first()
    if batch is None:
        raise refusal("batch_unknown")
    return batch


@contextmanager
def working_on(batch_id: UUID) -> Iterator[None]:
    """Only one process works on a batch; the lock goes with its connection. Error: batch_busy."""
    key = int.from_bytes(hashlib.sha256(batch_id.bytes).digest()[:4], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK_BATCH, key])
        if not cursor.fetchone()[0]:
            raise refusal("batch_busy")
        try:
            yield
        finally:
            if (
                connection.connection is not None
                and not connection.connection.closed
                and connection.is_usable()
            ):
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK_BATCH, key])


def note_progress(batch_id: UUID) -> Progress:
    """A progress function that writes into the batch, for whoever looks at its page."""

    at = ""

    def note(step: str, rows: int) -> None:
        nonlocal at
        if connection.in_atomic_block:
            return
        row = ImportBatch.objects.filter(pk=batch_id)
        if step == EXPECTED:
            row.update(rows_expected=rows)
        elif step == at:
            row.update(rows_done=rows)
        else:
            at = step
            row.update(step=step, rows_done=rows, step_at=timezone.now())

    return note


def ignore_progress(_step: str, _rows: int) -> None:
    """For callers who do not watch."""
