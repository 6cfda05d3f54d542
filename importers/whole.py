"""Whole numbers that forms say."""

from __future__ import annotations

from typing import Final

from importers.errors import refusal

_LONGEST: Final = 18
"""So many digits fit into a bigint."""


def whole(text: str) -> int:
    """The number a form says, 0 for anything else. Error: number_too_long."""
    if not (text.isascii() and text.isdigit()):
        return 0
    if len(text) > _LONGEST:
        raise refusal("number_too_long")
    return int(text)
