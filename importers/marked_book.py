"""Writing the marked copy: a sheet at a time, a row at a time, every cell as text, faults in colour."""

from __future__ import annotations

import re
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import xlsxwriter
from django.utils.translation import get_language

from importers import report
from importers.models import ImportBatch, ImportFinding, Severity
from importers.reading import headings

MOST_NOTES: Final = 20_000
"""Notes on cells are held in memory until the end; beyond these the colour and the column of reasons say it."""
_COLOURS: Final = {Severity.ERROR: "#F8C9CC", Severity.CONFLICT: "#FFD9B3", Severity.NOTE: "#FFF6CC"}
_WEIGHT: Final = {Severity.NOTE: 0, Severity.CONFLICT: 1, Severity.ERROR: 2}
_LONGEST: Final = 32_767  # characters of a cell, as the format has it
_ROWS: Final = 1_048_576
_COLUMNS: Final = 16_384
_NAME: Final = 31
_NOT_IN_NAMES: Final = re.compile(r"[\[\]:*?/\\]")


class MarkedBook:
    """The copy while it is written. ``marked``: rows with a fault."""

    def __init__(self, path: Path, batch: ImportBatch) -> None:
        self._batch = batch
        self._book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": str(path.parent)})
        self._text = self._book.add_format({"num_format": "@"})
        self._head = self._book.add_format({"num_format": "@", "bold": True, "bg_color": "#DCE6F1"})
        self._faulty = {
            weight: self._book.add_format(
                {"num_format": "@", "bg_color": colour, "border": 1, "border_color": "#C0392B"}
            )
            for weight, colour in _COLOURS.items()
        }
        self._heading_row = int(batch.summary.get("heading_row", 0))
        self._sheet_read = str(batch.summary.get("sheet", ""))
        self._sheets: dict[str, Any] = {}
        self._places: dict[str, list[int]] = {}
        self._width = 0
        self._notes = 0
        self._next = 0
        self.marked = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._sheets:
            self._sheet("")
        self._book.close()

    def row(self, sheet: str, number: int, values: list[str], faults: list[ImportFinding]) -> None:
        """One row where it stood; rows of a CSV follow each other (their numbers are lines of the text)."""
        out = self._sheet(sheet)
        at = number - 1 if sheet else self._next
        self._next += 1
        if at >= _ROWS:
            return
        if sheet == self._sheet_read and number == self._heading_row:
            self._headings(out, at, values)
            return
        worst = self._cells_of(faults)
        for column, value in enumerate(values[:_COLUMNS]):
            form = self._faulty[worst[column][0]] if column in worst else self._text
            if value or column in worst:
                out.write_string(at, column, value[:_LONGEST], form)
        if faults:
            self._reasons(out, at, values, faults, worst)

    def _headings(self, out: Any, at: int, values: list[str]) -> None:
        names = headings.columns_of(values, _COLUMNS)
        self._width = len(names)
        where = {name: column for column, name in enumerate(names)}
        used = {**self._batch.summary.get("mapping", {})}
        for field, columns in used.items():
            self._places[field] = [where[column] for column in columns if column in where]
        for name, column in where.items():
            self._places.setdefault(name, [column])
        position = [where[name] for name in self._batch.summary.get("position", []) if name in where]
        self._places[""] = position
        for column, value in enumerate(values):
            out.write_string(at, column, value[:_LONGEST], self._head)
        out.write_string(at, self._width, self._title(), self._head)
        out.set_column(self._width, self._width, 48)
        out.freeze_panes(at + 1, 0)

    @staticmethod
    def _title() -> str:
        return "Import findings" if (get_language() or "").startswith("en") else "导入检查结果"

    def _cells_of(self, faults: list[ImportFinding]) -> dict[int, tuple[Severity, list[str]]]:
        """Column → its worst weight and all its reasons. What is wrong with the place belongs to the position's columns."""
        found: dict[int, tuple[Severity, list[str]]] = {}
        for fault in faults:
            weight = Severity(fault.severity)
            about_place = not fault.field and fault.code.startswith(("geometry", "coordinate", "outside"))
            columns = self._places.get(fault.field, []) if fault.field or about_place else []
            for column in columns:
                was, texts = found.get(column, (weight, []))
                worse = weight if _WEIGHT[weight] > _WEIGHT[was] else was
                found[column] = (worse, [*texts, report.reason_text(fault.code)])
        return found

    def _reasons(
        self,
        out: Any,
        at: int,
        values: list[str],
        faults: list[ImportFinding],
        cells: dict[int, tuple[Severity, list[str]]],
    ) -> None:
        self.marked += 1
        for column, (weight, texts) in cells.items():
            if column >= len(values):
                out.write_blank(at, column, None, self._faulty[weight])
            if self._notes < MOST_NOTES:
                self._notes += 1
                out.write_comment(at, column, "\n".join(texts), {"author": "", "x_scale": 1.6})
        worst = max((Severity(fault.severity) for fault in faults), key=lambda weight: _WEIGHT[weight])
        said = dict.fromkeys(self._said(fault) for fault in faults)
        out.write_string(at, max(self._width, len(values)), "；".join(said)[:_LONGEST], self._faulty[worst])

    def _said(self, fault: ImportFinding) -> str:
        text = report.reason_text(fault.code)
        return f"{report.field_name(self._batch.kind, fault.field)}：{text}" if fault.field else text

    def _sheet(self, name: str) -> Any:
        if name not in self._sheets:
            self._sheets[name] = self._book.add_worksheet(self._sheet_name(name))
            self._next = 0
        return self._sheets[name]

    def _sheet_name(self, name: str) -> str | None:
        """The sheet's name; other programs allow names that this format does not."""
        plain = _NOT_IN_NAMES.sub("_", name)[:_NAME].strip("'")
        taken = {sheet.get_name().lower() for sheet in self._sheets.values()}
        return None if not plain or plain.lower() in taken else plain
