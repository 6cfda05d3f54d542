"""Unpacking what a stranger packed: every entry is counted and measured while it is written, names are ours."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from geodata.errors import DomainError
from importers import limits
from importers.errors import refusal

SHAPE_PARTS: Final = (".shp", ".shx", ".dbf", ".prj", ".cpg")
SHAPE_NEEDED: Final = (".shp", ".dbf")  # the .shx can be made again from the .shp
SINGLE: Final = (
    ".geojson",
    ".json",
    ".gpkg",
    ".csv",
    ".tsv",
    ".txt",
    ".xlsx",
    ".xls",
    ".ods",
    ".pbf",
    ".kml",
    ".dxf",
)
_BLOCK: Final = 1 << 20


def unpack(archive: Path, target: Path, layer: str = "", *, limit: int = limits.FILE_BYTES) -> Path:
    """The one data set of a ZIP, unpacked under a name of ours in ``target``. Errors: archive_*, layer_*,
    shapefile_incomplete."""
    try:
        with zipfile.ZipFile(archive) as packed:
            entries = _checked(packed.infolist(), limit)
            parts = choose(entries.keys(), layer)
            written = 0
            for suffix, name in parts.items():
                written += _write(packed, entries[name], target / f"data{suffix}", limit - written)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError):
        raise refusal("archive_broken") from None
    return target / f"data{next(iter(parts))}"


def inspect(workbook: Path, *, limit: int = limits.FILE_BYTES) -> None:
    """The same checks for a workbook, which is a ZIP that is not unpacked. Errors: archive_*."""
    try:
        with zipfile.ZipFile(workbook) as packed:
            _checked(packed.infolist(), limit)
    except (zipfile.BadZipFile, UnicodeDecodeError):
        raise refusal("archive_broken") from None


def choose(names: Iterable[str], layer: str = "") -> dict[str, str]:
    """Suffix → entry name of the wished data set; the main part first. Errors: archive_empty, layer_needed,
    layer_unknown, shapefile_incomplete."""
    sets = _data_sets(names)
    if not sets:
        raise refusal("archive_empty")
    labels = {PurePosixPath(stem).name: stem for stem in sets}
    if layer and layer not in labels:
        raise refusal("layer_unknown", layer=layer, layers=", ".join(sorted(labels)))
    if not layer and len(sets) > 1:
        raise refusal("layer_needed", layers=", ".join(sorted(labels)))
    parts = sets[labels[layer] if layer else next(iter(sets))]
    if ".shp" in parts and (missing := [part for part in SHAPE_NEEDED if part not in parts]):
        raise refusal("shapefile_incomplete", missing=", ".join(missing))
    return parts


def _data_sets(names: Iterable[str]) -> dict[str, dict[str, str]]:
    """Stem → {suffix: entry}; shapefiles with their parts, everything else by itself."""
    grouped: dict[str, dict[str, str]] = {}
    for name in sorted(names):
        path = PurePosixPath(name)
        suffix = path.suffix.lower()
        if path.name.startswith(".") or "__MACOSX" in path.parts:
            continue
        if suffix in SHAPE_PARTS or suffix in SINGLE:
            grouped.setdefault(str(path.with_suffix("")), {})[suffix] = name
    found: dict[str, dict[str, str]] = {}
    for stem, parts in grouped.items():
        if ".shp" in parts:
            found[stem] = {part: parts[part] for part in SHAPE_PARTS if part in parts}
        elif main := next((part for part in SINGLE if part in parts), None):
            found[stem] = {main: parts[main]}
    return found


def _checked(entries: list[zipfile.ZipInfo], limit: int) -> dict[str, zipfile.ZipInfo]:
    """The files of the archive by name, after the checks that need no unpacking."""
    if len(entries) > limits.ARCHIVE_ENTRIES:
        raise refusal("archive_too_large")
    found: dict[str, zipfile.ZipInfo] = {}
    for entry in entries:
        if entry.is_dir():
            continue
        _check_entry(entry)
        found[entry.filename] = entry
    if sum(entry.file_size for entry in found.values()) > limit:
        raise refusal("archive_too_large")
    return found


def _check_entry(entry: zipfile.ZipInfo) -> None:
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        raise refusal("archive_unsafe_path")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise refusal("archive_unsafe_path")
    if entry.flag_bits & 0x1:
        raise refusal("archive_encrypted")
    large = entry.file_size > limits.ARCHIVE_FREE_BYTES
    if large and entry.file_size > limits.ARCHIVE_RATIO * max(entry.compress_size, 1):
        raise refusal("archive_too_large")


def _write(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, budget: int) -> int:
    """Writes one entry; the header's size is not believed."""
    allowed = min(budget, entry.file_size)
    written = 0
    try:
        with packed.open(entry) as source, path.open("wb") as sink:
            for block in _blocks(source):
                written += len(block)
                if written > allowed:
                    raise refusal("archive_too_large")
                sink.write(block)
    except DomainError:
        path.unlink(missing_ok=True)
        raise
    return written


def _blocks(source: object) -> Iterator[bytes]:
    while block := source.read(_BLOCK):  # type: ignore[attr-defined]
        yield block
