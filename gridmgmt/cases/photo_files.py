"""Photo files below MEDIA_ROOT: received whole, written durably, published by rename. No database here.

originals/ keeps the bytes as taken (never served), copies/ and thumbnails/ what people see. A crash between rename
and database row leaves a file that the same photo, sent again, simply replaces.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol
from uuid import UUID

from django.conf import settings

from gridmgmt.cases import photo_errors

CHUNK_BYTES = 256 * 1024
FILE_MODE = 0o640
FOLDER_MODE = 0o750
STALE_S = 3300  # the sweep comes every five minutes: gone within an hour
SUFFIX = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/heic": "heic"}
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


class Readable(Protocol):
    """Anything with read(size) → bytes: a request, a file."""

    def read(self, size: int = ..., /) -> bytes:
        """Up to so many bytes, b"" at the end."""


@dataclass(frozen=True, slots=True)
class Received:
    """The bytes of one photo in a file of their own, not yet published."""

    file: IO[bytes]
    path: Path
    sha256: bytes
    size: int


def place(kind: str, photo_id: UUID, suffix: str) -> str:
    """Path of a photo's file below media; the last two digits of a UUIDv7 spread evenly over folders."""
    return f"{kind}/{photo_id.hex[-2:]}/{photo_id}.{suffix}"


def incoming_folder() -> Path:
    """Where bytes wait until they are whole and verified; on the disk of the photos."""
    folder: Path = settings.MEDIA_ROOT / "incoming"
    make_folder(folder)
    return folder


def scratch_path(photo_id: UUID) -> Path:
    """A name there that nobody else uses."""
    return incoming_folder() / f"{photo_id}.{os.urandom(6).hex()}"


@contextmanager
def scratch(photo_id: UUID) -> Iterator[tuple[IO[bytes], Path]]:
    """An empty file on the same disk, readable and writable; gone afterwards unless published."""
    path = scratch_path(photo_id)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, FILE_MODE)
    try:
        with room_or_say_so(), os.fdopen(descriptor, "r+b") as file:
            yield file, path
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def incoming(photo_id: UUID, stream: Readable, *, expected_bytes: int | None = None) -> Iterator[Received]:
    """The stream's bytes in a scratch file. Errors: photo_empty, photo_too_large, photo_truncated, storage_full."""
    limit = settings.PHOTO_MAX_BYTES
    if expected_bytes is not None and expected_bytes > limit:
        raise photo_errors.too_large(limit)
    with scratch(photo_id) as (file, path):
        sha256, size = hashlib.sha256(), 0
        while chunk := stream.read(CHUNK_BYTES):
            size += len(chunk)
            if size > limit:
                raise photo_errors.too_large(limit)
            sha256.update(chunk)
            file.write(chunk)
        if expected_bytes is not None and size < expected_bytes:
            raise photo_errors.truncated(expected=expected_bytes, received=size)
        if not size:
            raise photo_errors.empty()
        file.seek(0)
        yield Received(file, path, sha256.digest(), size)


def publish(file: IO[bytes], path: Path, relative: str) -> None:
    """Makes the bytes durable, then visible under their name in one step, then the name durable."""
    target: Path = settings.MEDIA_ROOT / relative
    make_folder(target.parent)
    file.flush()
    os.fsync(file.fileno())
    path.replace(target)
    sync_folder(target.parent)


def make_folder(folder: Path) -> None:
    """The folder and those above it, readable by the group (the proxy, the backup), not by others."""
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)


def sync_folder(folder: Path) -> None:
    """A rename survives a power cut only when the folder has been written out too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def room_or_say_so() -> Iterator[None]:
    """A full disk becomes storage_full (507); every other fault of the disk stays what it is."""
    try:
        yield
    except OSError as error:
        if error.errno in NO_ROOM:
            raise photo_errors.storage_full() from error
        raise


def sweep_incoming(*, now: float) -> int:
    """Removes what a killed process or a phone that never came back left untouched since STALE_S; returns how many."""
    before, swept = now - STALE_S, 0
    for path in (settings.MEDIA_ROOT / "incoming").glob("*"):
        with suppress(FileNotFoundError):  # meanwhile whole and gone under its own name
            if path.stat().st_mtime < before:
                path.unlink()
                swept += 1
    return swept
