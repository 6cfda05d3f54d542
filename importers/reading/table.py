"""Reader of CSV: dialect by the first line, position from named or recognised columns (x and y, lon and lat, WKT)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

import shapely

from importers import limits
from importers.errors import refusal
from importers.reading.encoding import detect
from importers.reading.records import Record, Source

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


def open_table(path: Path, *, encoding: str, position: dict[str, str], located: bool) -> Source:
    """Opens a CSV. ``located``: a position is needed. Errors: encoding_*, nul_bytes, header_*, too_many_columns,
    position_columns_missing."""
    name, guessed = detect(path, encoding)
    csv.field_size_limit(limits.FEATURE_BYTES)
    delimiter = _delimiter(path, name)
    columns = _header(path, name, delimiter)
    place = _position(columns, position)
    if located and not place.columns:
        raise refusal("position_columns_missing")
    return Source(
        columns=[column for column in columns if column not in place.columns],
        chunks=_chunks(path, name, delimiter, columns, place),
        located=bool(place.columns),
        facts={
            "encoding": name,
            "encoding_guessed": guessed,
            "delimiter": delimiter,
            "position": sorted(place.columns),
        },
    )


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


def _header(path: Path, encoding: str, delimiter: str) -> list[str]:
    for _, row in _rows(path, encoding, delimiter):
        columns = [value.strip() for value in row]
        if not any(columns):
            continue
        if len(columns) > limits.COLUMNS:
            raise refusal("too_many_columns", limit=limits.COLUMNS)
        named = [column for column in columns if column]
        for column in named:
            if named.count(column) > 1:
                raise refusal("header_repeated", column=column[:40])
        return [column or f"column {index}" for index, column in enumerate(columns, start=1)]
    raise refusal("header_missing")


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


def _chunks(
    path: Path, encoding: str, delimiter: str, columns: list[str], place: Position
) -> Iterator[list[Record]]:
    chunk: list[Record] = []
    header_seen = False
    number = 0
    for line, row in _rows(path, encoding, delimiter):
        if not any(value.strip() for value in row):
            continue
        if not header_seen:
            header_seen = True
            continue
        number += 1
        chunk.append(_record(number, line, row, columns, place))
        if len(chunk) == limits.CHUNK_ROWS:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _record(number: int, line: int, row: list[str], columns: list[str], place: Position) -> Record:
    record = Record(row_no=number, ref=f"line {line}", values=dict(zip(columns, row, strict=False)))
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
