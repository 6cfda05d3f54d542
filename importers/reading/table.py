"""Tables: CSV (dialect by the first line) and sheets, headings wherever they stand, position from named or recognised
columns (x and y, lon and lat, WKT)."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, TextIO

import shapely

from importers import limits
from importers.errors import refusal
from importers.reading import headings
from importers.reading.encoding import detect
from importers.reading.records import Record, Source
from importers.reading.sheets import Grid

X_NAMES: Final = ("lon", "lng", "long", "longitude", "x", "经度", "东经", "x坐标", "横坐标")
Y_NAMES: Final = ("lat", "latitude", "y", "纬度", "北纬", "y坐标", "纵坐标")
WKT_NAMES: Final = ("wkt", "geom", "geometry", "the_geom", "几何")
_DELIMITERS: Final = (",", "\t", ";", "|")


@dataclass(frozen=True, slots=True)
class Position:
    """The columns that hold the position; both empty when the table has none."""

    x: str = ""
    y: str = ""
    wkt: str = ""

    @property
    def columns(self) -> frozenset[str]:
        """Columns that are position, not content."""
        return frozenset(name for name in (self.x, self.y, self.wkt) if name)


def open_csv(path: Path, *, encoding: str) -> Grid:
    """A CSV as a grid. Errors: encoding_*, nul_bytes."""
    name, guessed = detect(path, encoding)
    csv.field_size_limit(limits.FEATURE_BYTES)
    delimiter = _delimiter(path, name)
    return Grid(
        rows=lambda: _rows(path, name, delimiter),
        ref=lambda number: f"line {number}",
        ragged=False,
        facts={"encoding": name, "encoding_guessed": guessed, "delimiter": delimiter},
    )


def open_table(
    grid: Grid,
    *,
    position: dict[str, str],
    located: bool,
    known: Collection[str] = (),
    heading: int = 0,
    places: bool = True,
) -> Source:
    """A grid as a source. ``located``: a position is needed; ``places``: one is looked for; ``known``: headings that
    tell which row holds them, unless ``heading`` says its number. Errors: header_*, too_many_columns,
    position_columns_missing."""
    head = _head(grid, known, heading)
    place = _position(head.columns, position) if places else Position()
    if located and not place.columns:
        raise refusal("position_columns_missing")
    return Source(
        columns=[column for column in head.columns if column not in place.columns],
        chunks=_chunks(grid, head, place),
        located=bool(place.columns),
        facts={
            **grid.facts,
            "position": sorted(place.columns),
            "heading_row": head.row,
            "hint_row": head.hint,
        },
    )


@dataclass(frozen=True, slots=True)
class Head:
    """The columns of a table, the row they stand in, and the row of notes below that is left out (0: none)."""

    columns: list[str]
    row: int
    hint: int


def _head(grid: Grid, known: Collection[str], heading: int) -> Head:
    filled = ((number, row) for number, row in grid.numbered() if any(value.strip() for value in row))
    first = list(islice(filled, headings.SEARCHED_ROWS))
    if heading:
        at = next((index for index, (number, _) in enumerate(first) if number == heading), -1)
    else:
        words = {*known, *(headings.plain(name) for name in (*X_NAMES, *Y_NAMES, *WKT_NAMES))}
        at = headings.heading_row([row for _, row in first], words) if first else -1
    if at < 0:
        raise refusal("header_missing")
    number, row = first[at]
    below = first[at + 1] if at + 1 < len(first) else None
    hint = below[0] if below and headings.is_hint(below[1]) else 0
    return Head(headings.columns_of(row, limits.COLUMNS), number, hint)


def _rows(path: Path, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Line number on which a row begins, and its values."""
    with path.open(encoding=encoding, newline="") as file:
        yield from _numbered(file, delimiter)


def _numbered(file: TextIO, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(file, delimiter=delimiter, strict=False)
    begins = 1
    try:
        for row in reader:
            yield begins, row
            begins = reader.line_num + 1
    except csv.Error:
        raise refusal("file_broken", why=f"line {begins}") from None


def _delimiter(path: Path, encoding: str) -> str:
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline(limits.FEATURE_BYTES)
    return max(_DELIMITERS, key=first.count) if any(mark in first for mark in _DELIMITERS) else ","


def _position(columns: list[str], named: dict[str, str]) -> Position:
    """Columns named by the profile, else the ones whose heading says what they are."""
    if named:
        missing = [column for column in named.values() if column not in columns]
        if missing:
            raise refusal("position_columns_missing")
        return Position(**named)
    lowered = {column.lower(): column for column in columns}
    wkt = next((lowered[name] for name in WKT_NAMES if name in lowered), "")
    x = next((lowered[name] for name in X_NAMES if name in lowered), "")
    y = next((lowered[name] for name in Y_NAMES if name in lowered), "")
    if x and y:
        return Position(x=x, y=y)
    return Position(wkt=wkt)


def _chunks(grid: Grid, head: Head, place: Position) -> Iterator[list[Record]]:
    chunk: list[Record] = []
    count = 0
    for number, row in grid.numbered():
        if number <= head.row or number == head.hint or not any(value.strip() for value in row):
            continue
        count += 1
        chunk.append(_record(count, grid, number, row, head.columns, place))
        if len(chunk) == limits.CHUNK_ROWS:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _record(
    count: int, grid: Grid, number: int, row: list[str], columns: list[str], place: Position
) -> Record:
    if grid.ragged:
        while len(row) > len(columns) and not row[-1].strip():
            row.pop()
        row.extend([""] * (len(columns) - len(row)))
    record = Record(row_no=count, ref=grid.ref(number), values=dict(zip(columns, row, strict=False)))
    if len(row) != len(columns):
        record.problems.append("wrong_number_of_columns")
        return record
    if place.wkt:
        _shape_from_wkt(record, place.wkt)
    elif place.x:
        _shape_from_pair(record, place)
    for column in place.columns:
        record.values.pop(column, None)
    return record


def _shape_from_wkt(record: Record, column: str) -> None:
    text = str(record.values[column]).strip()
    if not text:
        return
    try:
        record.shape = shapely.from_wkt(text)
    except shapely.errors.ShapelyError:
        record.problems.append(f"geometry_unreadable:{column}")


def _shape_from_pair(record: Record, place: Position) -> None:
    pair: list[float] = []
    texts = [str(record.values[column]).strip() for column in (place.x, place.y)]
    if not any(texts):
        return
    for column, text in zip((place.x, place.y), texts, strict=True):
        value = _number(text)
        if value is None:
            record.problems.append(f"coordinate_not_number:{column}")
        else:
            pair.append(value)
    if len(pair) == 2:
        record.shape = shapely.Point(pair)


def _number(text: str) -> float | None:
    """A float as written by a machine; no thousands separators, no decimal comma, no infinity."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value
