"""ID numbers and telephones are sealed between the reading process and the staging table: none ever lies in plain text.

Every staged row gets the id it will have as a new person, and what is sealed is sealed for that row at once. So a new
person is written by one statement; only a value that changes somebody who is there already is sealed anew (docs/adr/0010).
"""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

from geodata.ids import uuid7
from geodata.masking import mask_id, mask_phone
from geodata.personal import seal, search_key, unseal
from importers.errors import refusal
from importers.kinds import Kind
from importers.kinds.people import PHONE_COLUMN
from importers.reading.copytext import FIXED

NEW_ID: Final = "new_id"
_WELL_FORMED: Final = re.compile(rb"[0-9A-Z()/-]{3,24}")
_NULL: Final = b"\\N"
_LONGEST_MASK: Final = 24


def sealed_columns(kind: Kind) -> list[tuple[str, str]]:
    """Columns of the staging table behind the fields: id of a new row, then key and sealed value of each sealed field."""
    if not kind.sealed_fields:
        return []
    columns = [(NEW_ID, "uuid")]
    for field in kind.sealed_fields:
        columns.append((f"k_{field.name}", "bytea"))
        if not field.key_only:
            columns.append((f"s_{field.name}", "bytea"))
    return columns


class Sealer:
    """Turns the reader's lines into lines of the staging table."""

    def __init__(self, kind: Kind) -> None:
        names = [field.name for field in kind.fields]
        self._fields = [(len(FIXED) + names.index(field.name), field) for field in kind.sealed_fields]
        self._width = len(FIXED) + len(names)

    def block(self, block: bytes) -> bytes:
        """Whole lines in, whole lines out. Error: reader_broke, for a line of another width."""
        if not self._fields:
            return block
        return b"".join(self._line(line) for line in block.splitlines(keepends=True))

    def _line(self, line: bytes) -> bytes:
        values = line.rstrip(b"\n").split(b"\t")
        if len(values) != self._width:
            raise refusal("reader_broke")
        row = uuid7()
        behind = [str(row).encode()]
        for at, field in self._fields:
            masked, key, sealed = _sealed(values[at], field.sealed, row, key_only=field.key_only)
            values[at] = masked
            behind.append(key)
            if not field.key_only:
                behind.append(sealed)
        return b"\t".join((*values, *behind)) + b"\n"


def _sealed(text: bytes, column: str, row: UUID, *, key_only: bool) -> tuple[bytes, bytes, bytes]:
    """Masked form, search key and sealed value as COPY texts. What has not the form of a number is only masked."""
    if text == _NULL:
        return _NULL, _NULL, _NULL
    if _WELL_FORMED.fullmatch(text) is None:
        return b"*" * min(len(text), _LONGEST_MASK), _NULL, _NULL
    value = text.decode("ascii")
    masked = mask_phone(value) if column == PHONE_COLUMN else mask_id(value)
    key = _bytes(search_key(value, column=column))
    return masked.encode(), key, _NULL if key_only else _bytes(seal(value, column=column, row=row))


def sealed_anew(sealed: bytes, *, column: str, staged_as: UUID, row: UUID) -> bytes:
    """A staged value sealed for the row it goes to. Error: sealed_value_unreadable."""
    return seal(unseal(sealed, column=column, row=staged_as), column=column, row=row)


def _bytes(value: bytes) -> bytes:
    return b"\\\\x" + value.hex().encode()
