"""What can be done with an import: take a file in, read, check, apply, undo, discard. Each step may be repeated.

A batch can be killed at any instant: what was not finished is begun anew from the stored file, what was written was
written in one transaction with its before-images and its new state.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from geodata.acting import acting
from geodata.errors import DomainError
from geodata.ids import uuid7
from gridmgmt.events import outbox
from importers import abolished, decisions, files, limits, staging, states, steps
from importers.batches import EXPECTED, find, ignore_progress, locked, working_on
from importers.errors import refusal
from importers.files import Stored
from importers.kinds import kind_named
from importers.models import ImportBatch
from importers.pace import Watch, expected_rows
from importers.profile import Profile
from importers.sandbox import Reading
from importers.staging import Progress

WANTED_TOPIC: Final = "import.wanted"
KEPT: Final = timedelta(days=limits.KEPT_DAYS)
UNTAKEN: Final = timedelta(days=1)
"""A younger folder without a batch is an upload that is being taken in."""


def receive(
    *,
    stored: Stored,
    batch_id: UUID,
    profile: Profile,
    prefixes: tuple[str, ...],
    by: UUID | None,
    at: datetime,
) -> ImportBatch:
    """Opens a batch for a file that was taken in. The same unfinished import of the same person is taken up again.
    Error: county_abolished (the file does not stay)."""
    try:
        abolished.require_standing(profile.county, profile.kind, timezone.localdate(at))
    except DomainError:
        files.forget(batch_id)
        raise
    data = profile.as_json()
    earlier = ImportBatch.objects.filter(
        kind=profile.kind,
        sha256=stored.sha256,
        profile=data,
        created_by=by,
        prefixes=list(prefixes),
        state__in=states.UNFINISHED,
    ).first()
    if earlier is not None:
        files.forget(batch_id)
        return earlier
    return ImportBatch.objects.create(
        id=batch_id,
        kind=profile.kind,
        profile=data,
        profile_name=profile.name,
        file_name=stored.name,
        format=stored.format,
        size_bytes=stored.size,
        sha256=stored.sha256,
        county=profile.county,
        prefixes=list(prefixes),
        summary={"file": stored.path.name},
        created_by=by,
        created_at=at,
    )


def want(*, batch_id: UUID, state: str, by: UUID | None, at: datetime) -> None:
    """Asks the worker to bring a batch to a state; the wish is kept with it. Errors: batch_unknown, batch_wrong_state."""
    with transaction.atomic():
        batch = locked(batch_id)
        _require(batch, state)
        batch.wanted, batch.wanted_at, batch.error, batch.step = state, at, {}, "waiting"
        if state == states.APPLIED:
            batch.applied_by = by
        if state == states.UNDONE:
            batch.undone_by = by
        batch.save(update_fields=["wanted", "wanted_at", "error", "step", "applied_by", "undone_by"])
        outbox.append(
            topic=WANTED_TOPIC, cell_code=batch.county, payload={"batch": str(batch_id), "state": state}
        )


def remap(*, batch_id: UUID, profile: Profile, by: UUID | None, at: datetime) -> None:
    """Corrects what is said about a file that is not applied; it is read anew and checked. What was decided about its
    rows is forgotten: they may mean somebody else now. Errors: batch_unknown, batch_wrong_state, batch_busy, file_missing,
    profile_other_kind, county_abolished."""
    with transaction.atomic():
        batch = locked(batch_id)
        if batch.state not in states.MAPPABLE:
            raise refusal("batch_wrong_state", state=batch.state, wanted=states.READ)
        if batch.wanted:
            raise refusal("batch_busy")
        if profile.kind != batch.kind:
            raise refusal("profile_other_kind", profile_kind=profile.kind, kind=batch.kind)
        abolished.require_standing(profile.county, profile.kind, timezone.localdate(at))
        stored_file(batch)
        decisions.made_for(batch).delete()
        batch.profile, batch.profile_name, batch.county = profile.as_json(), profile.name, profile.county
        batch.state, batch.checked_at = states.RECEIVED, None
        batch.save(update_fields=["profile", "profile_name", "county", "state", "checked_at"])
        want(batch_id=batch_id, state=states.CHECKED, by=by, at=at)


def read(*, batch_id: UUID, progress: Progress = ignore_progress) -> ImportBatch:
    """Fills the staging table from the stored file. A refusal of the file is the end of the batch and is raised."""
    with working_on(batch_id):
        batch = find(batch_id)
        if batch.state != states.RECEIVED and _staged_whole(batch):
            return batch
        if batch.state not in states.UNFINISHED:
            raise refusal("batch_wrong_state", state=batch.state, wanted=states.READ)
        watch = Watch()
        try:
            reading = _fill(batch, progress)
        except DomainError as error:
            staging.drop(batch_id)
            fail(batch_id=batch_id, error=error)
            raise
        batch = _note_read(batch_id, reading, watch)
        progress("read", reading.rows)
    return batch


def check(*, batch_id: UUID, at: datetime, progress: Progress = ignore_progress) -> ImportBatch:
    """The dry run: plans every row, counts and keeps the findings; writes nothing else."""
    read(batch_id=batch_id, progress=progress)
    with working_on(batch_id):
        progress("checking", 0)
        watch = Watch()
        with transaction.atomic():
            batch = locked(batch_id)
            if not states.may_follow(batch.state, states.CHECKED):
                raise refusal("batch_wrong_state", state=batch.state, wanted=states.CHECKED)
            steps.judge(batch, progress, for_later=True)
            watch.note(batch, "checking")
            batch.state, batch.checked_at, batch.wanted, batch.step = states.CHECKED, at, "", ""
            batch.save()
    return batch


def apply(
    *, batch_id: UUID, by: UUID | None, at: datetime, progress: Progress = ignore_progress
) -> ImportBatch:
    """Plans once more if anything was written since the dry run, and writes, all in one transaction. Applied already: that
    batch.
    Errors: batch_wrong_state, batch_busy, registers_busy."""
    if find(batch_id).state == states.APPLIED:
        return find(batch_id)
    read(batch_id=batch_id, progress=progress)
    with working_on(batch_id):
        progress("applying", 0)
        watch = Watch()
        with transaction.atomic():
            batch = locked(batch_id)
            if batch.state == states.APPLIED:
                return batch
            if batch.state not in {states.READ, states.CHECKED}:
                raise refusal("batch_wrong_state", state=batch.state, wanted=states.APPLIED)
            steps.lock_kind(batch.kind)
            if not steps.plan_stands(batch):
                steps.judge(batch, progress)
            with acting(by=by, cause="import", ref=batch.pk, at=at):
                steps.carry_out(batch, by=by, at=at, progress=progress)
            batch.state, batch.applied_at, batch.applied_by = states.APPLIED, at, by
            batch.checked_at = batch.checked_at or at
            watch.note(batch, "applying")
            batch.wanted, batch.step = "", ""
            batch.save()
            progress("written", 0)
        progress("committed", 0)
    staging.drop(batch_id)
    if not (
        batch.counts["rejected"] or batch.counts["conflict"]
    ):  # else its faults may be wanted in the file itself
        files.forget(batch_id)
    return batch


def undo(
    *, batch_id: UUID, by: UUID | None, at: datetime, progress: Progress = ignore_progress
) -> ImportBatch:
    """Restores what was there before. Undone already: that batch. Errors: batch_wrong_state, registers_busy, undo_*."""
    with working_on(batch_id), transaction.atomic():
        batch = locked(batch_id)
        if batch.state == states.UNDONE:
            return batch
        if batch.state != states.APPLIED or batch.applied_at is None:
            raise refusal("batch_wrong_state", state=batch.state, wanted=states.UNDONE)
        progress("undoing", 0)
        steps.lock_kind(batch.kind)
        with acting(by=by, cause="import_undo", ref=batch.pk, at=at):
            steps.take_back(batch, batch.applied_at)
        progress("restored", 0)
        batch.images.all().delete()
        batch.made.all().delete()
        batch.state, batch.undone_at, batch.undone_by = states.UNDONE, at, by
        batch.wanted, batch.step = "", ""
        batch.save()
    return batch


def tidy(now: datetime) -> int:
    """Drops staging tables and files that no unfinished import needs (left by a kill after the commit), what was kept of
    settled ones for some days, and uploads that never became an import after a day."""
    kept = set(ImportBatch.objects.filter(state__in=states.UNFINISHED).values_list("pk", flat=True))
    gone = staging.present() - kept
    for batch_id in gone:
        staging.drop(batch_id)
    recent = ImportBatch.objects.exclude(state=states.DISCARDED).filter(
        Q(applied_at__gt=now - KEPT) | Q(applied_at=None, created_at__gt=now - KEPT)
    )
    left = files.present() - kept - set(recent.values_list("pk", flat=True))
    known = set(ImportBatch.objects.filter(pk__in=left).values_list("pk", flat=True))
    left = {one for one in left if one in known or files.last_written(one) < now - UNTAKEN}
    for batch_id in left:
        files.forget(batch_id)
    return len(gone | left)


def discard(*, batch_id: UUID) -> ImportBatch:
    """Lays an import aside that was never applied: file and staging go, the record stays."""
    with transaction.atomic():
        batch = locked(batch_id)
        if not states.may_follow(batch.state, states.DISCARDED):
            raise refusal("batch_wrong_state", state=batch.state, wanted=states.DISCARDED)
        batch.state, batch.wanted, batch.step = states.DISCARDED, "", ""
        batch.save(update_fields=["state", "wanted", "step"])
    _clear(batch_id)
    return batch


def fail(*, batch_id: UUID, error: DomainError) -> None:
    """Keeps a refusal with its batch. One of the file ends the batch; one of a later step leaves it where it is."""
    with transaction.atomic():
        batch = locked(batch_id)
        if batch.state == states.RECEIVED:
            batch.state = states.FAILED
        batch.wanted, batch.step = "", ""
        batch.error = {"code": error.code, "message": error.message, "data": error.data}
        batch.save(update_fields=["state", "wanted", "step", "error"])


def _fill(batch: ImportBatch, progress: Progress) -> Reading:
    progress(EXPECTED, expected_rows(stored_file(batch), batch.format))
    progress("reading", 0)
    profile = {**batch.profile, "today": timezone.localdate(batch.created_at).isoformat()}
    return staging.fill(batch.pk, kind_named(batch.kind), stored_file(batch), batch.format, profile, progress)


def _note_read(batch_id: UUID, reading: Reading, watch: Watch) -> ImportBatch:
    """The batch is read now, unless somebody laid it aside meanwhile."""
    with transaction.atomic():
        batch = locked(batch_id)
        if batch.state not in states.UNFINISHED:
            staging.drop(batch_id)
            raise refusal("batch_wrong_state", state=batch.state, wanted=states.READ)
        read_rows = reading.rows + reading.left_out
        batch.counts = {"read": read_rows, "left_out": reading.left_out, "in": reading.rows}
        batch.summary = {**batch.summary, **reading.facts}
        batch.summary.pop("datum_check", None)  # of an earlier reading
        watch.note(batch, "reading")
        batch.state, batch.rows_done, batch.step, batch.error = states.READ, reading.rows, "", {}
        batch.save()
    return batch


def stored_file(batch: ImportBatch) -> Path:
    """The file as it was taken in. Error: file_missing."""
    path = files.folder_of(batch.pk) / Path(str(batch.summary.get("file", ""))).name
    if not path.is_file():
        raise refusal("file_missing", name=batch.file_name)
    return path


def _staged_whole(batch: ImportBatch) -> bool:
    """Whether the staging table still holds what was read; after a crash of the database it is empty."""
    if batch.state not in {states.READ, states.CHECKED}:
        return batch.state not in states.UNFINISHED
    return staging.count(batch.pk) == int(batch.counts.get("in", -1))


def _clear(batch_id: UUID) -> None:
    """What is no longer needed once a batch is settled."""
    staging.drop(batch_id)
    files.forget(batch_id)


def _require(batch: ImportBatch, wanted: str) -> None:
    """Whether a batch can get to a state at all from where it is."""
    reachable = {
        states.CHECKED: states.UNFINISHED,
        states.APPLIED: states.UNFINISHED,
        states.UNDONE: frozenset({states.APPLIED}),
    }
    if batch.state not in reachable.get(wanted, frozenset()):
        raise refusal("batch_wrong_state", state=batch.state, wanted=wanted)


def new_batch_id() -> UUID:
    """The id under which a file is taken in."""
    return uuid7()
