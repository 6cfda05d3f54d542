"""What phones sent and nobody could read: listed without content, opened for a reason, dealt with by hand."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from geodata.errors import DomainError
from gridmgmt.cases import quarantine
from gridmgmt.organisation.scope import scope_of
from map_ui.sending import signed_in_user

PAGE_SIZE = 50
SHOWN = {"open": quarantine.OPEN, "settled": quarantine.SETTLED}


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The list: what waits, or what has been dealt with."""
    show = request.GET.get("show", "open")
    show = show if show in SHOWN else "open"
    rows = quarantine.rows(scope_of(request.user)).filter(state__in=SHOWN[show])
    shown = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "map_ui/quarantine.html", {"shown": shown, "show": show})


@require_safe
def one(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """One body, closed."""
    return _one(request, row_id)


@sensitive_variables("content")
@require_POST
def open_body(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """The content, this once; who looked, when and why is written down."""
    try:
        content = quarantine.open_body(
            by=signed_in_user(request),
            row_id=row_id,
            reason=request.POST.get("reason", ""),
            at=timezone.now(),
        )
    except DomainError as error:
        if error.status != 422:
            raise
        return _one(request, row_id, error=error)
    return _one(request, row_id, content=content)


@require_POST
def settle(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """Taken in by hand, or void."""
    try:
        quarantine.settle(
            by=signed_in_user(request),
            row_id=row_id,
            state=request.POST.get("state", ""),
            note=request.POST.get("note", ""),
            at=timezone.now(),
        )
    except DomainError as error:
        if error.status != 422:
            raise
        return _one(request, row_id, error=error)
    messages.success(request, gettext("Done."))
    return redirect("map_ui:quarantine")


@sensitive_variables("content")
def _one(
    request: HttpRequest, row_id: UUID, *, content: str | None = None, error: DomainError | None = None
) -> HttpResponse:
    context = {
        "row": quarantine.one(scope_of(request.user), row_id),
        "content": content,
        "error": error.text() if error else "",
        "given": request.POST,
    }
    response = render(request, "map_ui/quarantine_one.html", context, status=error.status if error else 200)
    response["Cache-Control"] = "no-store"
    return response
