"""Reports: taken, shown, listed. Taking them is the hot path and leaves out what the framework would do around it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_noop as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from geodata.errors import DomainError
from gridmgmt.cases import intake
from gridmgmt.cases import queries as case_queries
from gridmgmt.cases.models import Case, QuarantineKind
from gridmgmt.cases.report_body import ReportBody, read_report, uuid_empty
from mobile_api import answers, queries, schema, tokens
from mobile_api.answers import ManifestAnswer, ReportAnswer, ReportPage, answer
from mobile_api.authentication import session
from mobile_api.quarantined import kept_if_unreadable
from mobile_api.reading import body_of

PAGE_MOST = 200
PAGE_USUAL = 50
CURSOR = {"type": "string", "pattern": "^[A-Za-z0-9_=-]*$"}


def take_report(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Stores a report and answers with its manifest: 201 the first time, 200 when it was there already."""
    holder = tokens.session_of(request.headers.get("Authorization", ""))
    if not report_id.int:
        raise uuid_empty()
    raw = body_of(request)
    with kept_if_unreadable(request, holder, QuarantineKind.REPORT, report_id, raw):
        draft = read_report(report_id, raw)
        receipt = intake.submit_report(draft=draft, sender=holder.sender, at=timezone.now())
    fresh = {photo.id: "expected" for photo in draft.photos}
    photos = fresh if receipt.created else intake.photo_states(report_id)
    return answer(answers.manifest(report_id, receipt, photos), 201 if receipt.created else 200)


class ReportView(APIView):
    """One report. PUT is answered by mobile_api.door before it gets here."""

    @extend_schema(
        operation_id="put_report",
        tags=["reports"],
        summary="Send a report",
        description=(
            "The uuid is made by the phone (UUIDv7). The same bytes under the same uuid get the same answer for ever; "
            "other bytes get 409 with both hashes. A point outside every cell, a wrong clock or a coarse position are "
            "accepted and flagged. Then send the photos named missing. A body that cannot be read is refused and kept all the "
            "same: `data.quarantine` is its number."
        ),
        request=ReportBody,
        responses={
            201: ManifestAnswer,
            200: ManifestAnswer,
            **schema.failures(
                "body_not_json", *schema.SENT, "report_not_permitted", "not_found", "report_conflict",
                "photo_id_taken",
                "length_required", "body_too_large", "media_type_unsupported", "field_unknown", "unknown_category",
                "coordinate_out_of_range", "datum_unknown", "uuid_empty", "number_not_finite", "text_control_character",
            ),
        },
    )  # fmt: skip
    def put(self, request: HttpRequest, report_id: UUID) -> HttpResponse:
        """Described here; the door (mobile_api.door) calls take_report itself."""
        return take_report(request, report_id)

    @extend_schema(
        operation_id="get_report",
        tags=["reports"],
        summary="State, manifest and tracker of a report of mine",
        responses={200: ReportAnswer, **schema.failures(*schema.TOKEN, "report_unknown")},
    )
    def get(self, request: Request, report_id: UUID) -> HttpResponse:
        """Where a report is now and every step so far."""
        found = intake.manifest(report_id=report_id, sender=session(request).sender)
        case = Case.objects.get(pk=found.receipt.case_id)
        return answer(
            {
                **answers.manifest(report_id, found.receipt, found.photos),
                "category": case.category_id,
                "text": case.text,
                "address": case.address,
                "tracker": [answers.step_answer(step) for step in case_queries.tracker(case)],
            }
        )


class ReportsView(APIView):
    """My reports."""

    @extend_schema(
        operation_id="my_reports",
        tags=["reports"],
        summary="My reports, newest first",
        parameters=[
            OpenApiParameter("cursor", CURSOR, description="`next` of the page before"),
            OpenApiParameter(
                "limit", {"type": "integer", "minimum": 1, "maximum": PAGE_MOST, "default": PAGE_USUAL}
            ),
        ],
        responses={200: ReportPage, **schema.failures(*schema.TOKEN, "cursor_invalid", "limit_invalid")},
    )
    def get(self, request: Request) -> HttpResponse:
        """A page by cursor: reports that arrive meanwhile neither repeat nor hide a row."""
        limit = page_size(request.query_params.get("limit"))
        cursor = request.query_params.get("cursor", "")
        rows, following = queries.my_reports(session(request), cursor=cursor, limit=limit)
        return answer({"results": [row._asdict() for row in rows], "next": following})


def page_size(text: str | None) -> int:
    """A number from 1 to 200; not given means 50. Error limit_invalid 422."""
    if text is None:
        return PAGE_USUAL
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= PAGE_MOST):
        raise DomainError(
            code="limit_invalid",
            status=422,
            message=_("The page size must be a whole number from 1 to %(most)s."),
            data={"most": PAGE_MOST},
        )
    return int(text)
