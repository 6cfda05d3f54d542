"""Published results: the desk where a supervisor publishes and retracts, and the page everybody may read."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from geodata.errors import DomainError
from gridmgmt.organisation.scope import scope_of
from gridmgmt.supervision import publishing, queries
from map_ui.sending import signed_in_user

MONTHS_OFFERED = 12
PUBLIC_AGE_S = 300


@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """What is published, and a form for a month that is over."""
    scope = scope_of(request.user)
    context = {
        "streets": publishing.streets_of(scope),
        "months": months_over(timezone.localdate()),
        "publications": queries.publications(scope),
        "now": timezone.now(),
    }
    return render(request, "map_ui/results_desk.html", context)


@require_POST
def publish(request: HttpRequest) -> HttpResponse:
    """Freezes and publishes a month."""
    try:
        kept = publishing.publish(
            street=request.POST.get("street", ""),
            month=request.POST.get("month", ""),
            by=signed_in_user(request),
            at=timezone.now(),
        )
    except DomainError as error:
        messages.error(request, error.text())
    else:
        messages.success(request, gettext("Published: %(month)s.") % {"month": f"{kept.month:%Y-%m}"})
    return redirect("map_ui:results_desk")


@require_POST
def retract(request: HttpRequest, publication_id: UUID) -> HttpResponse:
    """Takes a publication back."""
    try:
        publishing.retract(
            publication_id=publication_id,
            by=signed_in_user(request),
            at=timezone.now(),
            reason=request.POST.get("reason", "")[:1000],
        )
    except DomainError as error:
        if error.status == 404:
            raise
        messages.error(request, error.text())
    else:
        messages.success(request, gettext("Retracted. The public page shows it no more."))
    return redirect("map_ui:results_desk")


@require_safe
def public(request: HttpRequest) -> HttpResponse:
    """Results for everybody: no session is read, so caches may keep it."""
    shown = list(queries.published()[:24])
    answer = render(request, "map_ui/public_results.html", {"publications": shown})
    answer.headers["Cache-Control"] = f"public, max-age={PUBLIC_AGE_S}"
    return answer


def months_over(today: date) -> list[str]:
    """The last twelve months that are over, newest first."""
    found, day = [], today.replace(day=1)
    for _ in range(MONTHS_OFFERED):
        day = (day - timedelta(days=1)).replace(day=1)
        found.append(f"{day:%Y-%m}")
    return found
