"""Identifiers that carry an instant, drawn from a seeded generator."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import numpy as np


def stamped_id(at: datetime, rng: np.random.Generator) -> UUID:
    """A UUIDv7 for an instant whose random part comes from the generator."""
    tail = int(rng.integers(1 << 62))
    head = int(rng.integers(1 << 12))
    return UUID(int=int(at.timestamp() * 1000) << 80 | 7 << 76 | head << 64 | 2 << 62 | tail)
