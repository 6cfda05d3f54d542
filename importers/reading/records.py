"""What readers hand on: the header of a source and its records, whatever the format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from shapely.geometry.base import BaseGeometry

ID_COLUMN: Final = "@id"
"""Column under which a format's own feature id is offered to the mapping."""


@dataclass(slots=True)
class Record:
    """One row or feature. ``ref`` tells people where it stands; problems and notes are ``code`` or ``code:column``."""

    row_no: int
    ref: str
    values: dict[str, Any]
    shape: BaseGeometry | None = None
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Source:
    """An opened file. ``datum`` is what the file itself says (None: nothing), ``datum_text`` its wording."""

    columns: list[str]
    chunks: Iterator[list[Record]]
    datum: str | None = None
    datum_text: str = ""
    located: bool = True
    facts: dict[str, Any] = field(default_factory=dict)
