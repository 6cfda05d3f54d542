"""Reporting from a browser: the form, what it sends, and one's own reports.

The report is stored by the same action as a phone's; sent again with the same bytes it gives the same receipt.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from pydantic import ValidationError

from gridmgmt.cases import intake, photos, queries
from gridmgmt.cases.intake import Manifest, Receipt, ReportDraft
from gridmgmt.cases.models import Case, Category, CategoryKind
from gridmgmt.cases.report_body import BODY_MAX_BYTES, body_error, read_report, too_large, uuid_empty
from gridmgmt.organisation.models import User
from gridmgmt.organisation.scope import scope_of
from map_ui import case_filters, case_page, live_data
from map_ui.language import in_language
from map_ui.sending import sender_of, signed_in_user, source_of
from map_ui.templatetags.grid import stamp

OWN_REPORTS = 100
FREQUENT = 8


@require_safe
@ensure_csrf_cookie
def page(request: HttpRequest) -> HttpResponse:
    """The form. Everything it needs to choose from is in the page, so that a weak connection does not matter."""
    user = signed_in_user(request)
    data = {
        "map": live_data.map_data(scope_of(user)),
        "categories": categories(),
        "frequent": frequent(user),
        "send_url": _address("map_ui:report_send", "REPORT"),
        "photo_url": _address("map_ui:report_photo", "PHOTO"),
        "case_url": reverse("map_ui:case", args=["NUMBER"]),
    }
    return render(request, "map_ui/report.html", {"data": data, "kinds": CategoryKind.choices})


@require_POST
def send(request: HttpRequest, report_id: UUID) -> JsonResponse:
    """Stores the report; the answer tells its number, where it went and which photos are missing. The body is a phone's, its
    source follows from who sends. Errors: those of report_body and intake."""
    user = signed_in_user(request)
    sender = sender_of(user)
    draft = replace(_draft(request, report_id), source=source_of(sender))
    receipt = intake.submit_report(draft=draft, sender=sender, at=timezone.now())
    manifest = intake.manifest(report_id=draft.id, sender=sender)
    return JsonResponse(_answer(receipt, manifest), status=201 if receipt.created else 200)


def _draft(request: HttpRequest, report_id: UUID) -> ReportDraft:
    if not report_id.int:
        raise uuid_empty()
    if len(request.body) > BODY_MAX_BYTES:
        raise too_large()
    try:
        return read_report(report_id, request.body)
    except ValidationError as error:
        raise body_error(error) from None


@require_safe
def state(request: HttpRequest, report_id: UUID) -> JsonResponse:
    """The manifest of one's own report."""
    manifest = intake.manifest(report_id=report_id, sender=sender_of(signed_in_user(request)))
    return JsonResponse(_answer(manifest.receipt, manifest))


@require_http_methods(["PUT"])
def photo(request: HttpRequest, photo_id: UUID) -> JsonResponse:
    """Takes the bytes of an announced photo."""
    length = request.headers.get("Content-Length", "")
    stored = photos.store_photo(
        photo_id=photo_id,
        stream=request,
        sender=sender_of(signed_in_user(request)),
        at=timezone.now(),
        content_type=request.content_type or "",
        expected_bytes=int(length) if length.isdecimal() else None,
    )
    return JsonResponse({"complete": stored.complete, "missing": [str(one) for one in stored.missing]})


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """What one has reported, the newest first."""
    user = signed_in_user(request)
    rows = (
        queries.cases_in(scope_of(user))
        .filter(reporter=user)
        .select_related("category", "department", "master")
    )
    context = {
        "cases": rows.order_by("-reported_at")[:OWN_REPORTS],
        "stages": case_filters.stage_names(),
        "now": timezone.now(),
    }
    return render(request, "map_ui/my_reports.html", context)


def categories() -> list[dict[str, str]]:
    """The chooser's rows: key, kind, major, name, initials; in the order of the catalogue."""
    return [
        {
            "key": row.key,
            "kind": row.kind,
            "major": in_language(row, "major"),
            "name": in_language(row),
            "initials": row.initials,
        }
        for row in Category.objects.filter(active=True)
    ]


def frequent(user: User) -> list[str]:
    """Categories this person reported lately, filled up with the catalogue's most frequent."""
    recent = (
        Case.objects.filter(reporter=user).order_by("-reported_at").values_list("category_id", flat=True)[:50]
    )
    usual = Category.objects.filter(active=True).values_list("key", flat=True)[:FREQUENT]
    return list(dict.fromkeys([*recent, *usual]))[:FREQUENT]


def _address(name: str, word: str) -> str:
    """An address with a word where the script puts a number."""
    return reverse(name, args=[UUID(int=0)]).replace(str(UUID(int=0)), word)


def _answer(receipt: Receipt, manifest: Manifest) -> dict[str, Any]:
    area = live_data.named_place(receipt.cell_code)
    return {
        "number": receipt.number,
        "department": receipt.department_name,
        "place": area,
        "stage": case_filters.stage_names().get(receipt.stage, receipt.stage),
        "due": stamp(receipt.due_at) if receipt.due_at else "",
        "flags": [str(case_page.FLAGS.get(flag, flag)) for flag in receipt.flags],
        "missing": [str(one) for one in manifest.missing],
    }
