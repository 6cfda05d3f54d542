"""Who acts in this transaction, and through what: noted for the register history, also for rows written by plain SQL.

Kept in settings local to the transaction, so nothing remains on a connection that another request takes over.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction

_NAMES: Final = ("registers.by", "registers.cause", "registers.ref", "registers.at")
_READ: Final = "SELECT " + ", ".join(f"coalesce(current_setting('{name}', true), '')" for name in _NAMES)
_SET: Final = "SELECT " + ", ".join(f"set_config('{name}', %s, true)" for name in _NAMES)


@contextmanager
def acting(
    *, by: UUID | None, cause: str, ref: UUID | None = None, at: datetime | None = None
) -> Iterator[None]:
    """Changes of registers inside the block are this person's, through this cause (``import``, ``birth`` …) and its row.

    ``at`` None: the time of the transaction. Runs in a savepoint, so a failure leaves nobody acting.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_READ)
        before = cursor.fetchone()
        cursor.execute(_SET, [str(by or ""), cause, str(ref or ""), at.isoformat() if at else ""])
        yield
        cursor.execute(_SET, before)
