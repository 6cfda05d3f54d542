"""Live events for named people alone, straight to the stream: a lost one costs a late refresh, no data."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.conf import settings

from geodata.ids import uuid7
from gridmgmt.events import link, stream

logger = logging.getLogger("gridmgmt.events")


def tell(people: Collection[UUID], *, topic: str) -> None:
    """Say to these users that something of theirs changed; while Redis is away nobody is told."""
    if not people:
        return
    entry: dict[Any, Any] = dict(
        stream.fields(event_id=str(uuid7()), topic=topic, cell_code="", department_path="", payload="{}")
    )
    entry["users"] = ",".join(str(one) for one in people)
    try:
        link.client().xadd(settings.FEED_STREAM, entry, maxlen=settings.FEED_LENGTH, approximate=True)
    except link.AWAY as error:
        logger.warning("nobody told live", extra={"topic": topic, "error": type(error).__name__})
