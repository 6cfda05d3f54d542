"""Workbooks as grids: .xlsx row by row, .xls and .ods (which end at 65,536 rows or are small) through calamine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

from importers.errors import refusal
from importers.reading.mapping import text_of
from importers.reading.xlsx import Book, Sheet

FORMATS: Final = frozenset({"xlsx", "xls", "ods"})


@dataclass(slots=True)
class Grid:
    """Rows of texts that can be read again from the beginning. ``ref`` says where a row stands, given its number."""

    rows: Any
    ref: Any
    ragged: bool = True
    """Whether a row may end before its last empty cells."""
    facts: dict[str, Any] = field(default_factory=dict)

    def numbered(self) -> Iterator[tuple[int, list[str]]]:
        """Row number as people count, values; from the beginning each time."""
        yield from self.rows()


def open_workbook(path: Path, form: str, *, sheet: str = "") -> Grid:
    """One sheet: the named one, else the only visible one that holds a table. Errors: file_broken, workbook_locked,
    sheet_unknown, sheet_needed, header_missing (no table in it)."""
    if form == "xlsx":
        book = Book(path)
        names = [(one.name, one.hidden) for one in book.sheets]
        rows_of = {one.name: _streamed(book, one) for one in book.sheets}
    else:
        names, rows_of = _whole(path)
    chosen = _choose(names, rows_of, sheet)
    hidden = [name for name, is_hidden in names if is_hidden]
    facts = {"sheet": chosen, "sheets": len(names), "hidden_sheets": hidden}
    return Grid(rows=rows_of[chosen], ref=lambda number: f"{chosen}!{number}", facts=facts)


def visible_grids(path: Path, form: str) -> list[tuple[str, Grid]]:
    """Every sheet that people see, in the order of the workbook. Errors: file_broken, workbook_locked."""
    if form == "xlsx":
        book = Book(path)
        shown = [(one.name, _streamed(book, one)) for one in book.sheets if not one.hidden]
    else:
        names, rows_of = _whole(path)
        shown = [(name, rows_of[name]) for name, is_hidden in names if not is_hidden]
    return [(name, Grid(rows=rows, ref=str)) for name, rows in shown]


def _choose(names: list[tuple[str, bool]], rows_of: dict[str, Any], wanted: str) -> str:
    visible = [name for name, is_hidden in names if not is_hidden]
    if wanted:
        if wanted not in rows_of:
            raise refusal("sheet_unknown", sheet=wanted[:40], sheets=", ".join(visible)[:200])
        return wanted
    tables = [name for name in visible if _is_table(rows_of[name])]
    if not tables:
        raise refusal("header_missing")
    if len(tables) > 1:
        raise refusal("sheet_needed", sheets=", ".join(tables)[:200])
    return tables[0]


def _is_table(rows: Any) -> bool:
    """Some row of the first hundred has two filled cells: notes and pictures have not."""
    for index, (_, values) in enumerate(rows()):
        if sum(1 for value in values if value.strip()) > 1:
            return True
        if index > 100:
            break
    return False


def _streamed(book: Book, sheet: Sheet) -> Any:
    return lambda: book.rows(sheet)


def _whole(path: Path) -> tuple[list[tuple[str, bool]], dict[str, Any]]:
    import python_calamine as calamine  # noqa: PLC0415 - only for these two formats

    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
        names = [
            (one.name, one.visible != calamine.SheetVisibleEnum.Visible)
            for one in book.sheets_metadata
            if one.typ == calamine.SheetTypeEnum.WorkSheet
        ]
        sheets = {name: book.get_sheet_by_name(name) for name, _ in names}
    except calamine.PasswordError:
        raise refusal("workbook_locked") from None
    except calamine.CalamineError:
        raise refusal("file_broken", why=path.suffix[1:]) from None
    return names, {name: _rows_of(sheet) for name, sheet in sheets.items()}


def _rows_of(sheet: Any) -> Any:
    first = (sheet.start or (0, 0))[0] + 1
    left = [""] * (sheet.start or (0, 0))[1]

    def rows() -> Iterator[tuple[int, list[str]]]:
        for index, row in enumerate(sheet.iter_rows()):
            yield first + index, [*left, *(_text(value) for value in row)]

    return rows


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return text_of(value)
