"""Code lists of the national standards with their names; the words people write for them are read by the importers.

GB/T 2261.1 sex, GB/T 2261.2 marital status, GB/T 2261.4 employment, GB/T 4658 education, GB/T 4761 relation to the head,
GA/T 517 documents. Knows no web framework: the limited reading process imports it.
"""

from __future__ import annotations

import csv
import functools
from pathlib import Path

FILE = Path(__file__).resolve().parent / "lists" / "codes.csv"


@functools.cache
def names(list_name: str, *, english: bool = False) -> dict[str, str]:
    """Code → name of a list ("relation", "education", "marital", "employment", "document", "sex")."""
    return {
        row["code"]: row["name_en"] if english else row["labels"].split("|")[0]
        for row in _rows()
        if row["list"] == list_name
    }


@functools.cache
def _rows() -> list[dict[str, str]]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
