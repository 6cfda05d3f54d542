"""What the parts of a workbook say, as expat tells it: shared strings, rows of cells, merged cells."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from importers import limits
from importers.errors import refusal

Begin = Callable[[str, dict[str, str]], None]
Told = Callable[[str], None]
Handlers = tuple[Begin, Told, Told]

_KEPT_TEXTS: Final = 20_000
_LAST_SERIAL: Final = 2_958_466  # 10000-01-01
_LEAP_BUG: Final = 60  # the 29th of February 1900 that never was


class Texts:
    """The shared strings, as one piece of bytes and where each begins: a list of texts takes three times the memory."""

    def __init__(self) -> None:
        self._blob = bytearray()
        self._ends = array("Q", [0])
        self._inside = self._phonetic = False

    def begin(self, name: str, _attributes: dict[str, str]) -> None:
        """An element begins; how a text is pronounced is not part of it."""
        kind = name.rpartition(":")[2]
        if kind == "t":
            self._inside = not self._phonetic
        elif kind == "rPh":
            self._phonetic = True

    def end(self, name: str) -> None:
        """An element ends."""
        kind = name.rpartition(":")[2]
        if kind == "t":
            self._inside = False
        elif kind == "rPh":
            self._phonetic = False
        elif kind == "si":
            self._ends.append(len(self._blob))

    def data(self, text: str) -> None:
        """Characters."""
        if self._inside:
            self._blob.extend(text.encode("utf-8", "replace"))

    def text(self, number: str) -> str:
        """The text that a cell names by its number. Errors: file_broken."""
        index = int(number) if number.isdecimal() else -1
        if not 0 <= index < len(self._ends) - 1:
            raise refusal("file_broken", why="sharedStrings")
        return self._blob[self._ends[index] : self._ends[index + 1]].decode()


class Rows:
    """Takes what expat tells of a sheet and makes rows of texts. Its handlers are closures: methods took twice the time."""

    def __init__(self, texts: Texts, dates: frozenset[str], base: datetime) -> None:
        self._shared, self._dates, self._base = texts, dates, base
        self._done: list[tuple[int, list[str]]] = []

    def taken(self) -> list[tuple[int, list[str]]]:
        """Rows that are complete; they are forgotten here."""
        done, self._done = self._done, []
        return done

    def handlers(self, prefix: str) -> Handlers:  # noqa: C901, PLR0915 - one loop over cells, cut open for expat
        """What expat calls at the begin and end of elements and with characters; ``prefix``: how this sheet names them."""
        mark = f"{prefix}:" if prefix else ""
        row_, cell_, phonetic_ = (mark + name for name in ("row", "c", "rPh"))
        texts = frozenset({mark + "v", mark + "t"})
        number, column = 0, -1
        values: list[str] = []
        text, type_, style = "", "n", "0"
        collects = phonetic = False
        columns: dict[str, int] = {}
        known: dict[str, str] = {}
        dates, shared, other = self._dates, self._shared.text, self._other

        def begin(name: str, attributes: dict[str, str]) -> None:
            nonlocal number, column, values, text, type_, style, collects, phonetic
            if name in texts:
                collects = not phonetic
            elif name == cell_:
                text = ""
                letters = attributes.get("r", "").rstrip("0123456789")
                found = columns.get(letters)
                if found is None:
                    found = columns.setdefault(letters, column_number(letters)) if letters else column + 1
                column = found
                type_, style = attributes.get("t", "n"), attributes.get("s", "0")
            elif name == row_:
                number = int(attributes.get("r") or number + 1)
                values, column = [], -1
            elif name == phonetic_:
                phonetic = True

        def end(name: str) -> None:  # noqa: C901, PLR0912 - calls cost more than branches here
            nonlocal collects, phonetic
            if name in texts:
                collects = False
            elif name == cell_:
                if not text:
                    return
                if type_ == "s":
                    value = known.get(text)
                    if value is None:
                        value = shared(text)
                        if len(known) < _KEPT_TEXTS:
                            known[text] = value
                elif type_ == "n" and style not in dates and text.isdecimal():
                    value = text
                else:
                    value = other(text, type_, style)
                if column == len(values):
                    values.append(value)
                else:
                    _put(values, column, value)
            elif name == row_:
                if len(values) > limits.COLUMNS:
                    raise refusal("too_many_columns", limit=limits.COLUMNS)
                if values:
                    self._done.append((number, values))
            elif name == phonetic_:
                phonetic = False

        def data(characters: str) -> None:
            nonlocal text
            if collects:
                text += characters

        return begin, end, data

    def _other(self, raw: str, type_: str, style: str) -> str:
        if type_ == "n":
            return self._date(raw) if style in self._dates else _number(raw)
        if type_ == "b":
            return "true" if raw == "1" else "false"
        return raw

    def _date(self, raw: str) -> str:
        """A day or time by the calendar of the workbook; what lies outside of it stays the number it is."""
        try:
            serial = float(raw)
        except ValueError:
            return raw
        if not 0 <= serial < _LAST_SERIAL:
            return _number(raw)
        if self._base.year < 1900 and serial < _LEAP_BUG:
            serial += 1
        moment = self._base + timedelta(seconds=round(serial * 86_400))
        if serial < 1:
            return moment.strftime("%H:%M:%S")
        return (
            moment.date().isoformat()
            if moment.hour == moment.minute == moment.second == 0
            else moment.isoformat(" ")
        )


def _put(values: list[str], column: int, value: str) -> None:
    """Puts a value at a column that is not the next one."""
    if column >= limits.COLUMNS:
        raise refusal("too_many_columns", limit=limits.COLUMNS)
    if column < len(values):
        values[column] = value
    else:
        values.extend([""] * (column - len(values)))
        values.append(value)


class Merged:
    """Values of cells that were merged downwards, repeated in the rows they cover."""

    def __init__(self, areas: list[tuple[int, int, int]]) -> None:
        self._areas = sorted(areas)
        self._firsts = [first for first, _, _ in self._areas]
        self._next = 0
        self._open: dict[int, tuple[int, str]] = {}

    def fill(self, number: int, values: list[str]) -> list[str]:
        """The row with what stands above it in merged cells. Rows come in order."""
        until = bisect_right(self._firsts, number)
        for first, last, column in self._areas[self._next : until]:
            if first == number and column < len(values) and values[column]:
                self._open[column] = (last, values[column])
        self._next = max(self._next, until)
        for column, (last, text) in list(self._open.items()):
            if number > last:
                del self._open[column]
            elif column < len(values):
                values[column] = values[column] or text
            else:
                values.extend([""] * (column - len(values)))
                values.append(text)
        return values


def column_number(letters: str) -> int:
    """Column of an address's letters, 0 for A. Errors: file_broken."""
    number = 0
    for letter in letters:
        if not "A" <= letter <= "Z" or number > limits.COLUMNS * 26:
            raise refusal("file_broken", why="cell address")
        number = number * 26 + ord(letter) - 64
    return number - 1


def _number(raw: str) -> str:
    """A number without the noise of floating point; whole ones without a point."""
    if raw.isdecimal():
        return raw
    try:
        value = float(raw)
    except ValueError:
        return raw
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
