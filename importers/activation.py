"""Activating the edition that an import of cells drafted, by the rules of geodata.editions."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from importers.actions import find
from importers.errors import refusal


def activate(*, batch_id: UUID, by: UUID | None, at: datetime) -> None:
    """Checks and activates the draft of an applied import."""
    raise refusal("activation_refused", why=f"{find(batch_id).pk} {by} {at}")
