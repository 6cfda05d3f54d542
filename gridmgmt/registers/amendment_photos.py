"""The photo of an amendment: announced by its hash, taken whole, checked in the limited reader; only a clean copy is kept."""

from __future__ import annotations

from contextlib import ExitStack
from uuid import UUID

from django.conf import settings
from django.db import transaction

from gridmgmt.cases import images, photo_errors, photo_files
from gridmgmt.cases.photo_files import Readable
from gridmgmt.cases.photos import PhotoFile
from gridmgmt.organisation.models import User
from gridmgmt.organisation.scope import Scope
from gridmgmt.registers import amendment_records
from gridmgmt.registers.errors import refusal
from gridmgmt.registers.models import Amendment
from gridmgmt.registers.readers import people_scope
from gridmgmt.registers.taking import keeps

FOLDER = "amendments"


def store(
    *,
    amendment_id: UUID,
    stream: Readable,
    by: User,
    expected_bytes: int | None,
    announced: bytes | None = None,
) -> Amendment:
    """Takes the bytes the sender announced. The same bytes again: the same answer. ``announced``: their hash when it is said
    only now; it stands for the one said before as long as no photo is kept.

    Errors: amendment_photo_unknown 404 and those of a case's photo (gridmgmt.cases.photos.store_photo)."""
    found = Amendment.objects.filter(pk=amendment_id, by=by).first()
    if found is None or (found.photo_sha256 is None and announced is None):
        raise refusal("amendment_photo_unknown")
    if announced is not None and not found.photo:
        found.photo_sha256 = announced
    declared = bytes(found.photo_sha256 or b"")
    with ExitStack() as files:
        received = files.enter_context(
            photo_files.incoming(amendment_id, stream, expected_bytes=expected_bytes)
        )
        if received.sha256 != declared:
            raise photo_errors.hash_mismatch(declared=declared, received=received.sha256, size=received.size)
        if not (found.photo and (settings.MEDIA_ROOT / found.photo).is_file()):
            copy, path = files.enter_context(photo_files.scratch(amendment_id))
            images.reader.read(received.file, copy)
            found.photo = photo_files.place(FOLDER, amendment_id, "jpg")
            photo_files.publish(copy, path, found.photo)
            with transaction.atomic():
                found.save(update_fields=["photo", "photo_sha256"])
    return found


def open_photo(scope: Scope, amendment_id: UUID) -> tuple[Amendment, PhotoFile]:
    """The clean copy, for keepers of the place where the record is now, and for who sent it while they read about its
    people. Error amendment_photo_unknown 404."""
    found = amendment_records.placed().filter(pk=amendment_id).exclude(photo="").first()
    if found is None or not (_sent_here(scope, found) or keeps(scope, amendment_records.place_now(found))):
        raise refusal("amendment_photo_unknown")
    return found, PhotoFile(settings.MEDIA_ROOT / found.photo, bytes(found.photo_sha256 or b"").hex()[:32])


def _sent_here(scope: Scope, found: Amendment) -> bool:
    return found.by_id == scope.user_id and people_scope(scope).covers(amendment_records.place_now(found))
