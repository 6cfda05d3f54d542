"""Photos that arrive in pieces: one growing file per person and photo among the scratch files. No database here.

The name says whose it is, which photo, and how many bytes it will have; the size says how far it is. Each piece is
written under a lock that is held for that piece alone, so a connection that hangs keeps nobody out. Whole photos are
read through a second name of the same file: until the row says "stored" the partial is there and nothing is sent twice.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings

from gridmgmt.cases import photo_errors, photo_files
from gridmgmt.cases.photo_files import Readable, Received

PIECE_BYTES = 32 * 1024
SUFFIX = "part"
# Of one person at a time; whoever begins more loses the piece that waited longest and sends that photo again.
MOST_PARTIALS = 20
MOST_PHOTOS_BYTES = 8


@dataclass(frozen=True, slots=True)
class Partial:
    """A photo on its way. ``total`` is the size in bytes it will have."""

    path: Path
    total: int

    @property
    def offset(self) -> int:
        """Bytes that are here; 0 when the file is gone."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0


def find(owner: UUID, photo_id: UUID) -> Partial | None:
    """The partial of a person and a photo."""
    return next(iter(_partials(f"{owner.hex}.{photo_id}.*.{SUFFIX}")), None)


def begin(owner: UUID, photo_id: UUID, total: int) -> Partial:
    """An empty one; the person's oldest go when there are too many. Error: storage_full 507."""
    make_room(owner, total)
    path = photo_files.incoming_folder() / f"{owner.hex}.{photo_id}.{total}.{SUFFIX}"
    with photo_files.room_or_say_so():
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, photo_files.FILE_MODE))
    return Partial(path, total)


def make_room(owner: UUID, total: int) -> None:
    """Deletes what waited longest until one more of ``total`` bytes fits into the person's share."""
    held = sorted(_partials(f"{owner.hex}.*.{SUFFIX}"), key=_touched)
    most = MOST_PHOTOS_BYTES * settings.PHOTO_MAX_BYTES
    while held and (len(held) >= MOST_PARTIALS or total + sum(one.total for one in held) > most):
        discard(held.pop(0))


def discard(partial: Partial) -> None:
    """It is gone, also when it was before."""
    partial.path.unlink(missing_ok=True)


def append(partial: Partial, stream: Readable, *, offset: int) -> int:
    """Writes what comes behind ``offset``; returns the offset then. What came before a connection broke stays.

    Errors: upload_offset 409 with the true offset, at once or when another connection was faster; storage_full 507.
    """
    descriptor = os.open(partial.path, os.O_WRONLY | os.O_CREAT, photo_files.FILE_MODE)
    try:
        _expect(descriptor, offset)
        while piece := stream.read(PIECE_BYTES):
            _write(descriptor, piece, offset)
            offset += len(piece)
    finally:
        os.close(descriptor)
    return offset


def _write(descriptor: int, piece: bytes, offset: int) -> None:
    with _locked(descriptor), photo_files.room_or_say_so():
        _expect(descriptor, offset)
        written = 0
        while written < len(piece):
            written += os.pwrite(descriptor, piece[written:], offset + written)


def _expect(descriptor: int, offset: int) -> None:
    here = os.fstat(descriptor).st_size
    if here != offset:
        raise photo_errors.wrong_offset(here)


@contextmanager
def held(partial: Partial) -> Iterator[bool]:
    """Nobody else finishes this photo inside; False when somebody did before."""
    try:
        descriptor = os.open(partial.path, os.O_RDONLY)
    except FileNotFoundError:
        yield False
        return
    try:
        with _locked(descriptor):
            yield os.fstat(descriptor).st_nlink > 0
    finally:
        os.close(descriptor)


@contextmanager
def whole(partial: Partial, photo_id: UUID) -> Iterator[Received]:
    """All bytes of a complete partial under a name of their own that may be published; the partial stays."""
    path = photo_files.scratch_path(photo_id)
    os.link(partial.path, path)
    try:
        with photo_files.room_or_say_so(), path.open("r+b") as file:
            sha256 = hashlib.file_digest(file, "sha256").digest()
            file.seek(0)
            yield Received(file, path, sha256, partial.total)
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def _locked(descriptor: int) -> Iterator[None]:
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


def _partials(pattern: str) -> list[Partial]:
    folder = settings.MEDIA_ROOT / "incoming"
    return [Partial(path, int(path.name.split(".")[-2])) for path in sorted(folder.glob(pattern))]


def _touched(partial: Partial) -> float:
    with suppress(FileNotFoundError):
        return partial.path.stat().st_mtime
    return 0.0
