"""Photo files of the sample: a small library of drawings by scene, and own ones for a few dozen cases."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid5

from django.conf import settings

from geodata.sample.randomness import generator
from gridmgmt.cases import photo_files
from gridmgmt.sample.illustrations import HEIGHT, SCENES, WIDTH, draw

_NAMES = UUID("019b7523-3400-7000-8000-5a5a5a5a5a5a")
_LIBRARY_LABEL = "SAMPLE"
FOLDER_MODE = 0o2770


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """Where a drawing lies below media, and the facts of its row."""

    original: str
    copy: str
    thumbnail: str
    sha256: bytes
    size: int
    width: int = WIDTH
    height: int = HEIGHT


class Album:
    """Draws each picture once and writes it below media."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._kept: dict[tuple[str, bool, str], StoredPicture] = {}

    def picture(self, scene: str, *, after: bool, number: str = "") -> StoredPicture:
        """The drawing of a scene; with a case number a drawing of its own."""
        key = (scene, after, number)
        if key not in self._kept:
            self._kept[key] = self._draw(*key)
        return self._kept[key]

    def _draw(self, scene: str, after: bool, number: str) -> StoredPicture:  # noqa: FBT001 - parts of one key
        label = number or _LIBRARY_LABEL
        seed = int.from_bytes(hashlib.sha256(f"{scene}{label}".encode()).digest()[:4], "big")
        made = draw(scene, after=after, label=label, rng=generator(self.seed, "picture", seed))
        name = uuid5(_NAMES, f"{scene} {after} {label}")
        contents = {"originals": made.full, "copies": made.full, "thumbnails": made.small}
        places = {kind: photo_files.place(kind, name, "jpg") for kind in contents}
        for place, data in zip(places.values(), contents.values(), strict=True):
            path = settings.MEDIA_ROOT / place
            _share_folder(path.parent)
            path.write_bytes(data)
            path.chmod(photo_files.FILE_MODE)
        return StoredPicture(
            original=places["originals"],
            copy=places["copies"],
            thumbnail=places["thumbnails"],
            sha256=hashlib.sha256(made.full).digest(),
            size=len(made.full),
        )


def _share_folder(folder: Path) -> None:
    """The folder and the one above it, writable by the group: often root fills the sample, and the web process, which
    shares the group, must store live photos beside the drawings."""
    folder.mkdir(parents=True, exist_ok=True)
    for each in (folder, folder.parent):
        if each.stat().st_uid == os.getuid():
            each.chmod(FOLDER_MODE)


__all__ = ["SCENES", "Album", "StoredPicture"]
