"""The uploader's own file with its faults marked: same sheets, columns and order, faulty cells coloured with a note, and
a column of reasons at the end. Memory stays bounded: the rows stream in from the limited reader and out to the disk.

It holds what the operator uploaded, so it is made for them alone, kept for some days, and every taking is recorded.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import get_language

from geodata.errors import DomainError
from geodata.ids import uuid7
from gridmgmt.audit.actions import record
from gridmgmt.audit.models import AccessAction, Door
from gridmgmt.events import outbox
from importers import actions, files, limits, sandbox
from importers.errors import refusal
from importers.kinds import kind_named
from importers.marked_book import MarkedBook
from importers.models import ImportBatch, ImportFinding, MarkedCopy
from importers.reading.raw_rows import TABLES, TASK

TOPIC: Final = "import.copy_wanted"
MENDED: Final = (
    "taken_from_id",
    "taken_from_code",
    "id_was_15",
    "date_from_serial",
    "phone_first_of_several",
    "repaired",
)
"""Notes on what the import has put right itself: nothing of the file needs correcting."""
_KEPT: Final = timedelta(days=limits.KEPT_DAYS)
_LOST: Final = timedelta(hours=6)


def path_of(copy: MarkedCopy) -> Path:
    """Where a copy lies."""
    return _folder() / f"{copy.pk.hex}.xlsx"


def _folder() -> Path:
    return Path(settings.VAR) / "imports" / "marked"


def offered(batch: ImportBatch, user_id: UUID) -> bool:
    """Whether somebody may ask for a copy now."""
    faults = any(batch.summary.get("reasons", {}).get(weight) for weight in ("error", "conflict", "note"))
    there = (files.folder_of(batch.pk) / str(batch.summary.get("file", ""))).is_file()
    return batch.created_by == user_id and batch.format in TABLES and faults and there


def ask(*, batch: ImportBatch, by: UUID, at: datetime) -> MarkedCopy:
    """Asks the worker for a copy; one of the same check is not made twice. Errors: copy_not_yours, copy_not_a_table,
    file_missing."""
    if batch.created_by != by:
        raise refusal("copy_not_yours")
    if batch.format not in TABLES:
        raise refusal("copy_not_a_table")
    actions.stored_file(batch)
    with transaction.atomic():
        forget(batch)
        copy = MarkedCopy.objects.create(batch=batch, asked_by=by, asked_at=at)
        outbox.append(
            topic=TOPIC,
            cell_code=batch.county,
            payload={"copy": str(copy.pk), "language": get_language() or ""},
        )
    return copy


def make(*, copy_id: UUID, at: datetime) -> None:
    """The worker's part. A refusal is kept with the copy; one that was forgotten meanwhile is nobody's."""
    copy = MarkedCopy.objects.select_related("batch").filter(pk=copy_id, made_at=None).first()
    if copy is None:
        return
    path = path_of(copy)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o770)
    beside = path.with_name(
        f"{copy.pk.hex}-{uuid7().hex}.part"
    )  # a job that is started twice has two of them
    marked_rows, error = 0, ""
    try:
        try:
            marked_rows = _write(copy.batch, beside)
        except DomainError as refused:
            error = refused.code
        _finish(copy_id, beside, marked_rows=marked_rows, error=error, at=at)
    finally:
        beside.unlink(missing_ok=True)


def _finish(copy_id: UUID, beside: Path, *, marked_rows: int, error: str, at: datetime) -> None:
    """Puts the file where its copy is looked for, unless the copy was forgotten or finished while it was written."""
    with transaction.atomic():
        copy = MarkedCopy.objects.select_for_update().filter(pk=copy_id, made_at=None).first()
        if copy is None:
            return
        copy.error = error
        if not error:
            beside.replace(path_of(copy))
            copy.marked_rows, copy.made_at = marked_rows, at
        copy.save(update_fields=["marked_rows", "made_at", "error"])


def take(*, batch: ImportBatch, by: UUID, at: datetime) -> Path:
    """The finished copy, for whoever uploaded the file; the taking is recorded. Errors: copy_not_yours, copy_missing."""
    if batch.created_by != by:
        raise refusal("copy_not_yours")
    copy = batch.marked_copies.filter(asked_by=by).exclude(made_at=None).first()
    if copy is None or not path_of(copy).is_file():
        raise refusal("copy_missing")
    record(
        user_id=by,
        action=AccessAction.EXPORTED,
        subject_kind=kind_named(batch.kind).subject,
        subject_ids=[],
        at=at,
        door=Door.FILES,
        purpose="marked copy of the own import",
        asked={"batch": str(batch.pk), "kind": batch.kind},
        row_count=int(batch.counts.get("in", 0)),
    )
    return path_of(copy)


def forget(batch: ImportBatch) -> None:
    """Removes the copies of a batch."""
    for copy in batch.marked_copies.all():
        _remove(copy)


def tidy(now: datetime) -> int:
    """Removes copies after some days, and files that no copy names (their maker was killed) after some hours."""
    old = list(MarkedCopy.objects.filter(asked_at__lt=now - _KEPT))
    for copy in old:
        _remove(copy)
    lost = _unnamed(now - _LOST)
    for path in lost:
        path.unlink(missing_ok=True)
    return len(old) + len(lost)


def _remove(copy: MarkedCopy) -> None:
    """The row first: it waits for whoever is finishing the copy, and nobody finishes one without a row."""
    path = path_of(copy)
    copy.delete()
    path.unlink(missing_ok=True)


def _unnamed(before: datetime) -> list[Path]:
    """Files last written before that which belong to no copy."""
    folder = _folder()
    there = [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []
    named = {path_of(copy).name for copy in MarkedCopy.objects.all()}
    return [path for path in there if path.name not in named and path.stat().st_mtime < before.timestamp()]


def _write(batch: ImportBatch, path: Path) -> int:
    """Both streams run in the order of the file and meet by place."""
    rows = _rows(batch)
    faults = _faults(batch)
    waiting = next(faults, None)
    with MarkedBook(path, batch) as book:
        for sheet, number, values in rows:
            here: list[ImportFinding] = []
            place = (sheet, number)
            if waiting is not None and waiting[0] == place:
                here = waiting[1]
                waiting = next(faults, None)
            book.row(sheet, number, values, here)
    if waiting is not None:
        raise refusal("reader_broke")
    return book.marked


def _rows(batch: ImportBatch) -> Iterator[tuple[str, int, list[str]]]:
    result = sandbox.Reading()
    blocks = sandbox.read_rows(
        actions.stored_file(batch),
        form=batch.format,
        kind=batch.kind,
        profile=dict(batch.profile),
        result=result,
        task=TASK,
    )
    for block in blocks:
        for line in block.splitlines():
            sheet, number, values = json.loads(line)
            yield sheet, number, values


def _faults(batch: ImportBatch) -> Iterator[tuple[tuple[str, int], list[ImportFinding]]]:
    """Findings of a row under its place: sheet and row number."""
    found = batch.findings.exclude(code__in=MENDED).order_by("row_no", "id").iterator(2000)
    for ref, findings in groupby(found, key=lambda finding: finding.ref):
        yield _place(ref), list(findings)


def _place(ref: str) -> tuple[str, int]:
    """``line 7`` of a CSV, ``sheet!7`` of a workbook."""
    sheet, mark, number = ref.rpartition("!")
    return (sheet, int(number)) if mark else ("", int(ref.rpartition(" ")[2]))


def state(batch: ImportBatch, user: Any) -> dict[str, Any]:
    """What the page shows of it."""
    copy = batch.marked_copies.filter(asked_by=user.pk).first()
    return {
        "offered": offered(batch, user.pk),
        "waiting": copy is not None and copy.made_at is None and not copy.error,
        "ready": copy is not None and copy.made_at is not None and path_of(copy).is_file(),
        "copy": copy,
        "days": limits.KEPT_DAYS,
    }
