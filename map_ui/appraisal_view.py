"""The board's rows as a template shows them: words, addresses of lists, signs of change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext

from gridmgmt.statistics.drill import Cell
from gridmgmt.statistics.figures import Score
from gridmgmt.statistics.sheet import Line, Name, Number, Sheet
from map_ui import appraisal_words as words
from map_ui import charts
from map_ui.appraisal_query import Asked
from map_ui.language import in_language

MOST_BARS = 8


@dataclass(frozen=True, slots=True)
class Shown:
    """One cell. ``above`` and ``below`` are (number, address of its list); addresses are "" where there is none."""

    value: str
    unit: str
    rank: int | None
    above: tuple[str, str]
    below: tuple[str, str]
    excused: tuple[int, str]
    changes: tuple[tuple[str, str, str], ...]
    parts: tuple[tuple[str, str, str], ...] = ()
    known: int = 100


@dataclass(frozen=True, slots=True)
class Row:
    """One line."""

    name: str
    cells: list[Shown]
    trend: SafeString
    nobody: bool = False


@dataclass(frozen=True, slots=True)
class Board:
    """Heads, rows, the whole and the drawing of the first column."""

    heads: list[tuple[str, str]]
    rows: list[Row]
    total: Row
    chart: SafeString
    chart_name: str
    missing: list[tuple[str, str]]


def board_of(asked: Asked, sheet: Sheet) -> Board:
    """Everything of the table."""
    rows = [_row(asked, line, whole=False) for line in sheet.lines]
    chart_name = words.indicator_name(sheet.indicators[0]) if sheet.indicators else ""
    return Board(
        [(words.indicator_name(i), words.formula(i)) for i in sheet.indicators],
        rows, _row(asked, sheet.total, whole=True), _chart(sheet, chart_name), chart_name,
        [(words.indicator_name(i), words.formula(i)) for i in sheet.missing],
    )  # fmt: skip


def row_words(cell: Cell, names: Mapping[str, Name]) -> str:
    """The row a list belongs to."""
    if cell.row is None:
        return gettext("Whole")
    if not cell.row:
        return gettext("Not assigned to anybody")
    return in_language(names[cell.row]) if cell.row in names else cell.row


def list_address(asked: Asked, key: str, side: str, row: str | None) -> str:
    """Parameters of the list behind a number."""
    changes: dict[str, object] = {"number": key, "side": side}
    address = asked.address(**changes)
    return address if row is None else f"{address}&row={row}"


def pages(asked: Asked, cell: Cell, page: int, last: int) -> dict[str, Any]:
    """Addresses of the pages around one."""
    address = list_address(asked, cell.indicator, cell.side, cell.row)
    return {
        "page": page,
        "last": last,
        "before": f"{address}&page={page - 1}" if page > 1 else "",
        "after": f"{address}&page={page + 1}" if page < last else "",
        "other": list_address(
            asked, cell.indicator, "denominator" if cell.side == "numerator" else "numerator", cell.row
        ),
    }


def _row(asked: Asked, line: Line, *, whole: bool) -> Row:
    name = gettext("Whole") if whole else words.row_name(line)
    key = None if whole else line.key
    trend = charts.spark(line.trend, gettext("Months before: %(values)s") % {"values": _told(line)})
    return Row(
        name, [_shown(asked, cell, key) for cell in line.cells], trend, nobody=not line.key and not whole
    )


def _told(line: Line) -> str:
    unit = line.cells[0].indicator.unit if line.cells else ""
    return ", ".join(words.number(value, unit) for value in line.trend)


def _shown(asked: Asked, cell: Number, row: str | None) -> Shown:
    indicator, figure = cell.indicator, cell.figure
    known = 100
    parts: tuple[tuple[str, str, str], ...] = ()
    if cell.score is not None:
        known, parts = round(cell.score.known * 100), _parts(cell.score)
    above = below = ("", "")
    excused = (0, "")
    if figure is not None and indicator.definition is not None:
        address = list_address(asked, indicator.key, "numerator", row)
        if indicator.unit in ("count", "percent"):
            above = (words.number(figure.numerator, "count"), address)
        if figure.denominator is not None:
            below = (
                words.number(figure.denominator, "count"),
                list_address(asked, indicator.key, "denominator", row),
            )
        if figure.excused:
            excused = (figure.excused, list_address(asked, indicator.key, "excused", row))
    return Shown(
        words.number(cell.value, indicator.unit), words.unit_sign(indicator.unit) if cell.value is not None else "",
        cell.rank, above, below, excused, _changes(cell), parts, known,
    )  # fmt: skip


def _changes(cell: Number) -> tuple[tuple[str, str, str], ...]:
    """(which comparison, change, good or bad) of those that are known."""
    unit, better = cell.indicator.unit, cell.indicator.better
    found = []
    for name, other in ((gettext("prev."), cell.before), (gettext("yr."), cell.year)):
        if text := words.change(cell.value, other, unit):
            found.append((name, text, words.verdict(cell.value, other, better)))
    return tuple(found)


def _parts(score: Score) -> tuple[tuple[str, str, str], ...]:
    """(part, its value, its weight) of a score."""
    found = []
    for part in score.parts:
        indicator = words.indicator_by_key(part.part.indicator)
        name = {
            "inverse": "100 − " + words.indicator_name(indicator),
            "volume": gettext("Cases filed, at most %(n)d") % {"n": int(part.part.weight)},
        }.get(part.part.kind, words.indicator_name(indicator))
        unit = "count" if part.part.kind == "volume" else "percent"
        found.append((name, words.number(part.value, unit), f"{part.part.weight:.0f}"))
    return tuple(found)


def _chart(sheet: Sheet, name: str) -> SafeString:
    rows = [
        (words.row_name(line), line.cells[0].value, words.number(line.cells[0].value, line.cells[0].indicator.unit))
        for line in sheet.lines[:MOST_BARS]
        if line.cells and line.key and line.cells[0].value is not None
    ]  # fmt: skip
    return (
        charts.bars(rows, gettext("Bars of %(name)s; the table has every value") % {"name": name})
        if len(rows) > 1
        else SafeString("")
    )
