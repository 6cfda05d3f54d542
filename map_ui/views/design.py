"""Every component in every state on one page: what to compare a change of style with."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from map_ui.sending import signed_in_user
from map_ui.words import LAMPS, lamp_name

DUE = {"red": -27, "yellow": 3, "green": 50}


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """For administrators; made-up values, no data."""
    if not signed_in_user(request).is_staff:
        raise PermissionDenied
    now = timezone.now()
    states = [
        {
            "stage": lamp_name(lamp),
            "final": lamp == "done",
            "case": SimpleNamespace(
                lamp=lamp,
                due_at=now + timedelta(hours=DUE[lamp]) if lamp in DUE else None,
                closed_at=now if lamp == "done" else None,
                paused_at=now if lamp == "grey" else None,
                clock_stopped_at=None,
                department=None,
            ),
        }
        for lamp in LAMPS
    ]
    return render(request, "map_ui/design.html", {"states": states, "lamps": LAMPS, "status": 404})
