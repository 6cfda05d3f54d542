"""From mapped texts to staged ones: every value through its reader, then the row through its check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any, Final

from importers.kinds import Kind
from importers.reading.labels import UnreadableError
from importers.reading.records import Record
from importers.reading.row_checks import ROW_CHECKS, Row
from importers.reading.sheets import FORMATS as WORKBOOKS
from importers.reading.validators import CHECKS
from importers.reading.values import READERS, SELDOM_TWICE, How, says_nothing

REMEMBERED: Final = 4096
"""Texts of a column whose readings are remembered; each says the same in every row."""


def _memory(reader: str) -> dict[str, str] | None:
    """What a column's texts were read as, where they repeat."""
    return None if reader in SELDOM_TWICE else {}


class RowReader:
    """Reads the values of one file's rows."""

    def __init__(self, kind: Kind, profile: dict[str, Any], form: str) -> None:
        self._fields = kind.fields
        self._checks = [field for field in kind.fields if field.check]
        self._row_check = ROW_CHECKS.get(kind.row_check)
        coded = set(profile.get("coded", []))
        how = How(
            today=date.fromisoformat(profile["today"]) if "today" in profile else date.max,
            serials=form in WORKBOOKS,
            area_code=str(profile.get("area_code", "")),
            date_style=str(profile.get("date_style", "")),
        )
        self._how = how
        self._readers = [
            (
                field.name,
                READERS[field.reader],
                replace(how, coded=field.name in coded, notes=how.notes),
                _memory(field.reader),
            )
            for field in kind.fields
            if field.reader
        ]

    def read(self, texts: dict[str, str], record: Record) -> dict[str, str]:
        """Field → staged text; reasons and notes are added to the record."""
        for field in self._checks:
            text = texts.get(field.name, "")
            if text and (reason := CHECKS[field.check](text)):
                record.problems.append(f"{reason}:{field.name}")
        if not self._readers and self._row_check is None:
            return texts
        row = Row(texts)
        for name, reader, how, known in self._readers:
            text = texts.get(name, "")
            if not text:
                continue
            if known is not None and (meant := known.get(text)) is not None:
                texts[name] = meant
            else:
                self._value(row, name, partial(reader, text, how), known)
        if self._row_check:
            self._row_check(row, self._how)
        record.problems += [f"{reason}:{name}" for name, reason in row.bad.items()]
        record.notes += row.notes
        return texts

    def _value(self, row: Row, name: str, read: Callable[[], str], known: dict[str, str] | None) -> None:
        """One value through its reader; what was read without a remark is remembered."""
        text = row.values[name]
        if says_nothing(text):
            row.values[name] = ""
            return
        try:
            row.values[name] = read()
        except UnreadableError as error:
            row.bad[name] = error.code
        if notes := self._how.notes:
            row.notes += [f"{note}:{name}" for note in notes]
            notes.clear()
        elif known is not None and name not in row.bad and len(known) < REMEMBERED:
            known[text] = row.values[name]
