"""Door-step changes: sent once and for ever, their photos, and what became of them."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from gridmgmt.cases.models import QuarantineKind
from gridmgmt.cases.report_body import uuid_empty
from gridmgmt.registers import amendment_photos, amendments
from gridmgmt.registers.amendment_actions import submit
from gridmgmt.registers.errors import refusal
from mobile_api import schema
from mobile_api.amendment_bodies import (
    AmendmentAnswer,
    AmendmentBody,
    AmendmentPage,
    AmendmentPhotoAnswer,
    AmendmentState,
    read_amendment,
    state_answer,
    taken_answer,
)
from mobile_api.answers import answer
from mobile_api.authentication import session
from mobile_api.quarantined import kept_if_unreadable
from mobile_api.reading import drain, length_of
from mobile_api.views.photos import PICTURES
from mobile_api.views.tasks import BODY, raw_body


class AmendmentView(APIView):
    """One amendment."""

    @extend_schema(
        operation_id="put_amendment",
        tags=["amendments"],
        summary="Send what was found otherwise at the door",
        description=(
            "The uuid is made by the phone (UUIDv7). The same bytes under the same uuid get the same answer for ever; other "
            "bytes get 409 with both hashes. A value that cannot be written is taken as well, with its problem: a keeper looks. "
            "A body that cannot be read is refused and kept all the same: `data.quarantine` is its number."
        ),
        request=AmendmentBody,
        responses={
            201: AmendmentAnswer,
            200: AmendmentAnswer,
            **schema.failures(
                *schema.SENT, *BODY, "uuid_empty", "amendment_field_unknown", "person_unknown", "household_unknown",
                "dwelling_unknown", "amendment_not_permitted", "amendment_conflict",
            ),
        },
    )  # fmt: skip
    def put(self, request: Request, amendment_id: UUID) -> HttpResponse:
        """201 the first time, 200 when it was there already."""
        own = session(request)
        if not amendment_id.int:
            raise uuid_empty()
        raw = raw_body(request)
        with kept_if_unreadable(request, own, QuarantineKind.AMENDMENT, amendment_id, raw):
            draft = read_amendment(amendment_id, raw, own.device_id)
            row, created = submit(draft=draft, by=own.user(), at=timezone.now())
        return answer(taken_answer(row), 201 if created else 200)

    @extend_schema(
        operation_id="get_amendment",
        tags=["amendments"],
        summary="What became of an amendment of mine",
        responses={200: AmendmentState, **schema.failures(*schema.TOKEN, "amendment_unknown")},
    )
    def get(self, request: Request, amendment_id: UUID) -> HttpResponse:
        """Only one's own."""
        row = amendments.own(session(request).user_id).filter(pk=amendment_id).first()
        if row is None:
            raise refusal("amendment_unknown")
        return answer(state_answer(row))


class AmendmentsView(APIView):
    """My amendments."""

    @extend_schema(
        operation_id="my_amendments",
        tags=["amendments"],
        summary="My amendments with what became of them, newest first, at most 200",
        responses={200: AmendmentPage, **schema.failures(*schema.TOKEN)},
    )
    def get(self, request: Request) -> HttpResponse:
        """Newest first."""
        rows = amendments.own(session(request).user_id)[: amendments.OWN_MOST]
        return answer({"results": [state_answer(row) for row in rows]})


class AmendmentPhotoView(APIView):
    """The photo of an amendment."""

    @extend_schema(
        operation_id="put_amendment_photo",
        tags=["amendments"],
        summary="Send the bytes of the photo an amendment announced",
        description="Raw body. The same bytes again get the same answer. Only a clean copy without metadata is kept.",
        request=dict.fromkeys(PICTURES, OpenApiTypes.BINARY),
        responses={
            200: AmendmentPhotoAnswer,
            **schema.failures(
                *schema.SENT, "amendment_photo_unknown", "length_required", "photo_too_large", "photo_type_mismatch",
                "photo_hash_mismatch", "photo_truncated", "photo_empty", "photo_unreadable", "photo_too_many_pixels",
                "image_reader_away", "storage_full",
            ),
        },
    )  # fmt: skip
    def put(self, request: Request, amendment_id: UUID) -> HttpResponse:
        """Read as a stream; whatever is answered is answered after the body has been read."""
        raw = request._request  # noqa: SLF001 - the stream itself, no parser
        try:
            row = amendment_photos.store(
                amendment_id=amendment_id,
                stream=raw,
                by=session(request).user(),
                expected_bytes=length_of(raw),
            )
        finally:
            drain(raw)
        return answer({"amendment": row.pk, "sha256": bytes(row.photo_sha256 or b"").hex()})
