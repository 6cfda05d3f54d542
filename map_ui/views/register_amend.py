"""The form of an amendment: what is otherwise about a person, a household or a door, with a photo if there is one."""

from __future__ import annotations

import hashlib
import json
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from geodata.errors import DomainError
from geodata.ids import uuid7
from gridmgmt.audit.models import AccessAction
from gridmgmt.organisation.scope import scope_of
from gridmgmt.registers import amendment_actions, amendment_photos, amendment_records
from gridmgmt.registers.amendment_actions import AmendmentDraft
from gridmgmt.registers.amendment_fields import Row
from gridmgmt.registers.errors import refusal
from gridmgmt.registers.models import AmendmentState
from map_ui import register_amendments, register_life
from map_ui.noted import note
from map_ui.sending import signed_in_user

REGISTERS = ("person", "household", "dwelling")


@require_http_methods(["GET", "HEAD", "POST"])
def amend(request: HttpRequest, register: str, row_id: UUID) -> HttpResponse:
    """One field as it should be. The key is made with the form, so sending twice is one amendment."""
    if register not in REGISTERS:
        raise Http404
    row = amendment_records.amendable(register, row_id, scope_of(request.user))
    error = None
    if request.method == "POST":
        try:
            told = _send(request, register, row)
        except DomainError as caught:
            error = caught
        else:
            messages.success(request, told)
            return redirect("map_ui:amendments_mine")
    note(request, AccessAction.VIEWED, register, [row.pk])  # of two that were merged the one that stayed
    record, route = register_amendments.record(row)
    context = {
        "record": record,
        "route": route,
        "row": row,
        "fields": register_amendments.choices(register, row),
        "key": request.POST.get("key") or uuid7(),
        "given": request.POST,
        "error": error.text() if error else "",
    }
    return render(request, "map_ui/amend.html", context, status=error.status if error else 200)


def _send(request: HttpRequest, register: str, row: Row) -> str:
    """Takes it in, then its photo; what to tell the sender. A photo that is refused leaves the amendment, and the same form
    with another photo is the same amendment."""
    user, photo = signed_in_user(request), request.FILES.get("photo")
    sha256 = _sha256(photo) if isinstance(photo, UploadedFile) else None
    draft = _draft(request, register, row, sha256)
    amendment, _new = amendment_actions.submit(draft=draft, by=user, at=timezone.now())
    if isinstance(photo, UploadedFile):
        photo.seek(0)
        try:
            amendment_photos.store(
                amendment_id=amendment.pk, stream=photo, by=user, expected_bytes=photo.size, announced=sha256
            )
        except DomainError as error:
            raise refusal("amendment_photo_refused", why=error.text(), photo=error.code) from error
    if amendment.state == AmendmentState.APPROVED:
        return gettext("Written at once.")
    return gettext("Sent; a keeper looks at it.")


def _draft(request: HttpRequest, register: str, row: Row, photo_sha256: bytes | None) -> AmendmentDraft:
    """As a phone would send it. ``seen`` is what the form showed; what is compared is what was typed into the form."""
    post = {name: str(value).replace("\x00", "") for name, value in request.POST.items()}
    field = post.get("field", "")
    key = register_life.key(post, "key")
    if key is None or not key.int:
        raise refusal("amendment_unknown")
    said = [f"{register}.{field}", str(row.pk), post.get(f"new-{field}", ""), post.get("note", "")]
    return AmendmentDraft(
        id=key,
        key=said[0],
        row=row.pk,
        old=post.get("seen", ""),
        new=said[2],
        note=said[3],
        captured_at=timezone.now(),
        body_sha256=hashlib.sha256(json.dumps(said).encode()).digest(),
        photo_sha256=photo_sha256,
    )


def _sha256(photo: UploadedFile[bytes]) -> bytes:
    digest = hashlib.sha256()
    for chunk in photo.chunks():
        digest.update(chunk)
    return digest.digest()
