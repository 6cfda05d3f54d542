"""The monitor of supervision: what runs, is near, is over, by department and stage, and the cards of today."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from gridmgmt.cases import queries as case_queries
from gridmgmt.organisation.scope import scope_of
from gridmgmt.supervision import queries
from map_ui import supervision_page

MOST_DEPARTMENTS = 14
MOST_CARDS = 12


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The whole page; ``?wall=1`` is dark and large, without navigation."""
    data = {"feed_url": "/feed/events", "state_url": request.path + "/state"}
    context = {**_context(request), "data": data, "wall": request.GET.get("wall") == "1"}
    return render(request, "map_ui/monitor.html", context)


@require_safe
def state(request: HttpRequest) -> HttpResponse:
    """The same figures as a fragment, read again after events."""
    return render(request, "map_ui/_monitor.html", _context(request))


def _context(request: HttpRequest) -> dict[str, Any]:
    scope, now = scope_of(request.user), timezone.now()
    loads = queries.loads_by_department(scope, now=now)
    return {
        "now": now,
        "figures": case_queries.key_figures(scope, now=now),
        "cards": queries.card_figures(scope, now=now),
        "loads": loads[:MOST_DEPARTMENTS],
        "more_loads": max(0, len(loads) - MOST_DEPARTMENTS),
        "most": max((load.open for load in loads), default=0) or 1,
        "stages": supervision_page.stage_loads(scope, now),
        "today": queries.today(scope, now=now, most=MOST_CARDS),
        "scan": queries.last_scan(),
        "day": timezone.localdate(),
    }
