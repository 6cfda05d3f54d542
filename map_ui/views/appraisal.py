"""The appraisal board, the lists behind its numbers, and its file."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from gridmgmt.organisation.scope import scope_of
from gridmgmt.statistics import drill
from gridmgmt.statistics.board import ALL_DIMENSIONS
from gridmgmt.statistics.definitions import GROUPS, catalogue
from gridmgmt.statistics.models import FactReading
from gridmgmt.statistics.periods import KINDS
from gridmgmt.statistics.sheet import names_of, sheet
from map_ui import appraisal_file, appraisal_query, appraisal_view, case_filters, shell
from map_ui import appraisal_words as words
from map_ui.appraisal_query import Asked

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PAGE_SIZE = 50


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Figures of a period by rows of one kind, with ranks, changes and scores."""
    scope = scope_of(request.user)
    asked = appraisal_query.read(request.GET, scope)
    found = sheet(scope, asked.question, dimension=asked.dimension, keys=asked.keys)
    context = {
        "asked": asked,
        "sheet": found,
        "board": appraisal_view.board_of(asked, found),
        "period": asked.question.period,
        "period_name": words.period_kind_name(asked.question.period.kind),
        "earlier": asked.moved(asked.question.period.before()),
        "later": asked.moved(asked.question.period.after()),
        "read_at": min(asked.question.known_at, _read_at()),
        "place": shell.place_name(scope),
        **_form(asked),
        **case_filters.choices(scope),
    }
    return render(request, "map_ui/appraisal.html", context)


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """The cases that one number counts."""
    scope = scope_of(request.user)
    asked = appraisal_query.read(request.GET, scope)
    cell = read_cell(request)
    indicator = catalogue().get(cell.indicator)
    if indicator is None:
        raise Http404
    number = case_filters.page_number(request.GET.dict())
    total = drill.count(scope, asked.question, cell)
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(number, pages)
    lines = drill.lines(scope, asked.question, cell, most=PAGE_SIZE, skip=(number - 1) * PAGE_SIZE)
    names = names_of(cell.dimension, [cell.row or ""]) if cell.dimension and cell.row is not None else {}
    context = {
        "asked": asked,
        "indicator": words.indicator_name(indicator),
        "formula": words.formula(indicator),
        "unit": indicator.unit,
        "side": cell.side,
        "row": appraisal_view.row_words(cell, names),
        "lines": lines,
        "total": total,
        "back": asked.address(),
        "period": asked.question.period,
        **appraisal_view.pages(asked, cell, number, pages),
    }
    return render(request, "map_ui/appraisal_list.html", context)


@require_safe
def workbook(request: HttpRequest) -> HttpResponse:
    """The board as XLSX."""
    scope = scope_of(request.user)
    asked = appraisal_query.read(request.GET, scope)
    found = sheet(scope, asked.question, dimension=asked.dimension, keys=asked.keys)
    name = timezone.localtime().strftime("appraisal-%Y%m%d-%H%M.xlsx")
    return HttpResponse(
        appraisal_file.workbook(found, place=shell.place_name(scope)),
        content_type=XLSX,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def read_cell(request: HttpRequest) -> drill.Cell:
    """The number that was clicked; without a row it is the whole."""
    row = request.GET.get("row")
    dimension = request.GET.get("by", "") if row is not None else ""
    if dimension not in ("", *ALL_DIMENSIONS):
        raise Http404
    return drill.Cell(request.GET.get("number", ""), request.GET.get("side", "numerator"), dimension, row)


def _read_at() -> Any:
    reading = FactReading.objects.first()
    return reading.at if reading else timezone.now()


def _form(asked: Asked) -> dict[str, Any]:
    """What the form offers."""
    groups = [(words.group_name(group), _choices(group)) for group in GROUPS]
    return {
        "kinds": [(kind, words.period_kind_name(kind)) for kind in KINDS],
        "dimensions": [(name, words.dimension_name(name)) for name in ALL_DIMENSIONS],
        "sets": appraisal_query.set_names(),
        "groups": groups,
        "today": timezone.localdate(),
    }


def _choices(group: str) -> list[tuple[str, str, bool]]:
    """Indicators of a family: key, name, whether there is data."""
    members = [indicator for indicator in catalogue().values() if indicator.group == group]
    return [(i.key, words.indicator_name(i), i.available) for i in members]
