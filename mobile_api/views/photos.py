"""Photos: the bytes of an announced photo come in, the clean copy goes out to those who may see the case."""

from __future__ import annotations

import re
from typing import Any, cast
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_noop as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    PolymorphicProxySerializer,
    extend_schema,
)
from rest_framework.request import Request
from rest_framework.views import APIView

from geodata.errors import DomainError
from gridmgmt.cases.photo_uploads import Piece, Upload, append_photo, upload_state
from gridmgmt.cases.photos import PhotoFile, Size, StoredPhoto, open_photo, store_photo
from gridmgmt.organisation.scope import scope_of
from mobile_api import schema
from mobile_api.answers import PhotoAnswer, UploadAnswer, answer, has
from mobile_api.authentication import session
from mobile_api.negotiation import OneForm
from mobile_api.reading import drain, length_of

PICTURES = ("image/jpeg", "image/png", "image/webp", "image/heic", "application/octet-stream")
SHA256 = re.compile(r"[0-9a-fA-F]{64}")
HEADER_SHA256 = OpenApiParameter(
    "X-Content-SHA256",
    {"type": "string", "pattern": "^[0-9a-fA-F]{64}$"},
    OpenApiParameter.HEADER,
    description="SHA-256 of the body in hexadecimal digits, as announced; tells a cut upload from another photo",
)

WHOLE = {"type": "integer", "minimum": 0}
HEADERS_UPLOAD = [
    OpenApiParameter(
        "Upload-Offset",
        WHOLE,
        OpenApiParameter.HEADER,
        required=True,
        description="Number of the body's first byte in the photo: as many as are there",
    ),
    OpenApiParameter(
        "Upload-Length",
        WHOLE,
        OpenApiParameter.HEADER,
        required=True,
        description="Bytes of the whole photo; the same with every piece",
    ),
]
PIECE_ANSWERS: Any = [PhotoAnswer, UploadAnswer]
REFUSALS = (
    "photo_unknown", "photo_conflict", "length_required", "photo_too_large", "photo_type_mismatch", "sha256_invalid",
    "photo_hash_mismatch", "photo_empty", "photo_unreadable", "photo_too_many_pixels", "image_reader_away", "storage_full",
)  # fmt: skip


