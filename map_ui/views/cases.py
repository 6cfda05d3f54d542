"""The list of cases with filters, and its export."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from gridmgmt.cases import duplicates, queries
from gridmgmt.organisation.scope import scope_of
from map_ui import case_filters, tables
from map_ui.words import LAMPS, lamp_name

PAGE_SIZE = 30
MOST_EXPORTED = 50_000


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Cases of the scope: stages as tabs, filters in a form, one row a case."""
    scope = scope_of(request.user)
    filters = case_filters.read_filters(request.GET.dict())
    found = queries.case_list(
        scope, filters=filters, page=case_filters.page_number(request.GET.dict()), size=PAGE_SIZE
    )
    tabs = case_filters.stage_tabs(scope, filters)
    now = timezone.now()
    context = {
        "filters": filters,
        "folded": case_filters.folded(filters),
        "narrowed": case_filters.narrowed(filters),
        "found": found,
        "first": (found.page - 1) * found.size + 1,
        "last": (found.page - 1) * found.size + len(found.rows),
        "stages": case_filters.stage_names(),
        "tabs": [(tab, case_filters.as_query(filters, stage=tab.key, state="")) for tab in tabs],
        "all_stages": case_filters.as_query(filters, stage="", state=""),
        "open_total": sum(tab.count for tab in tabs),
        "query": case_filters.as_query(filters),
        "orders": _orders(),
        "lamps": [(lamp, lamp_name(lamp)) for lamp in LAMPS if lamp != "done"],
        "before": case_filters.as_query(filters, page=found.page - 1) if found.page > 1 else "",
        "after": case_filters.as_query(filters, page=found.page + 1) if found.page < found.pages else "",
        "now": now,
        "branches": queries.branches_of(scope, [case.pk for case in found.rows if case.joint], now=now),
        "near": duplicates.near_counts(scope, [case.pk for case in found.rows if case.closed_at is None]),
        **case_filters.choices(scope),
    }
    return render(request, "map_ui/cases.html", context)


@require_safe
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The same rows as CSV, all pages of them."""
    scope = scope_of(request.user)
    filters = case_filters.read_filters(request.GET.dict())
    rows = queries.filtered(scope, filters).select_related("category", "department", "source")
    lines = tables.csv_lines(
        rows[:MOST_EXPORTED].iterator(chunk_size=2000),
        case_filters.stage_names(),
        told=urlencode(request.GET.dict()),
    )
    name = timezone.localtime().strftime("cases-%Y%m%d-%H%M.csv")
    return StreamingHttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _orders() -> list[tuple[str, str]]:
    return [
        ("due", gettext("Due first")),
        ("newest", gettext("Newest first")),
        ("oldest", gettext("Oldest first")),
        ("stage", gettext("By state")),
        ("number", gettext("By number")),
    ]
