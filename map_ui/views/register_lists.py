"""Lists of households, dwellings, organisations and components by place: what the numbers of the registers count."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from geodata.models import Building, Component, Dwelling, Household, Organisation
from gridmgmt.audit.models import AccessAction, SubjectKind
from gridmgmt.organisation.scope import Scope, scope_of
from gridmgmt.registers import place_lists
from gridmgmt.registers.readers import people_scope, require_counter
from gridmgmt.registers.rows import Spot
from gridmgmt.registers.search import Listing
from map_ui import case_filters, register_page
from map_ui.noted import note

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what it is, where it leads ("" nowhere), and what stands beside it in the order of the headings."""

    name: str
    url: str
    cells: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """A list: title, what the search looks for, headings."""

    title: Promise
    looked_for: Promise
    headings: tuple[Promise, ...]


HOUSEHOLDS = Kind(
    _("Households with people"),
    _("Household number, estate, name or address"),
    (_("Head"), _("Household number"), _("Building"), _("People"), _("Cell")),
)
DWELLINGS = Kind(
    _("Dwellings"),
    _("Estate, name or address"),
    (_("Dwelling"), _("Building"), _("Use"), _("floor area in m²"), _("Cell")),
)
ORGANISATIONS = Kind(
    _("Organisations"),
    _("Name, address or credit code"),
    (_("Name"), _("Kind"), _("Address"), _("Building"), _("Cell")),
)
COMPONENTS = Kind(
    _("Components"), _("Name, code or owner"), (_("Name"), _("Code"), _("Owner"), _("State"), _("Cell"))
)


@require_safe
@transaction.atomic
def households(request: HttpRequest) -> HttpResponse:
    """Households with their heads, masked; who reads is written down."""

    def lines(rows: Sequence[Household]) -> list[Row]:
        heads = place_lists.heads(rows)
        people = [one.person_id for one in heads.values() if one.person_id]
        note(request, AccessAction.LISTED, SubjectKind.HOUSEHOLD, [*(row.pk for row in rows), *people])
        return [
            Row(
                heads[row.pk].masked_name,
                reverse("map_ui:household", args=[row.pk]),
                (row.number, _spot(row.building), heads[row.pk].members, _cell(row.building)),
            )
            for row in rows
        ]

    return _page(request, HOUSEHOLDS, place_lists.households, lines)


@require_safe
def dwellings(request: HttpRequest) -> HttpResponse:
    """Doors without anybody's name."""
    readers = people_scope(scope_of(request.user))

    def line(row: Dwelling) -> Row:
        reads = readers.covers(row.building.cell_code)
        url = (
            reverse("map_ui:dwelling", args=[row.pk])
            if reads
            else reverse("map_ui:building", args=[row.building_id])
        )
        entrance = f"{row.entrance.number}-" if row.entrance else ""
        return Row(
            f"{entrance}{row.room}",
            url,
            (_spot(row.building), row.get_use_display(), row.area_m2, _cell(row.building)),
        )

    return _page(request, DWELLINGS, place_lists.dwellings, lambda rows: [line(row) for row in rows])


@require_safe
def organisations(request: HttpRequest) -> HttpResponse:
    """Organisations lead to their building."""

    def line(row: Organisation) -> Row:
        url = reverse("map_ui:building", args=[row.building_id]) if row.building_id else ""
        return Row(row.name, url, (row.kind, row.address, _spot(row.building), row.cell_code))

    return _page(request, ORGANISATIONS, place_lists.organisations, lambda rows: [line(row) for row in rows])


@require_safe
def components(request: HttpRequest) -> HttpResponse:
    """City components."""

    def line(row: Component) -> Row:
        cells = (row.code, row.owner_key, row.get_state_display(), row.cell_code)
        return Row(row.name or row.class_code, "", cells)

    return _page(request, COMPONENTS, place_lists.components, lambda rows: [line(row) for row in rows])


def _page(
    request: HttpRequest,
    kind: Kind,
    find: Callable[[Scope, Listing, str], QuerySet[Any]],
    lines: Callable[[Sequence[Any]], list[Row]],
) -> HttpResponse:
    """A page of a list under the place and text of the address. Errors: figures_not_permitted, people_not_permitted 403."""
    scope, given = require_counter(scope_of(request.user)), request.GET.dict()
    listing = register_page.read_listing(given)
    text = given.get("text", "").replace("\x00", "").strip()[:60]
    rows = find(scope, listing, text)
    total = rows.count()
    number = min(case_filters.page_number(given), -(-total // PAGE_SIZE) or 1)
    begin = (number - 1) * PAGE_SIZE
    shown = lines(list(rows[begin : begin + PAGE_SIZE]))
    context = {
        "kind": kind,
        "rows": [replace(row, cells=tuple(zip(kind.headings[1:], row.cells, strict=True))) for row in shown],
        "found": {"total": total},
        "first": begin + 1,
        "last": min(begin + PAGE_SIZE, total),
        "before": register_page.as_query(listing, text=text, page=number - 1) if number > 1 else "",
        "after": (
            register_page.as_query(listing, text=text, page=number + 1) if begin + PAGE_SIZE < total else ""
        ),
        "text": text,
        "listing": listing,
        "places": register_page.communities(scope),
    }
    return render(request, "map_ui/register_list.html", context)


def _spot(building: Building | None) -> str:
    return str(Spot(building.pk, building.estate, building.name, building.address)) if building else ""


def _cell(building: Building | None) -> str:
    return building.cell_code if building else ""