class PhotoView(APIView):
    """One photo. Pages have an address of their own for looking (map_ui.views.photos)."""

    content_negotiation_class = OneForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Whatever is answered, also 401, is answered after the body has been read."""
        response = super().dispatch(request, *args, **kwargs)
        drain(request)
        return response

    @extend_schema(
        operation_id="put_photo",
        tags=["photos"],
        summary="Send the bytes of an announced photo",
        description=(
            "Raw body, no form. The same bytes again get the same answer. Verified by content: JPEG, PNG, WebP, HEIC; "
            "a wrong Content-Type or damaged EXIF is flagged, not refused. Whatever fails leaves nothing behind."
        ),
        parameters=[HEADER_SHA256],
        request=dict.fromkeys(PICTURES, OpenApiTypes.BINARY),
        responses={
            200: PhotoAnswer,
            **schema.failures(
                *schema.SENT, *REFUSALS, "photo_truncated",
            ),
        },
    )  # fmt: skip
    def put(self, request: Request, photo_id: UUID) -> HttpResponse:
        """Reads the body as a stream; it never lies in memory as a whole."""
        sender = session(request).sender
        raw = request._request  # noqa: SLF001 - the stream itself, no parser
        stored = store_photo(
            photo_id=photo_id,
            stream=raw,
            sender=sender,
            at=timezone.now(),
            content_type=raw.headers.get("Content-Type", ""),
            expected_bytes=length_of(raw),
            announced_sha256=announced(raw.headers.get("X-Content-SHA256", "")),
        )
        return answer(photo_answer(stored))

    @extend_schema(
        operation_id="patch_photo",
        tags=["photos"],
        summary="Send one more piece of an announced photo",
        description=(
            "Raw bytes that begin at `Upload-Offset`. While bytes are missing the answer tells how many are there; with the last "
            "one it is that of PUT. What came before a connection broke is kept for most of an hour: ask "
            "`photos/{id}/upload`, or read `data.offset` of the 409, and go on there. An empty body with `Upload-Offset` equal "
            "to `Upload-Length` asks to verify what is all there. After a 422 the photo begins anew."
        ),
        parameters=[*HEADERS_UPLOAD, HEADER_SHA256],
        request=dict.fromkeys(PICTURES, OpenApiTypes.BINARY),
        responses={
            200: PolymorphicProxySerializer("PieceAnswer", PIECE_ANSWERS, None),
            **schema.failures(
                *schema.SENT, *REFUSALS, "upload_offset", "upload_length", "upload_header_invalid",
            ),
        },
    )  # fmt: skip
    def patch(self, request: Request, photo_id: UUID) -> HttpResponse:
        """Appends a stream of bytes."""
        sender = session(request).sender
        raw = request._request  # noqa: SLF001 - the stream itself, no parser
        result = append_photo(
            photo_id=photo_id,
            piece=Piece(
                offset=whole_number(raw, "Upload-Offset"),
                size=length_of(raw),
                total=whole_number(raw, "Upload-Length"),
                content_type=raw.headers.get("Content-Type", ""),
            ),
            stream=raw,
            sender=sender,
            at=timezone.now(),
            announced_sha256=announced(raw.headers.get("X-Content-SHA256", "")),
        )
        return answer(photo_answer(result) if isinstance(result, StoredPhoto) else upload_answer(result))

    @extend_schema(
        operation_id="get_photo",
        tags=["photos"],
        summary="The clean copy of a photo",
        description="Upright JPEG without metadata, at most 2560 pixels wide or high; `size=thumb` at most 360.",
        parameters=[
            OpenApiParameter("size", {"type": "string", "enum": ["full", "thumb"], "default": "full"})
        ],
        responses={
            (200, "image/jpeg"): OpenApiTypes.BINARY,
            304: OpenApiResponse(description="The phone has this version"),
            **schema.failures(*schema.TOKEN, "photo_unknown", "photo_not_stored"),
        },
    )
    def get(self, request: Request, photo_id: UUID) -> HttpResponseBase:
        """Only for those who may see the case; everybody else is told that there is none."""
        size = "thumb" if request.query_params.get("size") == "thumb" else "full"
        return serve(request, open_photo(scope_of(request.user), photo_id, cast("Size", size)))


class PhotoUploadView(APIView):
    """How far a photo has come."""

    @extend_schema(
        operation_id="photo_upload",
        tags=["photos"],
        summary="How many bytes of an announced photo are here",
        description="Of those this person has sent. `stored` is true when nothing more need be sent.",
        responses={200: UploadAnswer, **schema.failures(*schema.TOKEN, "photo_unknown")},
    )
    def get(self, request: Request, photo_id: UUID) -> HttpResponse:
        """Where to go on."""
        return answer(upload_answer(upload_state(photo_id=photo_id, sender=session(request).sender)))


def upload_answer(upload: Upload) -> dict[str, Any]:
    """A photo on its way in the shape of UploadAnswer."""
    return {"offset": upload.offset, "stored": upload.stored}


def whole_number(request: HttpRequest, header: str) -> int:
    """The number in a header. Error upload_header_invalid 422."""
    text = request.headers.get(header, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise DomainError(
            code="upload_header_invalid",
            status=422,
            message=_("Upload-Offset and Upload-Length must be whole numbers."),
            data={"header": header},
        )
    return int(text)


def announced(text: str) -> bytes | None:
    """The hash in the header, None without one. Error sha256_invalid 422."""
    if not text:
        return None
    if not SHA256.fullmatch(text):
        raise DomainError(
            code="sha256_invalid",
            status=422,
            message=_("X-Content-SHA256 is not a SHA-256 in hexadecimal digits."),
        )
    return bytes.fromhex(text)


def photo_answer(stored: StoredPhoto) -> dict[str, Any]:
    """A stored photo in the shape of PhotoAnswer."""
    return {
        "photo": stored.id,
        "case": stored.case_id,
        "sha256": stored.sha256.hex(),
        "size": stored.size,
        "media_type": stored.media_type,
        "width": stored.width,
        "height": stored.height,
        "flags": stored.flags,
        "complete": stored.complete,
        "missing": stored.missing,
    }


def serve(request: Request, file: PhotoFile) -> HttpResponseBase:
    """The file, asked for again each time (scope may have changed) but sent again only when it is another."""
    response: HttpResponseBase
    if has(request, file.tag):
        response = HttpResponse(status=304)
    else:
        response = FileResponse(file.path.open("rb"), content_type="image/jpeg")
        response["Content-Disposition"] = "inline"
        response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["ETag"] = f'"{file.tag}"'
    response["Cache-Control"] = "private, no-cache"
    return response
