"""The board as a workbook: header with scope, period and definitions, values, and both sides of every figure."""

from __future__ import annotations

import io

from django.utils import timezone
from django.utils.translation import gettext
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from geodata.spreadsheets import safe
from gridmgmt.statistics.sheet import Line, Sheet
from map_ui import appraisal_words as words

FORMATS = {"percent": "0.0", "hours": "0.0", "times": "0.00", "points": "0.0", "count": "0"}


def workbook(sheet: Sheet, *, place: str) -> bytes:
    """XLSX bytes. Every text is written as text: a name that looks like a formula stays a name."""
    out = io.BytesIO()
    book = Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": gettext("Appraisal"), "created": timezone.localtime().replace(tzinfo=None)})
    _values(book, book.add_worksheet(gettext("Figures")), sheet, place)
    _definitions(book, book.add_worksheet(gettext("Definitions")), sheet)
    book.close()
    return out.getvalue()


def _values(book: Workbook, page: Worksheet, sheet: Sheet, place: str) -> None:
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    for row, (name, text) in enumerate(words.heading(sheet, place)):
        page.write_string(row, 0, safe(name), bold)
        page.write_string(row, 1, safe(text))
    top = len(words.heading(sheet, place)) + 1
    page.write_string(top, 0, words.dimension_name(sheet.dimension), bold)
    column = 1
    for indicator in sheet.indicators:
        for name in _columns(indicator.is_rate):
            page.write_string(top, column, safe(f"{words.indicator_name(indicator)} {name}".strip()), bold)
            column += 1
    page.set_column(0, 0, 26)
    page.set_column(1, max(1, column), 13)
    page.freeze_panes(top + 1, 1)
    for row, line in enumerate((*sheet.lines, sheet.total), top + 1):
        _line(book, page, row, line, total=line is sheet.total)


def _columns(is_rate: bool) -> list[str]:  # noqa: FBT001 - a yes or no of the indicator
    sides = [gettext("numerator"), gettext("denominator")] if is_rate else []
    return ["", *sides, gettext("by decision"), gettext("rank"), gettext("previous"), gettext("last year")]


def _line(book: Workbook, page: Worksheet, row: int, line: Line, *, total: bool) -> None:
    name = gettext("Whole") if total else words.row_name(line)
    page.write_string(row, 0, safe(name), book.add_format({"bold": total}))
    column = 1
    for cell in line.cells:
        figure, unit = cell.figure, cell.indicator.unit
        numbers: list[float | None] = [cell.value]
        if cell.indicator.is_rate:
            numbers += [figure.numerator if figure else None, figure.denominator if figure else None]
        numbers += [float(figure.excused) if figure else None, cell.rank, cell.before, cell.year]
        shape = book.add_format({"num_format": FORMATS[unit], "align": "right"})
        for number in numbers:
            if number is None:
                page.write_string(row, column, words.NOTHING, shape)
            else:
                page.write_number(row, column, number, shape if column else None)
            column += 1


def _definitions(book: Workbook, page: Worksheet, sheet: Sheet) -> None:
    bold = book.add_format({"bold": True, "bottom": 1})
    heads = (
        gettext("Indicator"),
        gettext("Formula"),
        gettext("Definition version"),
        gettext("Where it comes from"),
    )
    for column, name in enumerate(heads):
        page.write_string(0, column, name, bold)
    for row, indicator in enumerate((*sheet.indicators, *sheet.missing), 1):
        there = indicator in sheet.indicators
        texts = (
            words.indicator_name(indicator), words.formula(indicator), str(indicator.version) if there else words.NOTHING,
            indicator.source if there else gettext("no data source yet"),
        )  # fmt: skip
        for column, text in enumerate(texts):
            page.write_string(row, column, safe(text))
    page.set_column(0, 0, 22)
    page.set_column(1, 1, 70)
    page.set_column(2, 3, 18)
