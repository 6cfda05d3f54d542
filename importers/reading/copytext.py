"""One line of COPY text for one record: the wire between the reading process and the staging table."""

from __future__ import annotations

import re
from typing import Final

_NULL: Final = "\\N"
_ESCAPED: Final = re.compile(r"[\\\t\n\r]")
_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})

FIXED: Final = (
    ("row_no", "bigint"),
    ("ref", "text"),
    ("problems", "text[]"),
    ("notes", "text[]"),
    ("extra", "jsonb"),
    ("shape_hash", "text"),
    ("source_datum", "text"),
    ("source_x", "double precision"),
    ("source_y", "double precision"),
    ("geom", "geometry(Geometry,4326)"),
)
"""Columns that every staging table begins with; the kind's fields follow as text, prefixed by ``f_``."""


def line(values: list[str]) -> str:
    """A line of text-format COPY; an empty value is NULL."""
    if not _ESCAPED.search("".join(values)):
        return "\t".join([value or _NULL for value in values]) + "\n"
    return "\t".join([value.translate(_ESCAPES) if value else _NULL for value in values]) + "\n"


def array(items: list[str]) -> str:
    """A PostgreSQL text array; "" gives NULL."""
    if not items:
        return ""
    return "{" + ",".join('"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"' for item in items) + "}"
