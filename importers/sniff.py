"""What a file is, by its first bytes. The name only has to agree; it never decides."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Final

from importers import limits
from importers.errors import refusal

GEOJSON: Final = "geojson"
GPKG: Final = "gpkg"
SHAPEFILE: Final = "shapefile"
CSV: Final = "csv"
PBF: Final = "osm.pbf"
ZIP: Final = "zip"
XLSX: Final = "xlsx"
XLS: Final = "xls"
ODS: Final = "ods"
KML: Final = "kml"
DXF: Final = "dxf"
JSON_ROWS: Final = "json"
PACKED_BOOKS: Final = frozenset({XLSX, ODS})

NAMES: Final[dict[str, str]] = {
    ".geojson": GEOJSON,
    ".json": GEOJSON,
    ".gpkg": GPKG,
    ".shp": SHAPEFILE,
    ".csv": CSV,
    ".tsv": CSV,
    ".txt": CSV,
    ".pbf": PBF,
    ".zip": ZIP,
    ".xlsx": XLSX,
    ".xls": XLS,
    ".ods": ODS,
    ".kml": KML,
    ".kmz": ZIP,
    ".dxf": DXF,
}
_ALSO: Final = frozenset({(GEOJSON, JSON_ROWS)})
"""Names that say less than the content: .json may be either."""
HEAD_BYTES: Final = 4096
_SHAPE_MAGIC: Final = struct.pack(">i", 9994)
_OURS: Final[tuple[tuple[bytes, str], ...]] = (
    (_SHAPE_MAGIC, SHAPEFILE),
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (b"\xd0\xcf\x11\xe0", XLS),  # and whatever Office protects by a password
    (b"SQLite format 3\x00", GPKG),
)
_DXF_BEGINS: Final = re.compile(rb"(?:999\s*\r?\n[^\n]*\n\s*)*0\s*\r?\n\s*SECTION\s*\r?\n")
_KML_ROOT: Final = re.compile(rb"<(?:\w+:)?kml[\s>]")
_ODS_TYPE: Final = b"application/vnd.oasis.opendocument.spreadsheet"
_FOREIGN: Final[tuple[tuple[bytes, str], ...]] = (
    (b"%PDF", "PDF"),
    (b"\x1f\x8b", "gzip"),
    (b"7z\xbc\xaf", "7z"),
    (b"Rar!", "RAR"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"AutoCAD Binary DXF", "binary DXF"),
    (b"AC10", "DWG"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"fgb\x03", "FlatGeobuf"),
)


def sniff(path: Path) -> str:
    """The format of a file from its content. Errors: file_empty, format_unknown, format_refused, format_mismatch."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        raise refusal("file_empty")
    found = _by_content(head)
    if found == ZIP:
        found = _packed(path)
    named = NAMES.get(path.suffix.lower())
    if found is None:
        if named is None:
            raise refusal("format_unknown")
        if named != CSV:
            raise refusal("format_mismatch", named=named, found="text")
        return CSV
    if named is not None and named != found and (named, found) not in _ALSO:
        raise refusal("format_mismatch", named=named, found=found)
    return found


def _by_content(head: bytes) -> str | None:
    """The format, or None for text that could be a table."""
    for magic, name in _FOREIGN:
        if head.startswith(magic):
            raise refusal("format_refused", found=name)
    for magic, name in _OURS:
        if head.startswith(magic):
            return name
    if b"OSMHeader" in head[:64]:
        return PBF
    return _text_format(head.removeprefix(b"\xef\xbb\xbf").lstrip())


def _text_format(text: bytes) -> str | None:
    """The format of a text, or None where it could be a table. Error: format_refused."""
    if text[:1] == b"<":
        if _KML_ROOT.search(text):
            return KML
        raise refusal("format_refused", found=_markup(text))
    if _DXF_BEGINS.match(text):
        return DXF
    return {b"{": GEOJSON, b"[": JSON_ROWS}.get(text[:1])


def _packed(path: Path) -> str:
    """What a ZIP is by the entries it lists: a workbook, or an archive with files."""
    try:
        with zipfile.ZipFile(path) as packed:
            names = set(packed.namelist()[: limits.ARCHIVE_ENTRIES])
            if "xl/workbook.xml" in names:
                return XLSX
            if "mimetype" in names and packed.getinfo("mimetype").file_size == len(_ODS_TYPE):
                return ODS if packed.read("mimetype") == _ODS_TYPE else ZIP
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError):
        return ZIP
    return ZIP


def _markup(text: bytes) -> str:
    """A word for a markup file, for the message."""
    lowered = text[:512].lower()
    for word, name in ((b"vrt", "VRT"), (b"gml", "GML"), (b"html", "HTML"), (b"gpx", "GPX")):
        if word in lowered:
            return name
    return "XML"
