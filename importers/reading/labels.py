"""Labels of code lists as people write them: GB/T 2261 sex and marriage, 4761 relation, 4658 education, 2261.4 employment.

A code is taken by its label. A bare digit means one thing in one system and another in the next (男 is 0, 1 or M), so
it is refused unless the profile says that the column holds the codes of the standard.
"""

from __future__ import annotations

import csv
import functools
import re
import unicodedata
from typing import Final

from geodata.codelists import FILE, names

_BARE: Final = re.compile(r"[0-9]{1,3}")
_WITH_CODE: Final = re.compile(r"([0-9]{1,3})\s*[-:.、_]?\s*(\D.*)")


class UnreadableError(Exception):
    """A text that is no value; its argument is the reason code."""

    @property
    def code(self) -> str:
        """The reason code."""
        return str(self.args[0])


@functools.lru_cache(maxsize=4096)
def code_of(list_name: str, text: str, *, bare: bool) -> str:
    """The code of a label ("初中" → "70", "20-大学本科" → "20"). ``bare``: codes without label are taken too.

    Raises UnreadableError: value_unknown, value_bare_code, value_label_and_code."""
    labels = _labels()[list_name]
    plain = _plain(text)
    if plain in labels:
        return labels[plain]
    if _BARE.fullmatch(plain):
        if not bare:
            raise UnreadableError("value_bare_code")
        if plain in labels.values():
            return plain
        raise UnreadableError("value_unknown")
    both = _WITH_CODE.fullmatch(plain)
    found = labels.get(both[2]) if both else None
    if both is None or found is None:
        raise UnreadableError("value_unknown")
    if found != both[1]:
        raise UnreadableError("value_label_and_code")
    return found


def words_of(list_name: str) -> tuple[str, ...]:
    """The first label of every code of a list; none for a list that does not exist."""
    return tuple(names(list_name).values())


@functools.cache
def _labels() -> dict[str, dict[str, str]]:
    """List → label in plain writing → code."""
    lists: dict[str, dict[str, str]] = {}
    with FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            known = lists.setdefault(row["list"], {})
            for label in row["labels"].split("|"):
                known.setdefault(_plain(label), row["code"])
    return lists


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lower()
