"""Tables as JSON: one array of flat objects, read in pieces (division codes are published so)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from importers.errors import refusal
from importers.reading.json_stream import JsonStream
from importers.reading.mapping import text_of
from importers.reading.sheets import Grid

_SEARCHED: Final = 200
"""So many objects are looked at for their keys; a key that turns up later is not read."""


def open_json_rows(path: Path, *, encoding: str) -> Grid:
    """The array as a grid, its keys as headings. Errors: json_*, not_rows, header_missing."""
    keys = list(dict.fromkeys(key for found in islice(_objects(path, encoding), _SEARCHED) for key in found))
    if not keys:
        raise refusal("header_missing")

    def rows() -> Iterator[tuple[int, list[str]]]:
        yield 1, keys
        for number, found in enumerate(_objects(path, encoding), start=2):
            yield number, [text_of(found.get(key)) for key in keys]

    return Grid(rows=rows, ref=lambda number: f"feature {number - 1}", ragged=False)


def _objects(path: Path, encoding: str) -> Iterator[dict[str, Any]]:
    with path.open(encoding=encoding or "utf-8-sig", newline="") as file:
        stream = JsonStream(file)
        for found in stream.elements():
            if not isinstance(found, dict):
                raise refusal("not_rows")
            yield {str(key): value for key, value in found.items()}
        if stream.peek():
            raise stream.broken()
