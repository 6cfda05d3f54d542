"""Households, dwellings, buildings with their doors, and the figures of the registers by community."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from geodata.models import Building
from gridmgmt.audit.models import AccessAction, SubjectKind
from gridmgmt.organisation.queries import under
from gridmgmt.organisation.scope import scope_of
from gridmgmt.registers import buildings as doors
from gridmgmt.registers import figures as counted
from gridmgmt.registers import records
from gridmgmt.registers.readers import require_counter, require_reader
from gridmgmt.registers.search import Listing, narrowed
from gridmgmt.registers.waiting import waiting
from map_ui import case_filters, register_page
from map_ui.navigation import address_of
from map_ui.noted import note

PAGE_SIZE = 50


@require_safe
@transaction.atomic
def household(request: HttpRequest, household_id: UUID) -> HttpResponse:
    """A household with its members now and before."""
    found = records.household(require_reader(scope_of(request.user)), household_id)
    people = [member.row.id for member in found.members]
    note(request, AccessAction.VIEWED, SubjectKind.HOUSEHOLD, [household_id, *people])
    today = timezone.localdate()
    context = {
        "record": found,
        "members": register_page.member_lines(found.present, today),
        "former": register_page.member_lines(found.former, today),
        "place": register_page.place_name(found.door.cell_code),
    }
    return render(request, "map_ui/household.html", context)


@require_safe
@transaction.atomic
def dwelling(request: HttpRequest, dwelling_id: UUID) -> HttpResponse:
    """A door: households, people without one, people registered here who live elsewhere."""
    found = records.dwelling(require_reader(scope_of(request.user)), dwelling_id)
    today = timezone.localdate()
    households = [(one, register_page.member_lines(one.present, today)) for one in found.households]
    people = [member.row.id for one in found.households for member in one.present]
    people += [row.id for row in (*found.others, *found.registered_only)]
    note(request, AccessAction.VIEWED, SubjectKind.DWELLING, [dwelling_id, *people])
    context = {
        "record": found,
        "households": households,
        "others": register_page.lines(found.others, today),
        "registered_only": register_page.lines(found.registered_only, today),
        "place": register_page.place_name(found.door.cell_code),
    }
    return render(request, "map_ui/dwelling.html", context)


@require_safe
@transaction.atomic
def building(request: HttpRequest, building_id: UUID) -> HttpResponse:
    """A building door by door; heads of households are named, masked, to those who read about people."""
    found = doors.building(scope_of(request.user), building_id)
    if found.names:
        note(request, AccessAction.VIEWED, SubjectKind.BUILDING, [building_id, *found.heads])
    return render(
        request,
        "map_ui/building.html",
        {"record": found, "place": register_page.place_name(found.building.cell_code)},
    )


@require_safe
def buildings(request: HttpRequest) -> HttpResponse:
    """Buildings of a place by name, for everybody who sees the place."""
    scope, given = scope_of(request.user), request.GET.dict()
    listing = register_page.read_listing(given)
    text = given.get("text", "").replace("\x00", "").strip()[:60]
    rows = Building.objects.filter(under("cell_code", narrowed(scope.place_prefixes, listing.place)))
    rows = rows.filter(cell_code=listing.place) if listing.only else rows
    if text:
        rows = rows.filter(
            Q(name__icontains=text) | Q(estate__icontains=text) | Q(address__icontains=text) | Q(code=text)
        )
    total = rows.count()
    number = min(case_filters.page_number(given), -(-total // PAGE_SIZE) or 1)
    begin = (number - 1) * PAGE_SIZE
    context = {
        "rows": rows.defer("geom", "geom_3857").order_by("estate", "code", "id")[begin : begin + PAGE_SIZE],
        "found": {"total": total},
        "first": begin + 1,
        "last": min(begin + PAGE_SIZE, total),
        "before": _query(listing, text, number - 1) if number > 1 else "",
        "after": _query(listing, text, number + 1) if begin + PAGE_SIZE < total else "",
        "text": text,
        "listing": listing,
        "places": register_page.communities(scope),
    }
    return render(request, "map_ui/buildings.html", context)


@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """How many, how complete, when last changed: by community, with what waits for a decision."""
    scope = require_counter(scope_of(request.user))
    rows = counted.by_community(scope, today=timezone.localdate())
    context: dict[str, Any] = {
        "rows": register_page.figure_lines(rows, scope),
        "total": register_page.figure_lines([counted.total(rows)], scope)[0],
        "counts": register_page.COUNTS.items(),
        "groups": [(key, register_page.GROUPS[key]) for key in counted.GROUPS],
        "lacking": register_page.LACKS.items(),
        "waiting": [(one, address_of(one.route)) for one in waiting(scope)],
        "now": timezone.now(),
    }
    return render(request, "map_ui/registers.html", context)


def _query(listing: Listing, text: str, number: int) -> str:
    return register_page.as_query(listing, text=text, page=number)
