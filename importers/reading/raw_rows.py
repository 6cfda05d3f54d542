"""A table as it is, row by row, for the copy with its faults marked: nothing is mapped and nothing is left out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from importers.errors import refusal
from importers.reading.sheets import FORMATS, visible_grids
from importers.reading.table import open_csv

TASK: Final = "rows"
TABLES: Final = frozenset({*FORMATS, "csv"})


def read(job: dict[str, Any], *, write: Callable[[bytes], Any]) -> dict[str, Any]:
    """One JSON list a row: sheet, row number as people count, values. Errors: those of the readers."""
    path, form = Path(job["path"]), job["format"]
    if form not in TABLES:
        raise refusal("copy_not_a_table")
    encoding = job["profile"].get("encoding", "")
    grids = [("", open_csv(path, encoding=encoding))] if form == "csv" else visible_grids(path, form)
    rows = 0
    for name, grid in grids:
        for number, values in grid.numbered():
            rows += 1
            write(json.dumps([name, number, values], ensure_ascii=False).encode() + b"\n")
    return {"rows": rows, "left_out": 0, "facts": {}}
