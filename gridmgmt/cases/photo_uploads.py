"""An announced photo in pieces: where it stands, one more piece, and the same storing as in one go (photos.keep)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from geodata.errors import DomainError
from gridmgmt.cases import photo_errors, photo_partials, photos
from gridmgmt.cases.intake import Sender
from gridmgmt.cases.models import Photo
from gridmgmt.cases.photo_files import Readable
from gridmgmt.cases.photo_partials import Partial
from gridmgmt.cases.photos import StoredPhoto


@dataclass(frozen=True, slots=True)
class Upload:
    """Bytes that are here, and whether the photo is stored."""

    offset: int
    stored: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """What comes: from which byte, how many now (as announced), how many in all, of what type the sender says it is."""

    offset: int
    size: int
    total: int
    content_type: str = ""


def upload_state(*, photo_id: UUID, sender: Sender) -> Upload:
    """Where the sender's photo stands. Error: photo_unknown 404."""
    photo = photos.announced(photo_id, sender)
    if photos.is_stored(photo):
        return Upload(photo.size or 0, stored=True)
    partial = _partial(photo_id, sender)
    return Upload(partial.offset if partial else 0)


def append_photo(
    *,
    photo_id: UUID,
    piece: Piece,
    stream: Readable,
    sender: Sender,
    at: datetime,
    announced_sha256: bytes | None = None,
) -> StoredPhoto | Upload:
    """Take one more piece of an announced photo; with the last byte it is verified and stored as ``store_photo`` does.

    What came is kept until it was untouched for most of an hour, also when the connection broke. A photo that is stored
    answers as it did. Errors: upload_offset 409 with the true offset; upload_length 422 (another total than before: begun
    anew); those of ``store_photo``, after whose 4xx the bytes are thrown away.
    """
    photo = photos.announced(photo_id, sender)
    declared = bytes(photo.sha256)
    if announced_sha256 is not None and announced_sha256 != declared:
        raise photo_errors.conflict(stored=declared, sent=announced_sha256)
    _check_size(piece)
    if photos.is_stored(photo):
        return _as_stored(photo, piece, sender, at)
    partial = _begun(photo_id, piece, sender)
    offset = photo_partials.append(partial, stream, offset=piece.offset)
    if offset < piece.total:
        return Upload(offset)
    return _finish(photo_id, partial, piece, sender, at)


def _check_size(piece: Piece) -> None:
    if piece.total > settings.PHOTO_MAX_BYTES:
        raise photo_errors.too_large(settings.PHOTO_MAX_BYTES)
    if not piece.total:
        raise photo_errors.empty()
    if piece.offset + piece.size > piece.total:
        raise photo_errors.other_length(declared=piece.total, sent=piece.offset + piece.size)


def _as_stored(photo: Photo, piece: Piece, sender: Sender, at: datetime) -> StoredPhoto:
    """The lasting answer, for a phone that did not hear it."""
    if piece.total != photo.size:
        raise photo_errors.other_length(declared=photo.size or 0, sent=piece.total)
    return photos.record(photo, sender=sender, at=at)


def _partial(photo_id: UUID, sender: Sender) -> Partial | None:
    return photo_partials.find(sender.user_id, photo_id) if sender.user_id else None


def _begun(photo_id: UUID, piece: Piece, sender: Sender) -> Partial:
    """The partial this piece continues, or a new one."""
    partial = _partial(photo_id, sender)
    if partial is not None and partial.total != piece.total:
        photo_partials.discard(partial)
        raise photo_errors.other_length(declared=partial.total, sent=piece.total)
    if partial is None and piece.offset:
        raise photo_errors.wrong_offset(0)
    if partial is None and sender.user_id is not None:
        partial = photo_partials.begin(sender.user_id, photo_id, piece.total)
    if partial is None:
        raise photo_errors.unknown()
    return partial


def _finish(photo_id: UUID, partial: Partial, piece: Piece, sender: Sender, at: datetime) -> StoredPhoto:
    """Verify and store once, however many connections brought the last byte."""
    with photo_partials.held(partial) as there:
        photo = photos.announced(photo_id, sender)
        if not photos.is_stored(photo):
            if not there:
                raise photo_errors.wrong_offset(0)
            _keep(photo, partial, piece)
        stored = photos.record(photo, sender=sender, at=at)
        photo_partials.discard(partial)
    return stored


def _keep(photo: Photo, partial: Partial, piece: Piece) -> None:
    """Bytes that are refused for what they are go; a server that could not look keeps them."""
    try:
        with photo_partials.whole(partial, photo.pk) as received:
            photos.check_bytes(photo, received, said=bytes(photo.sha256))
            photos.keep(photo, received, piece.content_type)
    except DomainError as error:
        if error.status < 500:
            photo_partials.discard(partial)
        raise
