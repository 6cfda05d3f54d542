"""Asking for the board as PDF, waiting for it, reading it. A print is its owner's alone."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.views.decorators.http import require_POST, require_safe

from gridmgmt.organisation.models import User
from gridmgmt.organisation.scope import scope_of
from gridmgmt.statistics import actions
from gridmgmt.statistics.models import PrintedBoard
from map_ui import appraisal_query

AGAIN_S = "3"


@require_POST
def want(request: HttpRequest) -> HttpResponse:
    """Notes the wish and leads to the page that waits for it."""
    asked = appraisal_query.read(request.GET, scope_of(request.user))
    by = get_object_or_404(User, username=request.user.get_username())
    language = translation.get_language() or "zh-hans"
    wanted = actions.want_print(by=by, address=asked.address(), language=language, at=timezone.now())
    return redirect("map_ui:appraisal_print", print_id=wanted.pk)


@require_safe
def page(request: HttpRequest, print_id: UUID) -> HttpResponse:
    """Whether it is there; asks again by itself until it is."""
    wanted = get_object_or_404(PrintedBoard.objects.defer("pdf"), pk=print_id, user=request.user.pk)
    answer = render(request, "map_ui/appraisal_print.html", {"wanted": wanted})
    if wanted.made_at is None:
        answer["Refresh"] = AGAIN_S
    return answer


@require_safe
def document(request: HttpRequest, print_id: UUID) -> HttpResponse:
    """The bytes."""
    wanted = get_object_or_404(PrintedBoard, pk=print_id, user=request.user.pk, made_at__isnull=False)
    name = timezone.localtime(wanted.asked_at).strftime("appraisal-%Y%m%d-%H%M.pdf")
    return HttpResponse(
        bytes(wanted.pdf or b""),
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}"'},
    )
