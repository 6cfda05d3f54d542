"""Taking a file in: copied under a name of ours, hashed, recognised. GDAL only ever sees these paths."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings

from importers import archive, limits, sniff
from importers.errors import refusal

_BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in the batch's folder: ``path`` is what the reader opens."""

    path: Path
    format: str
    size: int
    sha256: str
    name: str


def folder_of(batch_id: UUID) -> Path:
    """Where a batch keeps its file."""
    return Path(settings.VAR) / "imports" / batch_id.hex


def present() -> set[UUID]:
    """Batches that keep a file."""
    folder = Path(settings.VAR) / "imports"
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    return {UUID(name) for name in names if re.fullmatch(r"[0-9a-f]{32}", name)}


def last_written(batch_id: UUID) -> datetime:
    """When anything in a batch's folder was last written; long ago where there is none, now where something goes."""
    folder = folder_of(batch_id)
    try:
        paths = [folder, *folder.iterdir()] if folder.is_dir() else []
        return datetime.fromtimestamp(max((path.stat().st_mtime for path in paths), default=0.0), UTC)
    except FileNotFoundError:  # somebody is at work in it
        return datetime.now(UTC)


def take_path(source: Path, batch_id: UUID, layer: str = "") -> Stored:
    """Copies a file or a folder with one shapefile from the local disk. Errors: those of `take_stream`, file_missing."""
    if source.is_dir():
        return _take_folder(source, batch_id, layer)
    if not source.is_file():
        raise refusal("file_missing", name=source.name)
    if source.suffix.lower() == ".shp":
        names = {str(part) for part in source.parent.iterdir() if part.stem == source.stem}
        return _take_parts(archive.choose(names), batch_id, source.name)
    with source.open("rb") as file:
        return take_stream(iter(lambda: file.read(_BLOCK), b""), source.name, batch_id, layer)


def take_stream(
    blocks: Iterable[bytes],
    name: str,
    batch_id: UUID,
    layer: str = "",
    *,
    limit: int = limits.FILE_BYTES,
) -> Stored:
    """Stores what is sent and recognises it. Errors: file_empty, file_too_large, format_*, archive_*, layer_*,
    shapefile_incomplete. Nothing stays behind after an error."""
    folder = folder_of(batch_id)
    folder.mkdir(parents=True, mode=0o770)  # the command line and the page share it by group
    try:
        suffix = Path(name).suffix.lower()
        path = folder / f"upload{suffix if suffix in sniff.NAMES else ''}"
        size, digest = _copy(blocks, path, limit)
        path, found = _recognised(path, layer, limit)
        return Stored(path=path, format=found, size=size, sha256=digest, name=Path(name).name[:200])
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _recognised(path: Path, layer: str, limit: int) -> tuple[Path, str]:
    """The file to read and its format; an archive is unpacked beside itself."""
    found = sniff.sniff(path)
    if found == sniff.SHAPEFILE:
        raise refusal("shapefile_incomplete", missing=".dbf")
    if found == sniff.ZIP:
        path = archive.unpack(path, path.parent, layer, limit=limit)
        found = sniff.sniff(path)
    if found in sniff.PACKED_BOOKS:
        archive.inspect(path)
    return path, found


def forget(batch_id: UUID) -> None:
    """Removes a batch's folder."""
    shutil.rmtree(folder_of(batch_id), ignore_errors=True)


def _take_folder(source: Path, batch_id: UUID, layer: str) -> Stored:
    parts = archive.choose((str(path) for path in source.iterdir() if path.is_file()), layer)
    return _take_parts(parts, batch_id, source.name)


def _take_parts(parts: dict[str, str], batch_id: UUID, name: str) -> Stored:
    """A data set that lies in several files; the hash runs over all of them."""
    folder = folder_of(batch_id)
    folder.mkdir(parents=True, mode=0o770)  # the command line and the page share it by group
    digest, size = hashlib.sha256(), 0
    try:
        for suffix, part in parts.items():
            copied, part_digest = _copy(_file_blocks(Path(part)), folder / f"data{suffix}", limits.FILE_BYTES)
            size += copied
            digest.update(part_digest.encode())
        path = folder / f"data{next(iter(parts))}"
        found = sniff.sniff(path)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Stored(path=path, format=found, size=size, sha256=digest.hexdigest(), name=name[:200])


def _file_blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(lambda: file.read(_BLOCK), b"")


def _copy(blocks: Iterable[bytes], path: Path, limit: int) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with path.open("wb") as sink:
        for block in blocks:
            size += len(block)
            if size > limit:
                raise refusal("file_too_large", limit_mb=limit // limits.MEGABYTE)
            digest.update(block)
            sink.write(block)
    return size, digest.hexdigest()
