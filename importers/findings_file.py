"""The findings of an import as a workbook: what was rejected in red, conflicts in orange, notes plain. Every cell is text."""

from __future__ import annotations

import io
from itertools import islice
from typing import Final

import xlsxwriter
from django.utils.translation import gettext

from importers import pages
from importers.models import ImportBatch, Severity

MOST_ROWS: Final = 100_000
"""More than anybody reads in a spreadsheet; the CSV holds all of them."""
_COLOURS: Final = {Severity.ERROR: "#F8D7DA", Severity.CONFLICT: "#FFE5CC", Severity.NOTE: "#FFFFFF"}
_WIDTHS: Final = (18, 10, 26, 44, 18, 30)


def workbook(batch: ImportBatch) -> bytes:
    """The sheet of findings, in the order of the file."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"constant_memory": True})
    sheet = book.add_worksheet()
    head = book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1})
    formats = {
        str(severity.label): book.add_format({"bg_color": colour, "border": 1, "border_color": "#D0D5DD"})
        for severity, colour in _COLOURS.items()
    }
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    lines = pages.finding_lines(batch)
    sheet.freeze_panes(1, 0)
    _write(sheet, 0, next(lines), head)
    row = 0
    for row, line in enumerate(islice(lines, MOST_ROWS), start=1):
        _write(sheet, row, line, formats.get(line[1]))
    if next(lines, None) is not None:
        _write(sheet, row + 1, [gettext("There are more; the CSV holds all of them.")], head)
    sheet.autofilter(0, 0, row, len(_WIDTHS) - 1)
    book.close()
    return stream.getvalue()


def _write(sheet: xlsxwriter.worksheet.Worksheet, row: int, line: list[str], form: object) -> None:
    for column, text in enumerate(line):
        sheet.write_string(row, column, text, form)
