"""Reader of KML, in pieces: placemarks with their names, data and folders. GDAL's driver for it knows names and
descriptions only. Links to other files are not followed, styles and pictures not opened; a DTD is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NoReturn
from xml.parsers import expat

import shapely
from shapely.geometry.base import BaseGeometry

from importers import limits
from importers.errors import refusal
from importers.reading.records import ID_COLUMN, Record, Source

_BLOCK: Final = 1 << 18
_DEEPEST: Final = 64
_TEXTS: Final = frozenset({"name", "description", "address", "coordinates", "value", "SimpleData"})


def open_kml(path: Path) -> Source:
    """Every placemark of the file. Errors: file_broken, feature_too_large, encoding_unknown."""
    return Source(columns=[], chunks=_chunks(path), datum="wgs84", datum_text="KML")


def _chunks(path: Path) -> Iterator[list[Record]]:
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = reader.begin, reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _no_doctype
    with path.open("rb") as file:
        while True:
            block = file.read(_BLOCK)
            try:
                parser.Parse(block, not block)
            except expat.ExpatError as error:
                raise refusal("file_broken", why=f"line {error.lineno}") from None
            except (
                LookupError,
                ValueError,
            ):  # what the parser says of encodings it cannot read, GBK among them
                raise refusal("encoding_unknown") from None
            while len(reader.records) >= limits.CHUNK_ROWS or (not block and reader.records):
                yield reader.records[: limits.CHUNK_ROWS]
                del reader.records[: limits.CHUNK_ROWS]
            if not block:
                return


def _no_doctype(*_args: Any) -> NoReturn:
    raise refusal("file_broken", why="DOCTYPE")


@dataclass(slots=True)
class _Placemark:
    """What was read of the placemark that is open."""

    values: dict[str, Any] = field(default_factory=dict)
    shapes: list[BaseGeometry] = field(default_factory=list)
    bad: bool = False


class _Reader:
    """Follows the elements; ``records`` are the placemarks that were closed."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self._count = 0
        self._open: list[str] = []
        self._folders: list[str] = []
        self._mark: _Placemark | None = None
        self._text: list[str] = []
        self._size = 0
        self._key = ""
        self._outer: list[list[float]] = []
        self._inner: list[list[list[float]]] = []

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        """An element opens."""
        name = tag.rpartition(" ")[2]
        self._open.append(name)
        if len(self._open) > _DEEPEST:
            raise refusal("file_broken", why="nested too deeply")
        self._text, self._size = [], 0
        if name == "Folder":
            self._folders.append("")
        elif name == "Placemark":
            key = attributes.get("id", "")
            self._mark = _Placemark({ID_COLUMN: key} if key else {})
        elif name in {"Data", "SimpleData"}:
            self._key = attributes.get("name", "")
        elif name == "Polygon":
            self._outer, self._inner = [], []

    def text(self, data: str) -> None:
        """Text of the element that is open; only of those that are read."""
        if self._open and self._open[-1] in _TEXTS:
            self._size += len(data)
            if self._size > limits.FEATURE_BYTES:
                raise refusal("feature_too_large", limit_mb=limits.FEATURE_BYTES // limits.MEGABYTE)
            self._text.append(data)

    def end(self, tag: str) -> None:
        """An element closes."""
        name, parent = tag.rpartition(" ")[2], self._open[-2] if len(self._open) > 1 else ""
        text = "".join(self._text).strip() if name in _TEXTS else ""
        self._open.pop()
        if name == "Folder":
            self._folders.pop()
        elif name == "Placemark":
            self._close()
        elif name == "name" and parent == "Folder":
            self._folders[-1] = text
        elif self._mark is not None:
            self._of_placemark(self._mark, name, parent, text)

    def _of_placemark(self, mark: _Placemark, name: str, parent: str, text: str) -> None:
        if parent == "Placemark" and name in {"name", "description", "address"}:
            mark.values[name] = text
        elif name == "SimpleData" or (name == "value" and parent == "Data"):
            if self._key:
                mark.values[self._key] = text
        elif name == "coordinates":
            self._coordinates(mark, parent, text)
        elif name == "Polygon":
            self._polygon(mark)

    def _coordinates(self, mark: _Placemark, parent: str, text: str) -> None:
        pairs = _pairs(text)
        if pairs is None:
            mark.bad = True
        elif parent == "LinearRing" and "innerBoundaryIs" in self._open:
            self._inner.append(pairs)
        elif parent == "LinearRing" and "Polygon" in self._open:
            self._outer = pairs
        elif parent == "Point":
            mark.bad = mark.bad or len(pairs) != 1
            mark.shapes += [shapely.Point(pairs[0])] if pairs else []
        elif parent in {"LineString", "LinearRing"}:
            if len(pairs) < 2:
                mark.bad = True
            else:
                mark.shapes.append(shapely.LineString(pairs))

    def _polygon(self, mark: _Placemark) -> None:
        rings = [self._outer, *self._inner]
        if any(len(ring) < 4 or ring[0] != ring[-1] for ring in rings):
            mark.bad = True
        else:
            mark.shapes.append(shapely.Polygon(self._outer, self._inner))

    def _close(self) -> None:
        mark, self._mark = self._mark or _Placemark(), None
        self._count += 1
        folder = "/".join(filter(None, self._folders))
        values = {**({"folder": folder} if folder else {}), **mark.values}
        record = Record(row_no=self._count, ref=f"feature {self._count}", values=values)
        if mark.bad:
            record.problems.append("geometry_unreadable")
        else:
            record.shape = _together(mark.shapes)
        self.records.append(record)


def _together(shapes: list[BaseGeometry]) -> BaseGeometry | None:
    """One shape as it is, several of one type as their multiple; a mixture stays a collection, which no kind takes."""
    if len(shapes) < 2:
        return shapes[0] if shapes else None
    polygons = [shape for shape in shapes if isinstance(shape, shapely.Polygon)]
    if len(polygons) == len(shapes):
        return shapely.MultiPolygon(polygons)
    lines = [shape for shape in shapes if isinstance(shape, shapely.LineString)]
    if len(lines) == len(shapes):
        return shapely.MultiLineString(lines)
    return shapely.GeometryCollection(shapes)


def _pairs(text: str) -> list[list[float]] | None:
    """``lon,lat[,height]`` separated by blanks; heights go. None for anything else."""
    found = []
    for part in text.split():
        numbers = part.split(",")
        if not 2 <= len(numbers) <= 3:
            return None
        try:
            found.append([float(numbers[0]), float(numbers[1])])
        except ValueError:
            return None
    return found
