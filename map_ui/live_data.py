"""What the live map reads: bounds, state, a cell's card, findings of the search box. All within the scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.gis.db.models import Extent
from django.contrib.gis.geos import Point
from django.db.models import Q, QuerySet

from geodata.crs import SRID_WGS84
from geodata.models import Area, Building, Cell
from gridmgmt.cases import queries, reference
from gridmgmt.cases.models import Case, Category
from gridmgmt.organisation.models import Duty
from gridmgmt.organisation.scope import Scope, visible
from map_ui.language import in_english, in_language

MOST_FINDINGS = 6
MOST_CELL_CASES = 50
TILE_LAYERS = "areas+cells+buildings+components+organisations"
MAX_TILE_ZOOM = 16
# The ground alone is for everybody.
CONTEXT_TILES = "/tiles/context/{z}/{x}/{y}.mvt"


def map_data(scope: Scope) -> dict[str, Any]:
    """Bounds and tile addresses for a map of the scope."""
    return {
        "bounds": bounds(scope),
        "tiles": {
            "context": CONTEXT_TILES,
            "places": f"/tiles/{TILE_LAYERS}/{{z}}/{{x}}/{{y}}.mvt",
            "all": f"/tiles/context+{TILE_LAYERS}/{{z}}/{{x}}/{{y}}.mvt",
        },
        "max_tile_zoom": MAX_TILE_ZOOM,
    }


def bounds(scope: Scope) -> list[list[float]] | None:
    """[[south, west], [north, east]] of the cells in scope, else of the areas; None when nothing is loaded."""
    for rows in (active_cells(scope), visible(scope, Area.objects.exclude(geom=None))):
        box = rows.order_by().aggregate(box=Extent("geom"))["box"]
        if box:
            west, south, east, north = box
            return [[south, west], [north, east]]
    return None


def active_cells(scope: Scope) -> QuerySet[Cell]:
    """Cells of active editions within the scope."""
    return visible(scope, Cell.objects.filter(active=True))


def state(scope: Scope, since: datetime | None, now: datetime) -> dict[str, Any]:
    """Points, counts per cell and key figures at one instant."""
    return {
        "cases": queries.map_points(scope, since=since, now=now),
        "cells": queries.cell_summary(scope, now=now),
        "figures": queries.key_figures(scope, now=now),
    }


def category_names() -> dict[str, str]:
    """Key → name in the page's language, for labels of markers."""
    english = in_english()
    rows = Category.objects.values_list("key", "name", "name_en")
    return {key: name_en if english and name_en else name for key, name, name_en in rows}


def stage_clocks() -> dict[str, str]:
    """Stage → running, paused or final, over all procedures in memory."""
    return {
        key: stage.clock for flow in reference.current().flows.values() for key, stage in flow.stages.items()
    }


def cell_at(scope: Scope, lon: float, lat: float) -> str:
    """Code of the active cell that covers a point, "" when none in scope does."""
    point = Point(lon, lat, srid=SRID_WGS84)
    return active_cells(scope).filter(geom__covers=point).values_list("code", flat=True).first() or ""


def building_at(scope: Scope, lon: float, lat: float) -> Building | None:
    """The building that covers a point, None when none in scope does."""
    point = Point(lon, lat, srid=SRID_WGS84)
    rows = visible(scope, Building.objects.filter(geom__covers=point))
    return rows.defer("geom", "geom_3857").order_by("code").first()


@dataclass(frozen=True, slots=True)
class CellCard:
    """A cell with its community, who answers, and its open cases."""

    cell: Cell
    community: Area | None
    duties: list[Duty]
    cases: list[Case]
    open_cases: int


def cell_card(scope: Scope, code: str, now: datetime) -> CellCard | None:
    """The card of a visible active cell, or None."""
    cell = active_cells(scope).filter(code=code).first()
    if cell is None:
        return None
    rows = queries.matters_in(scope, now=now).filter(cell_code=code, closed_at=None)
    chosen = rows.select_related("category", "department").order_by("due_at")[:MOST_CELL_CASES]
    return CellCard(
        cell=cell,
        community=Area.objects.filter(code=cell.community_code).first(),
        duties=duties_of(code, now),
        cases=list(chosen),
        open_cases=rows.count(),
    )


def duties_of(code: str, now: datetime) -> list[Duty]:
    """Who answers for a cell now: its own workers first, then the community's, then wider."""
    prefixes = [code[:length] for length in range(6, len(code) + 1)]
    rows = Duty.objects.filter(scope_code__in=prefixes, valid_from__lte=now).filter(
        Q(valid_to=None) | Q(valid_to__gt=now)
    )
    return sorted(
        rows.select_related("user", "department"), key=lambda duty: (-len(duty.scope_code), duty.rank)
    )


def find(scope: Scope, text: str, now: datetime) -> list[dict[str, Any]]:
    """Cases by number, cells by code or name, buildings by name, estate or address."""
    cases = queries.cases_in(scope, now=now).filter(number__icontains=text).select_related("category")
    cells = active_cells(scope).filter(Q(code__contains=text) | Q(name__icontains=text))
    buildings = visible(scope, Building.objects.all()).filter(
        Q(name__icontains=text) | Q(estate__icontains=text) | Q(address__icontains=text)
    )
    found = [
        _finding("case", case.number, case.number, case.category.name, case.geom)
        for case in cases.order_by("-reported_at")[:MOST_FINDINGS]
    ]
    found += [
        _finding("cell", cell.code, cell.name or cell.code, cell.code, cell.label_point)
        for cell in cells.order_by("code")[:MOST_FINDINGS]
    ]
    found += [
        _finding("building", str(row.pk), row.name or row.address or row.estate, row.address, row.point)
        for row in buildings.order_by("estate", "name")[:MOST_FINDINGS]
    ]
    return found


def _finding(kind: str, key: str, label: str, hint: str, point: Point) -> dict[str, Any]:
    return {
        "kind": kind,
        "key": key,
        "label": label,
        "hint": hint if hint != label else "",
        "lon": point.x,
        "lat": point.y,
    }


def named_place(code: str) -> str:
    """Community and cell of a code in words: "兰榕社区 · 第3网格"; the area alone outside every cell."""
    area = Area.objects.filter(code=code[:12]).first() or Area.objects.filter(code=code[:9]).first()
    cell = Cell.objects.filter(code=code, active=True).first()
    names = [in_language(area)] if area else []
    return " · ".join([*names, cell.name or cell.code] if cell else names)
