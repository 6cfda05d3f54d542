"""The live map and what its scripts read."""

from __future__ import annotations

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from geodata.errors import DomainError
from gridmgmt.cases.models import CategoryKind
from gridmgmt.organisation.scope import scope_of
from map_ui import live_data


@require_safe
@ensure_csrf_cookie
def page(request: HttpRequest) -> HttpResponse:
    """The map; state and tiles are read by its scripts."""
    scope = scope_of(request.user)
    data = {
        "map": live_data.map_data(scope),
        "categories": live_data.category_names(),
        "stages": live_data.stage_clocks(),
        "feed_url": "/feed/events",
        "state_url": reverse("map_ui:state"),
        "at_url": reverse("map_ui:cell_at"),
        "search_url": reverse("map_ui:search"),
        "case_url": reverse("map_ui:case_panel", args=["NUMBER"]),
        "cell_url": reverse("map_ui:cell_card", args=["CODE"]),
    }
    return render(request, "map_ui/live.html", {"data": data, "kinds": CategoryKind.choices})


@require_safe
def state(request: HttpRequest) -> JsonResponse:
    """Points (all, or changed since), counts per cell and key figures."""
    since = request.GET.get("since", "")
    return JsonResponse(live_data.state(scope_of(request.user), _instant(since), timezone.now()))


@require_safe
def cell_at(request: HttpRequest) -> JsonResponse:
    """The cell that covers a clicked point."""
    return JsonResponse({"code": live_data.cell_at(scope_of(request.user), *_point(request))})


@require_safe
def search(request: HttpRequest) -> JsonResponse:
    """Findings of the search box."""
    text = request.GET.get("q", "").strip()[:60].replace("\x00", "")
    found = live_data.find(scope_of(request.user), text, timezone.now()) if text else []
    return JsonResponse({"findings": found})


@require_safe
def cell_card(request: HttpRequest, code: str) -> HttpResponse:
    """The card of a cell as a fragment; with lon and lat, the building that stands there above it."""
    scope, now = scope_of(request.user), timezone.now()
    card = live_data.cell_card(scope, code, now)
    if card is None:
        raise Http404
    building = live_data.building_at(scope, *_point(request)) if "lon" in request.GET else None
    return render(request, "map_ui/_cell_card.html", {"card": card, "now": now, "building": building})


def _point(request: HttpRequest) -> tuple[float, float]:
    """lon and lat of an address. Error: bad_point."""
    try:
        lon, lat = float(request.GET["lon"]), float(request.GET["lat"])
    except (KeyError, ValueError):
        raise DomainError(code="bad_point", message="A point needs lon and lat as numbers.") from None
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise DomainError(code="bad_point", message="A point needs lon and lat as numbers.")
    return lon, lat


def _instant(text: str) -> datetime | None:
    if not text:
        return None
    try:
        value = parse_datetime(text.replace(" ", "+"))
    except ValueError:
        value = None
    if value is None or timezone.is_naive(value):
        raise DomainError(code="bad_time", message="A time needs its zone, as 2026-11-21T14:05:00+08:00.")
    return value
