"""Headings: when two are the same, which row of a table holds them, and whether a row below only explains them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from typing import Final

from importers.errors import refusal

SEARCHED_ROWS: Final = 20
"""So many filled rows are looked at for the headings; titles and notes above them are rarely more than three."""
_MARKS: Final = re.compile(r"[\s_*:]+")
_EXPLAINED: Final = re.compile(r"\((?:[^()]*)\)$")
# What filling-in notes under a heading begin with or contain.
_HINTS: Final = re.compile(
    r"必填|选填|可选|填写|格式|例如|示例|如[：:\d]|下拉|留空|请勿|专用|required|optional|e\.g\.|example",
    re.IGNORECASE,
)
_HINT_SHARE: Final = 0.5


def plain(heading: str) -> str:
    """A heading without what people add to it: ``"姓名＊ （必填）"`` → ``"姓名"``. Case, blanks and underscores do not count."""
    text = _MARKS.sub("", unicodedata.normalize("NFKC", heading).lower())
    return _EXPLAINED.sub("", text) or text


def heading_row(rows: Sequence[Sequence[str]], known: Collection[str]) -> int:
    """Index of the row that holds the headings: the one with most known ones, else the first. ``known``: plain headings."""
    scores = [len({plain(value) for value in row} & set(known)) for row in rows]
    return scores.index(max(scores)) if any(scores) else 0


def is_hint(row: Sequence[str]) -> bool:
    """True for a row of filling-in notes that was left under the headings."""
    filled = [value for value in row if value.strip()]
    hints = sum(1 for value in filled if _HINTS.search(value))
    return len(filled) > 1 and hints >= _HINT_SHARE * len(filled)


def columns_of(row: Sequence[str], limit: int) -> list[str]:
    """Column names of a heading row. Errors: header_missing, header_repeated, too_many_columns."""
    names = [" ".join(value.split()) for value in row]
    while names and not names[-1]:
        names.pop()
    if not any(names):
        raise refusal("header_missing")
    if len(names) > limit:
        raise refusal("too_many_columns", limit=limit)
    seen: set[str] = set()
    for name in filter(None, names):
        if name in seen:
            raise refusal("header_repeated", column=name[:40])
        seen.add(name)
    return [name or f"column {index}" for index, name in enumerate(names, start=1)]
