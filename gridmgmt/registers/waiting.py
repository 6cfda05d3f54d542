"""What waits for a person's decision in the registers: packages above name their own, the page of figures shows them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gridmgmt.organisation.scope import Scope


@dataclass(frozen=True, slots=True)
class Waiting:
    """So many rows wait; ``label`` is a sentence to translate, ``route`` the name of the page where they are decided."""

    label: str
    count: int
    route: str


Source = Callable[[Scope], Waiting | None]
_sources: dict[str, Source] = {}


def register(name: str, source: Source) -> None:
    """Called once per source when its app is ready; the source answers None to those whom it does not concern."""
    _sources[name] = source


def waiting(scope: Scope) -> list[Waiting]:
    """What waits, in the order of the sources' names."""
    found = (_sources[name](scope) for name in sorted(_sources))
    return [one for one in found if one is not None]
