"""How fast an import goes and how long it will take: rows from the size of the file, steps without a count from earlier
imports of the same kind. Estimates for people who wait; nothing depends on them."""

from __future__ import annotations

import lzma
import time
import zipfile
import zlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from importers.models import ImportBatch

_SAMPLE_BYTES: Final = 1 << 18
_EARLIER: Final = 5
_SETTLE_SECONDS: Final = 2.0
"""Before that a rate says nothing."""
_MARKS: Final = {"csv": b"\n", "geojson": b'"Feature"'}
_PACKED_MARKS: Final = {"xlsx": (b"<row", "xl/worksheets/"), "ods": (b"<table:table-row", "content.xml")}


def expected_rows(path: Path, form: str) -> int:
    """About how many rows a file holds, from how many its beginning does; 0 where nobody can tell cheaply."""
    if form == "shapefile":
        return _dbf_rows(path.with_suffix(".dbf"))
    if form in _PACKED_MARKS:
        return _packed_rows(path, *_PACKED_MARKS[form])
    if form not in _MARKS:
        return 0
    with path.open("rb") as file:
        return _projected(file.read(_SAMPLE_BYTES), _MARKS[form], path.stat().st_size)


def _packed_rows(path: Path, mark: bytes, part: str) -> int:
    try:
        with zipfile.ZipFile(path) as packed:
            parts = [one for one in packed.infolist() if one.filename.startswith(part)]
            if not parts:
                return 0
            largest = max(parts, key=lambda one: one.file_size)
            with packed.open(largest) as stream:
                return _projected(stream.read(_SAMPLE_BYTES), mark, largest.file_size)
    except (
        zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError, OSError
    ):  # fmt: skip
        return 0  # the reader will say what is wrong with it


def _dbf_rows(path: Path) -> int:
    """The head of the table says it."""
    if not path.is_file():
        return 0
    with path.open("rb") as file:
        return int.from_bytes(file.read(8)[4:8], "little")


def _projected(sample: bytes, mark: bytes, size: int) -> int:
    return round(sample.count(mark) * size / len(sample)) if sample else 0


class Watch:
    """Measures a step; the seconds are kept with the batch, for the next one of its kind."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def note(self, batch: ImportBatch, step: str) -> None:
        """Puts the seconds into the batch (not saved)."""
        seconds = round(time.monotonic() - self._began, 2)
        batch.summary = {**batch.summary, "seconds": {**batch.summary.get("seconds", {}), step: seconds}}


@dataclass(frozen=True, slots=True)
class Pace:
    """What a waiting person is told. None: not known."""

    rows_per_second: int | None = None
    seconds_left: int | None = None
    share: int | None = None


def pace_of(batch: ImportBatch, now: datetime) -> Pace:
    """How fast the running step of a batch goes."""
    if batch.step_at is None or not batch.wanted:
        return Pace()
    elapsed = (now - batch.step_at).total_seconds()
    if batch.step == "reading":
        return reading_pace(batch.rows_done, batch.rows_expected, elapsed)
    if batch.step not in {"checking", "applying"}:
        return Pace()
    whole = _seconds_before(batch, batch.step)
    if whole is None:
        return Pace()
    return Pace(
        seconds_left=max(1, round(whole - elapsed)), share=min(99, round(100 * elapsed / max(whole, 0.1)))
    )


def reading_pace(rows: int, expected: int, elapsed: float) -> Pace:
    """The pace of a step that counts."""
    share = min(99, round(100 * rows / expected)) if expected and rows else None
    if elapsed < _SETTLE_SECONDS or not rows:
        return Pace(share=share)
    rate = rows / elapsed
    left = max(1, round((expected - rows) / rate)) if expected > rows else None
    return Pace(rows_per_second=round(rate), seconds_left=left, share=share)


def _seconds_before(batch: ImportBatch, step: str) -> float | None:
    """What the step took a row in the last imports of the kind, for the rows of this one."""
    earlier = (
        ImportBatch.objects.filter(kind=batch.kind, summary__seconds__has_key=step, counts__in__gt=0)
        .exclude(pk=batch.pk)
        .order_by("-id")
        .values_list("summary__seconds", "counts")[:_EARLIER]
    )
    rates = sorted(float(seconds[step]) / int(counts["in"]) for seconds, counts in earlier)
    if not rates:
        return None
    return rates[len(rates) // 2] * int(batch.counts.get("in") or batch.rows_done)
