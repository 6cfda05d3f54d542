"""The life of an import batch: which states there are and what may follow what. Plain data, no framework."""

from __future__ import annotations

from typing import Final

RECEIVED: Final = "received"
READ: Final = "read"
CHECKED: Final = "checked"
APPLIED: Final = "applied"
UNDONE: Final = "undone"
FAILED: Final = "failed"
DISCARDED: Final = "discarded"

NEXT: Final[dict[str, frozenset[str]]] = {
    RECEIVED: frozenset({READ, FAILED, DISCARDED}),
    READ: frozenset({RECEIVED, CHECKED, FAILED, DISCARDED}),
    CHECKED: frozenset({RECEIVED, CHECKED, APPLIED, FAILED, DISCARDED}),
    APPLIED: frozenset({UNDONE}),
    FAILED: frozenset({RECEIVED, DISCARDED}),
    UNDONE: frozenset(),
    DISCARDED: frozenset(),
}

UNFINISHED: Final = frozenset({RECEIVED, READ, CHECKED})
"""A batch in one of these can be taken up again where it stopped."""

MAPPABLE: Final = UNFINISHED | {FAILED}
"""What is said about its file may still be corrected; it is read anew then."""

ALL: Final = tuple(NEXT)


def may_follow(state: str, following: str) -> bool:
    """True when a batch in ``state`` may become ``following``."""
    return following in NEXT[state]
