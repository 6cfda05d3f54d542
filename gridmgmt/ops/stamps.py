"""Stamps: the digest of what a step was made from, so that a step whose inputs are unchanged is skipped."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


def digest(paths: Iterable[Path], *, extra: str = "") -> str:
    """SHA-256 over the names and contents of files, in sorted order; missing files count as absent."""
    total = hashlib.sha256(extra.encode())
    for path in sorted(set(paths)):
        if path.is_file():
            total.update(f"{path.name}\0".encode())
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def read(stamp: Path) -> str:
    """The digest a stamp holds; empty when there is none."""
    try:
        return stamp.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""


def write(stamp: Path, value: str) -> None:
    """Leaves the digest, whole or not at all."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    fresh = stamp.with_name(f"{stamp.name}.{os.getpid()}")
    fresh.write_text(value + "\n", encoding="ascii")
    fresh.replace(stamp)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Holds an exclusive lock on an existing folder: two `./grid` at once never install into the same
    place."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
