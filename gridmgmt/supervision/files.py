"""Files of documents below MEDIA_ROOT: written whole, visible under their name in one step, checked when read."""

from __future__ import annotations

import hashlib
from uuid import UUID

from django.conf import settings

from gridmgmt.cases import photo_files
from gridmgmt.supervision import errors
from gridmgmt.supervision.models import Notice


def store(notice_id: UUID, content: bytes) -> str:
    """Writes a document durably; returns its path below media."""
    name = photo_files.place("notices", notice_id, "pdf")
    with photo_files.scratch(notice_id) as (file, path):
        file.write(content)
        photo_files.publish(file, path, name)
    return name


def read(notice: Notice) -> bytes:
    """The bytes that were issued. Errors: notice_not_ready 409, notice_damaged 500."""
    if not notice.file or notice.sha256 is None:
        raise errors.notice_not_ready()
    try:
        content: bytes = (settings.MEDIA_ROOT / notice.file).read_bytes()
    except FileNotFoundError:
        raise errors.notice_damaged() from None
    if hashlib.sha256(content).digest() != bytes(notice.sha256):
        raise errors.notice_damaged()
    return content
