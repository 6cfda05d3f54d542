"""Photos of cases: announced, received and verified, shown to those who may see the case (DESIGN §4.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import pyproj
from django.conf import settings
from django.contrib.gis.geos import Point
from django.db import IntegrityError, transaction

from geodata.crs import SRID_WGS84
from gridmgmt.cases import errors, images, photo_errors, photo_files
from gridmgmt.cases.images import Reading
from gridmgmt.cases.intake import Sender
from gridmgmt.cases.models import Case, Photo, PhotoState
from gridmgmt.cases.photo_files import Readable, Received
from gridmgmt.events import outbox
from gridmgmt.organisation.models import User
from gridmgmt.organisation.scope import Scope, load_scope, may_see, scope_of, visible

FAR_M = 500.0
ELLIPSOID = pyproj.Geod(ellps="WGS84")
Size = Literal["full", "thumb"]


@dataclass(frozen=True, slots=True)
class StoredPhoto:
    """The lasting answer to a photo. ``missing`` are the photos of the case still to come."""

    id: UUID
    case_id: UUID
    sha256: bytes
    size: int
    media_type: str
    width: int
    height: int
    flags: tuple[str, ...]
    complete: bool
    missing: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class PhotoFile:
    """A file that may be shown: always a JPEG without metadata."""

    path: Path
    tag: str


def declare_photo(
    *, case_id: UUID, photo_id: UUID, sha256: bytes, role: Photo.Role, by: User, at: datetime
) -> Photo:
    """Announce a photo for a step of a case; said again it is the same. The case is incomplete until it is stored.

    Errors: case_unknown 404, photo_id_taken 409.
    """
    with transaction.atomic():
        case = visible(scope_of(by), Case.objects.filter(pk=case_id)).select_for_update(of=("self",)).first()
        if case is None:
            raise errors.case_unknown()
        photo, created = _get_or_declare(case, photo_id, sha256, role, by, at)
        if photo.case_id != case.pk or bytes(photo.sha256) != sha256 or photo.role != role:
            raise photo_errors.id_taken()
        if created:
            Case.objects.filter(pk=case.pk).update(complete=False)
    return photo


def _get_or_declare(
    case: Case, photo_id: UUID, sha256: bytes, role: Photo.Role, by: User, at: datetime
) -> tuple[Photo, bool]:
    """The photo's row and whether it is new. Its number is unique over all cases, whoever may see them."""
    fields = {
        "case": case,
        "sha256": sha256,
        "role": role,
        "position": case.photos.count() + 1,
        "uploaded_by": by,
        "created_at": at,
    }
    try:
        return Photo.objects.get_or_create(pk=photo_id, defaults=fields)
    except IntegrityError as error:
        raise photo_errors.id_taken() from error


def store_photo(
    *,
    photo_id: UUID,
    stream: Readable,
    sender: Sender,
    at: datetime,
    content_type: str = "",
    expected_bytes: int | None = None,
    announced_sha256: bytes | None = None,
) -> StoredPhoto:
    """Take the bytes of an announced photo. The same bytes again: the same answer. Whatever fails leaves nothing.

    Errors: photo_unknown 404; photo_conflict 409; photo_hash_mismatch, photo_truncated, photo_empty,
    photo_unreadable, photo_too_many_pixels 422; photo_type_mismatch 415; photo_too_large 413; storage_full 507.
    """
    photo = announced(photo_id, sender)
    declared = bytes(photo.sha256)
    if announced_sha256 is not None and announced_sha256 != declared:
        raise photo_errors.conflict(stored=declared, sent=announced_sha256)
    with photo_files.incoming(photo_id, stream, expected_bytes=expected_bytes) as received:
        check_bytes(photo, received, said=announced_sha256)
        keep(photo, received, content_type)
    return record(photo, sender=sender, at=at)


def keep(photo: Photo, received: Received, content_type: str) -> None:
    """Verified bytes and their clean copy under their names, the facts on the row (not saved); a stored photo stays."""
    if is_stored(photo):
        return
    with photo_files.scratch(photo.pk) as (copy, copy_path):
        reading = images.reader.read(received.file, copy)
        fill(photo, reading, received, content_type)
        photo_files.publish(received.file, received.path, photo.original)
        photo_files.publish(copy, copy_path, photo.copy)


def try_out(photo_id: UUID, stream: Readable) -> bytes:
    """SHA-256 of a picture that can be read to its end; nothing is kept. For doors where report and picture come in one
    request: a picture that cannot be kept is refused before anything is. Errors: photo_* of ``store_photo``."""
    with photo_files.incoming(photo_id, stream) as received, photo_files.scratch(photo_id) as (copy, _path):
        images.reader.read(received.file, copy)
        return received.sha256


def announced(photo_id: UUID, sender: Sender) -> Photo:
    """The photo, when the sender reported the case or may see it. Error photo_unknown 404."""
    photo = Photo.objects.select_related("case__department", "report").filter(pk=photo_id).first()
    if photo is None or sender.user_id is None:
        raise photo_errors.unknown()
    if photo.case.reporter_id != sender.user_id and not may_see(load_scope(sender.user_id), photo.case):
        raise photo_errors.unknown()
    return photo


def check_bytes(photo: Photo, received: Received, *, said: bytes | None) -> None:
    """The bytes are those announced. Other bytes for a stored photo conflict; else they were hurt on the way."""
    declared = bytes(photo.sha256)
    if received.sha256 == declared:
        return
    if photo.state == PhotoState.STORED and said is None:
        raise photo_errors.conflict(stored=declared, sent=received.sha256)
    raise photo_errors.hash_mismatch(declared=declared, received=received.sha256, size=received.size)


