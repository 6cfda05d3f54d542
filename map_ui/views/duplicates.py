"""How near in place and time reports of a category count as the same matter: list, export, change."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from geodata.errors import DomainError
from gridmgmt.cases.duplicate_settings import MOST_HOURS, MOST_M, set_duplicate_window
from gridmgmt.cases.models import Category
from gridmgmt.cases.routing_actions import may_edit
from gridmgmt.organisation.scope import scope_of
from map_ui import routing_form, routing_page
from map_ui.language import in_language
from map_ui.sending import signed_in_user
from map_ui.views.routing import csv_answer

USUAL = (50, 24)


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Categories with their distance and hours; the form above them changes one, a major or a kind."""
    scope = scope_of(request.user)
    routing_page.require_reader(scope)
    rows = _rows(request)
    context = {
        "rows": rows,
        "text": routing_form.clean(request.GET.get("text", "")),
        "only": request.GET.get("only", ""),
        "query": request.GET.urlencode(),
        "may_edit": may_edit(scope, ""),
        "most_m": MOST_M,
        "most_hours": MOST_HOURS,
        **routing_page.choices(routing_page.names_for(scope)),
    }
    return render(request, "map_ui/duplicates.html", context)


@require_safe
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The same rows as CSV."""
    routing_page.require_reader(scope_of(request.user))

    def lines() -> Iterator[list[str]]:
        yield [gettext("Category"), gettext("Name"), gettext("Metres"), gettext("Hours")]
        for row in _rows(request):
            yield [row.key, in_language(row), str(row.duplicate_m), str(row.duplicate_hours)]

    return csv_answer(lines(), "duplicates")


@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Writes metres and hours for a category, a major or a kind."""
    prefix = routing_form.first_word(request.POST.get("category", ""))
    changed = set_duplicate_window(
        prefix=prefix,
        metres=_number(request, "metres"),
        hours=_number(request, "hours"),
        by=signed_in_user(request),
    )
    said = ngettext("Written for %(n)d category.", "Written for %(n)d categories.", changed) % {"n": changed}
    messages.success(request, said)
    return redirect("map_ui:duplicates")


def _rows(request: HttpRequest) -> QuerySet[Category]:
    rows = Category.objects.filter(active=True).order_by("key")
    text = routing_form.clean(request.GET.get("text", ""))
    if text:
        rows = rows.filter(
            Q(key__istartswith=text)
            | Q(name__icontains=text)
            | Q(name_en__icontains=text)
            | Q(major__icontains=text)
        )
    if request.GET.get("only"):
        rows = rows.exclude(duplicate_m=USUAL[0], duplicate_hours=USUAL[1])
    return rows


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise DomainError(
            code="number_needed", status=422, message="A whole number is needed here.", data={"field": name}
        )
    return int(text)
