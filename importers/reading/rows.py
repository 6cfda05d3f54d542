"""From mapped texts to staged ones: every value through its reader, then the row through its check."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from importers.kinds import Kind
from importers.reading.labels import UnreadableError
from importers.reading.records import Record
from importers.reading.row_checks import ROW_CHECKS, Row
from importers.reading.sheets import FORMATS as WORKBOOKS
from importers.reading.validators import CHECKS
from importers.reading.values import READERS, How, says_nothing


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
            (field.name, READERS[field.reader], replace(how, coded=field.name in coded, notes=how.notes))
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
        notes = self._how.notes
        for name, reader, how in self._readers:
            text = texts.get(name, "")
            if not text:
                continue
            if says_nothing(text):
                texts[name] = ""
                continue
            try:
                texts[name] = reader(text, how)
            except UnreadableError as error:
                row.bad[name] = error.code
            if notes:
                row.notes += [f"{note}:{name}" for note in notes]
                notes.clear()
        if self._row_check:
            self._row_check(row, self._how)
        record.problems += [f"{reason}:{name}" for name, reason in row.bad.items()]
        record.notes += row.notes
        return texts
