"""What the operator sees of a file's columns: which field each became, by which heading, why not, and a few values.

Values about people leave the reading process masked: an operator tells a column by the form of its values."""

from __future__ import annotations

import re
from typing import Any, Final

from geodata.masking import mask_id, mask_name, mask_phone
from importers.kinds import Field, Kind
from importers.kinds.base import HIDDEN, NAME_MASKED, NO_ROOM
from importers.kinds.people import PHONE_COLUMN
from importers.reading.headings import plain
from importers.reading.mapping import Mapper, text_of
from importers.reading.records import Record
from importers.reading.refused_headings import is_refused

SAMPLES: Final = 3
_SEEN_RECORDS: Final = 4000
_LONGEST: Final = 40
_DIGIT: Final = re.compile(r"\d")
_SIGN: Final = re.compile(r"\w")

BY_PROFILE: Final = "profile"
BY_HEADING: Final = "heading"
REFUSED: Final = "refused"
UNMAPPED: Final = "unmapped"
LEFT_OUT: Final = "left_out"
BESIDE: Final = "beside"


class Samples:
    """The first different values of every column, from the beginning of a file."""

    def __init__(self) -> None:
        self._seen = 0
        self._values: dict[str, list[str]] = {}

    def see(self, chunk: list[Record]) -> None:
        """Takes what is still wanted from a piece."""
        if self._seen >= _SEEN_RECORDS:
            return
        for record in chunk[: _SEEN_RECORDS - self._seen]:
            for column, value in record.values.items():
                kept = self._values.setdefault(column, [])
                if len(kept) < SAMPLES and (text := text_of(value)[: 2 * _LONGEST]) and text not in kept:
                    kept.append(text)
        self._seen += len(chunk)

    def of(self, column: str) -> list[str]:
        """The values kept of a column."""
        return self._values.get(column, [])


def describe(mapper: Mapper, kind: Kind, samples: Samples) -> list[dict[str, Any]]:
    """One entry a column, in the order of the file: name, field, how it was found, masked values."""
    fields: dict[str, str] = {}
    for name, columns in mapper.used.items():
        for column in columns:
            fields.setdefault(column, name)
    dropped, beside = set(mapper.dropped), set(mapper.extra_columns)
    found = []
    for column in mapper.columns:
        name = "" if column in dropped else fields.get(column, "")
        refused = is_refused(column, of_people=kind.personal)
        if name:
            how = BY_PROFILE if name in mapper.named else BY_HEADING
        elif refused:
            how = REFUSED
        elif column in beside:
            how = BESIDE
        else:
            how = UNMAPPED if kind.personal else LEFT_OUT
        values = [] if refused else [masked(text, kind.field(name), kind) for text in samples.of(column)]
        found.append(
            {
                "name": column,
                "field": name,
                "how": how,
                "heading": plain(column) if how == BY_HEADING else "",
                "samples": list(dict.fromkeys(filter(None, values))),
            }
        )
    return found


def masked(text: str, field: Field | None, kind: Kind) -> str:
    """A value as a list may show it; nothing of a hidden one."""
    if field is not None and field.shown == HIDDEN:
        return ""
    if field is not None and field.sealed:
        return (mask_phone if field.sealed == PHONE_COLUMN else mask_id)(text)[:_LONGEST]
    if field is not None and field.shown == NAME_MASKED:
        return mask_name(text)[:_LONGEST]
    if field is not None and field.shown == NO_ROOM:
        return _DIGIT.sub("*", text)[:_LONGEST]
    if field is None and kind.personal:
        first = text[:1] if not text[:1].isdigit() else ""
        return (first + _SIGN.sub("*", text[len(first) :]))[:_LONGEST]
    return text[:_LONGEST]
