"""What departments hold besides cases, tasks and people: packages above register their own, closing asks them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise, lazy
from django.utils.translation import gettext

from gridmgmt.organisation.models import Department

Count = Callable[[Department], int]


@dataclass(frozen=True, slots=True)
class Holding:
    """One sort of open work: what it is called, a sentence to translate, and how many of it a department holds."""

    label: str
    count: Count


_holdings: dict[str, Holding] = {}


def register(name: str, label: str, count: Count) -> None:
    """Called once per sort when its app is ready; ``name`` is the key under which its count is told."""
    _holdings[name] = Holding(label, count)


def counts(department: Department) -> dict[str, int]:
    """{name: how many}, in the order of the names."""
    return {name: _holdings[name].count(department) for name in sorted(_holdings)}


def told(kept: Mapping[str, int]) -> str | Promise:
    """Those that are not none, in words of whoever reads them: "; services to propose: 3"; "" when there is none."""
    open_ones = [
        (_holdings[name].label, count) for name, count in kept.items() if name in _holdings and count
    ]
    return lazy(_words, str)(open_ones) if open_ones else ""


def _words(open_ones: list[tuple[str, int]]) -> str:
    return "".join(
        gettext("; %(what)s: %(count)s") % {"what": gettext(label), "count": count}
        for label, count in open_ones
    )
