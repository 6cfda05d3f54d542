"""Errors of photos: code, status and message together."""

from __future__ import annotations

from geodata.errors import DomainError
from geodata.errors import mark as _

REFUSALS = {
    "photo_type_mismatch": (415, _("The content is not a JPEG, PNG, WebP or HEIC picture.")),
    "photo_unreadable": (422, _("The picture is damaged and cannot be read to its end.")),
    "photo_too_many_pixels": (422, _("The picture has too many pixels.")),
}


def refused(code: str) -> DomainError:
    """A verdict of the reading child; anything it may not say counts as unreadable."""
    known = code if code in REFUSALS else "photo_unreadable"
    status, message = REFUSALS[known]
    return DomainError(code=known, status=status, message=message)


def unknown() -> DomainError:
    """Never declared by a report, or not of this sender."""
    return DomainError(code="photo_unknown", status=404, message="No report has announced this photo.")


def not_there_yet() -> DomainError:
    """Announced, but its bytes have not arrived."""
    return DomainError(code="photo_not_stored", status=404, message="This photo has not arrived yet.")


def conflict(*, stored: bytes, sent: bytes) -> DomainError:
    """The number stands for other bytes."""
    return DomainError(
        code="photo_conflict",
        status=409,
        message="This photo number was announced with other content.",
        data={"stored_sha256": stored.hex(), "sent_sha256": sent.hex()},
    )


def hash_mismatch(*, declared: bytes, received: bytes, size: int) -> DomainError:
    """The bytes were changed or cut on the way; nothing is kept, the phone sends again."""
    return DomainError(
        code="photo_hash_mismatch",
        status=422,
        message="The bytes that arrived are not those announced. Nothing was kept; send the photo again.",
        data={"declared_sha256": declared.hex(), "received_sha256": received.hex(), "received_bytes": size},
    )


def truncated(*, expected: int, received: int) -> DomainError:
    """The connection ended early."""
    return DomainError(
        code="photo_truncated",
        status=422,
        message="Only %(received_bytes)s of %(expected_bytes)s bytes arrived. Send the photo again.",
        data={"expected_bytes": expected, "received_bytes": received},
    )


def empty() -> DomainError:
    """No bytes at all, or no Content-Length."""
    return DomainError(code="photo_empty", status=422, message="The photo has no content.")


def wrong_offset(offset: int) -> DomainError:
    """The piece does not begin where the bytes that are here end."""
    return DomainError(
        code="upload_offset",
        status=409,
        message="The photo goes on at byte %(offset)s.",
        data={"offset": offset},
    )


def other_length(*, declared: int, sent: int) -> DomainError:
    """Pieces of one photo name one length, and do not run over it."""
    return DomainError(
        code="upload_length",
        status=422,
        message="This photo was begun with another length. Begin it again.",
        data={"declared_bytes": declared, "sent_bytes": sent},
    )


def too_large(limit: int) -> DomainError:
    """Over the limit in bytes."""
    return DomainError(
        code="photo_too_large",
        status=413,
        message="The photo is larger than %(limit_bytes)s bytes.",
        data={"limit_bytes": limit},
    )


def id_taken() -> DomainError:
    """The number belongs to another case or other content."""
    return DomainError(code="photo_id_taken", status=409, message="This photo number is already in use.")


def reader_away() -> DomainError:
    """Too many photos at once, or the reading process could not be started."""
    return DomainError(
        code="image_reader_away", status=503, message="Photos cannot be read at the moment. Send it again."
    )


def storage_full() -> DomainError:
    """The disk has no room."""
    return DomainError(
        code="storage_full",
        status=507,
        message="There is no room for photos. Nothing was kept; send it again later.",
    )