def is_stored(photo: Photo) -> bool:
    """True when row and files are there; a lost file is healed by taking the photo once more."""
    return photo.state == PhotoState.STORED and all(
        (settings.MEDIA_ROOT / name).is_file() for name in (photo.original, photo.copy)
    )


def fill(photo: Photo, reading: Reading, received: Received, content_type: str) -> None:
    """The facts of a verified photo onto its row (not saved)."""
    suffix = photo_files.SUFFIX[reading.media_type]
    photo.original = photo_files.place("originals", photo.pk, suffix)
    photo.copy = photo_files.place("copies", photo.pk, "jpg")
    photo.size, photo.media_type = received.size, reading.media_type
    photo.width, photo.height = reading.width, reading.height
    photo.camera, photo.taken_at = reading.camera, taken_at(reading)
    photo.exif_point, photo.exif_distance_m = None, None
    flags = list(reading.flags)
    if reading.lon is not None and reading.lat is not None:
        photo.exif_point = Point(reading.lon, reading.lat, srid=SRID_WGS84)
        photo.exif_distance_m = distance_m(photo.exif_point, photo.case.geom)
        if photo.exif_distance_m > FAR_M:
            flags.append("far_from_report")
    if lies(content_type, reading.media_type):
        flags.append("type_mismatch")
    if seen_before(photo):
        flags.append("seen_before")
    photo.flags = flags


def seen_before(photo: Photo) -> bool:
    """The same bytes are a photo of another case by the same person. Index: photo_sha256."""
    others = Photo.objects.filter(sha256=photo.sha256, case__reporter_id=photo.case.reporter_id)
    return others.exclude(case_id=photo.case_id).exists()


def taken_at(reading: Reading) -> datetime | None:
    """The camera's time; without an offset of its own it is taken as local time of the installation."""
    if reading.taken is None:
        return None
    if reading.offset:
        return datetime.fromisoformat(reading.taken.isoformat() + reading.offset)
    return reading.taken.replace(tzinfo=ZoneInfo(settings.TIME_ZONE))


def distance_m(one: Point, other: Point) -> float:
    """Metres on the ellipsoid between two lon/lat points."""
    return float(ELLIPSOID.inv(one.x, one.y, other.x, other.y)[2])


def lies(content_type: str, media_type: str) -> bool:
    """True when the sender named another type; HEIC and HEIF are one, "any bytes" is no claim."""
    said = content_type.partition(";")[0].strip().lower()
    same = {"image/heif": "image/heic", "image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg"}
    return said not in {"", "application/octet-stream", "image/*"} and same.get(said, said) != media_type


RECORDED = (
    "original", "copy", "size", "media_type", "width", "height", "camera", "taken_at", "exif_point",
    "exif_distance_m", "flags", "state", "stored_at", "uploaded_by",
)  # fmt: skip


def record(photo: Photo, *, sender: Sender, at: datetime) -> StoredPhoto:
    """Row, completeness of the case and outbox in one transaction; the case is locked first, as every step does."""
    with transaction.atomic():
        case = lock_case(photo.case_id)
        fresh = Photo.objects.select_for_update(of=("self",)).get(pk=photo.pk)
        newly = fresh.state != PhotoState.STORED
        if newly:
            photo.state, photo.stored_at, photo.uploaded_by_id = PhotoState.STORED, at, sender.user_id
            photo.save(update_fields=RECORDED)
            fresh = photo
        missing = still_missing(case.pk)
        if newly:
            _announce(case, photo.pk, complete=not missing)
    return StoredPhoto(
        id=fresh.pk,
        case_id=fresh.case_id,
        sha256=bytes(fresh.sha256),
        size=fresh.size or 0,
        media_type=fresh.media_type,
        width=fresh.width or 0,
        height=fresh.height or 0,
        flags=tuple(fresh.flags),
        complete=not missing,
        missing=missing,
    )


def _announce(case: Case, photo_id: UUID, *, complete: bool) -> None:
    """The last photo makes the case complete; everybody who sees the case hears of the photo."""
    if complete:
        Case.objects.filter(pk=case.pk).update(complete=True)
    outbox.append(
        topic="photo.stored",
        cell_code=case.cell_code,
        department_path=case.department.path if case.department else "",
        payload={"photo": str(photo_id), "case": str(case.pk), "number": case.number, "complete": complete},
    )


def still_missing(case_id: UUID) -> tuple[UUID, ...]:
    """Photos announced for a case that have not arrived, in order."""
    waiting = Photo.objects.filter(case_id=case_id, state=PhotoState.EXPECTED)
    return tuple(waiting.order_by("position", "id").values_list("pk", flat=True))


def lock_case(case_id: UUID) -> Case:
    """The case's row, locked until the transaction ends."""
    return Case.objects.select_for_update(of=("self",)).select_related("department").get(pk=case_id)


def open_photo(scope: Scope, photo_id: UUID, size: Size = "full") -> PhotoFile:
    """The file to show. Errors: photo_unknown 404 (also when out of scope), photo_not_stored 404."""
    photo = Photo.objects.select_related("case__department").filter(pk=photo_id).first()
    if photo is None or not (may_see(scope, photo.case) or _sees_branch(scope, photo.case)):
        raise photo_errors.unknown()
    if photo.state != PhotoState.STORED:
        raise photo_errors.not_there_yet()
    name = photo.thumbnail if size == "thumb" and photo.thumbnail else photo.copy
    return PhotoFile(settings.MEDIA_ROOT / name, f"{photo.sha256.hex()[:32]}-{name.partition('/')[0]}")


def _sees_branch(scope: Scope, case: Case) -> bool:
    """Who handles a part of a joint case sees the photos of the whole."""
    return case.joint and visible(scope, Case.objects.filter(parent=case)).exists()
