"""Reader of .xlsx sheets, one row at a time in constant memory, whatever cell a sheet claims to reach.

Libraries that are fast keep a whole sheet in memory (1.2 M people: more than 2 GB); the one that streams reads three
thousand rows a second (docs/adr/0009). What is read is ECMA-376 part 1, §18: values, shared strings, dates by number
format, merged cells. Formulas count by the value that was stored with them; external links, macros and pictures are not opened.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final
from xml.parsers import expat

from importers import limits
from importers.errors import refusal
from importers.reading.xlsx_cells import Begin, Handlers, Merged, Rows, Texts, Told, column_number

_BLOCK: Final = 1 << 18
_BUILT_IN_DATES: Final = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
# What a number format says literally, its colours and conditions; [h] and [mm] stay, they are times.
_LITERAL: Final = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_DATE_LETTERS: Final = re.compile(r"[ymdhs年月日]", re.IGNORECASE)
_MERGED: Final = re.compile(rb'<(?:\w+:)?mergeCell [^>]*?ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name, its part in the package, whether people see it."""

    name: str
    part: str
    hidden: bool


class Book:
    """An opened workbook. Errors of everything below: file_broken."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
            main = self._main_part()
            links = self._links(main)
            self.sheets, base = self._sheets(main, links)
        except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, OSError):
            raise refusal("file_broken", why="xlsx") from None
        self._base = base
        self._dates = self._date_styles(links.get("styles", ""))
        self._texts = Texts()
        if shared := links.get("sharedStrings"):
            self._read(shared, self._texts.begin, self._texts.end, self._texts.data)

    def rows(self, sheet: Sheet) -> Iterator[tuple[int, list[str]]]:
        """Row number as people count and the texts of its cells; rows without a cell are left out. A value of cells that
        were merged downwards stands in each of them."""
        merged = self._merged(sheet.part)
        reader = Rows(self._texts, self._dates, self._base)
        for _ in self._parse(sheet.part, rooted=reader.handlers):
            for number, values in reader.taken():
                yield number, merged.fill(number, values) if merged else values

    def _main_part(self) -> str:
        names = self._zip.namelist()
        return next(
            name for name in ("xl/workbook.xml", *names) if name in names and name.endswith("workbook.xml")
        )

    def _links(self, main: str) -> dict[str, str]:
        """Relation id, and kind for the parts that exist once → part."""
        path = PurePosixPath(main)
        found: dict[str, str] = {}

        def begin(name: str, attributes: dict[str, str]) -> None:
            if name.endswith("Relationship") and attributes.get("TargetMode") != "External":
                target = attributes.get("Target", "")
                part = target[1:] if target.startswith("/") else str(path.parent / target)
                found[attributes.get("Id", "")] = part
                found[attributes.get("Type", "").rpartition("/")[2]] = part

        self._read(str(path.parent / "_rels" / f"{path.name}.rels"), begin)
        return found

    def _sheets(self, main: str, links: dict[str, str]) -> tuple[list[Sheet], datetime]:
        sheets: list[Sheet] = []
        base = datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet's days have no time zone

        def begin(name: str, attributes: dict[str, str]) -> None:
            nonlocal base
            kind = name.rpartition(":")[2]
            if kind == "workbookPr" and attributes.get("date1904", "0") in {"1", "true"}:
                base = datetime(1904, 1, 1)  # noqa: DTZ001
            if kind == "sheet":
                relation = next((value for key, value in attributes.items() if key.endswith(":id")), "")
                part = links.get(relation, "")
                if "worksheets/" in part:
                    hidden = attributes.get("state", "visible") != "visible"
                    sheets.append(Sheet(attributes.get("name", ""), part, hidden))

        self._read(main, begin)
        return sheets, base

    def _date_styles(self, part: str) -> frozenset[str]:
        """Indices of cell formats that show a date or a time, as the cells write them."""
        formats: dict[str, bool] = {}
        found: list[str] = []
        inside = False

        def begin(name: str, attributes: dict[str, str]) -> None:
            nonlocal inside
            kind = name.rpartition(":")[2]
            if kind == "numFmt":
                shown = _LITERAL.sub("", attributes.get("formatCode", ""))
                formats[attributes.get("numFmtId", "")] = (
                    bool(_DATE_LETTERS.search(shown)) and "general" not in shown.lower()
                )
            elif kind == "cellXfs":
                inside = True
            elif kind == "cellStyles":
                inside = False
            elif kind == "xf" and inside:
                found.append(attributes.get("numFmtId", "0"))

        if part:
            self._read(part, begin)
        return frozenset(
            str(index)
            for index, number in enumerate(found)
            if formats.get(number, number.isdecimal() and int(number) in _BUILT_IN_DATES)
        )

    def _merged(self, part: str) -> Merged | None:
        """The cells of a sheet that were merged downwards; they are told behind the rows."""
        found: list[tuple[int, int, int]] = []
        tail = b""
        for block in self._blocks(part):
            text = tail + block
            for match in _MERGED.finditer(text):
                first, last = int(match[2]), int(match[4])
                if last > first and (column := column_number(match[1].decode())) < limits.COLUMNS:
                    found.append((first, last, column))
            tail = text[-80:] if b"<" not in text[-80:] else text[text.rindex(b"<") :][-200:]
        return Merged(found) if found else None

    def _blocks(self, part: str) -> Iterator[bytes]:
        try:
            with self._zip.open(part) as file:
                while block := file.read(_BLOCK):
                    yield block
        except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, OSError):
            raise refusal("file_broken", why=part[-60:]) from None

    def _read(self, part: str, begin: Begin, end: Told | None = None, data: Told | None = None) -> None:
        """Sends a part through expat at once."""
        for _ in self._parse(part, begin, end, data):
            pass

    def _parse(
        self,
        part: str,
        begin: Begin | None = None,
        end: Told | None = None,
        data: Told | None = None,
        rooted: Callable[[str], Handlers] | None = None,
    ) -> Iterator[None]:
        """Sends a part through expat; stops after every block. A document type, which no workbook has, is refused.
        ``rooted`` answers the handlers for what lies below the first element, whose prefix it is told."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.EndElementHandler = end
        parser.CharacterDataHandler = data
        parser.StartElementHandler = _first(parser, rooted) if rooted else begin
        try:
            for block in self._blocks(part):
                parser.Parse(block, False)  # noqa: FBT003 - expat names no arguments
                yield
            parser.Parse(b"", True)  # noqa: FBT003
        except expat.ExpatError as error:
            raise refusal("file_broken", why=f"{part[-60:]}: {expat.ErrorString(error.code)}") from None
        yield


def _first(parser: Any, rooted: Callable[[str], Handlers]) -> Begin:
    """A handler of the first element that sets those of all others."""

    def first(name: str, _attributes: dict[str, str]) -> None:
        begin, end, data = rooted(name.rpartition(":")[0])
        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = begin, end, data

    return first


def _refuse_doctype(*_arguments: Any) -> None:
    raise refusal("file_broken", why="DOCTYPE")
