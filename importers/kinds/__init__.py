"""The kinds of import. A new one: a file here, a line below, and docs/importers.md."""

from __future__ import annotations

from importers.errors import refusal
from importers.kinds.areas import AREAS
from importers.kinds.base import KINDS, Field, Kind, Type
from importers.kinds.buildings import BUILDINGS
from importers.kinds.care import CARE
from importers.kinds.cells import CELLS
from importers.kinds.components import COMPONENTS
from importers.kinds.context import CONTEXT
from importers.kinds.dwellings import DWELLINGS
from importers.kinds.organisations import ORGANISATIONS
from importers.kinds.people import PEOPLE
from importers.kinds.staff import STAFF

__all__ = [
    "AREAS",
    "BUILDINGS",
    "CARE",
    "CELLS",
    "COMPONENTS",
    "CONTEXT",
    "DWELLINGS",
    "KINDS",
    "ORGANISATIONS",
    "PEOPLE",
    "STAFF",
    "Field",
    "Kind",
    "Type",
    "kind_named",
]


def kind_named(name: str) -> Kind:
    """The kind of this name. Error: kind_unknown."""
    if name not in KINDS:
        raise refusal("kind_unknown", kind=name[:40])
    return KINDS[name]
