"""Taking data out: a form with the declared columns and a purpose, one's own files, and for those who watch, everybody's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from geodata.errors import DomainError
from gridmgmt.organisation.scope import scope_of
from gridmgmt.registers import export_rules, exporting
from gridmgmt.registers.datasets import DATASETS, Dataset
from gridmgmt.registers.models import ExportFormat
from map_ui import register_page
from map_ui.sending import signed_in_user

SHOWN = 60
LATE = timedelta(hours=1)  # nobody waits that long without being told
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "gpkg": "application/geopackage+sqlite3",
}


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The form for one kind of data (``?data=``) above the files."""
    return _page(request, request.GET.dict())


@require_safe
def files(request: HttpRequest) -> HttpResponse:
    """The files alone: the page reads them again while one is being made."""
    export_rules.offered(scope_of(request.user))
    return render(request, "map_ui/_export_rows.html", _files(request))


@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Notes the wish; the form again with what is wrong, everything typed kept."""
    given = request.POST
    wish = exporting.Wish(
        dataset=given.get("data", ""),
        columns=given.getlist("column"),
        place=register_page.read_listing(given).place,
        format=given.get("format", ""),
        department_id=register_page.read_uuid(given.get("department", "")),
        purpose=given.get("purpose", ""),
        group=given.get("group", ""),
    )
    language = translation.get_language() or "zh-hans"
    try:
        exporting.want(user=signed_in_user(request), wish=wish, language=language, at=timezone.now())
    except DomainError as error:
        return _page(request, given.dict() | {"columns": wish.columns}, error=error)
    messages.success(request, gettext("The file is being made; it appears below and stays for a day."))
    return redirect("map_ui:register_exports")


@require_safe
def file(request: HttpRequest, export_id: UUID) -> HttpResponseBase:
    """The bytes, for whom they were made."""
    found, path = exporting.opened(user=signed_in_user(request), export_id=export_id, at=timezone.now())
    return FileResponse(
        path.open("rb"),
        as_attachment=True,
        filename=f"{found.number}.{found.format}",
        content_type=TYPES[found.format],
        headers={"Cache-Control": "no-store"},
    )


def _page(
    request: HttpRequest, given: Mapping[str, Any], *, error: DomainError | None = None
) -> HttpResponse:
    scope = scope_of(request.user)
    offered = export_rules.offered(scope)
    dataset = next((one for one in offered if one.key == given.get("data")), offered[0])
    context = {
        "offered": offered,
        "dataset": dataset,
        "columns": _columns(dataset, given, may=export_rules.may_take_sensitive(scope, dataset)),
        "places": register_page.communities(scope),
        "departments": export_rules.departments(scope),
        "own_department": next((held.department_id for held in scope.held if held.department_id), None),
        "formats": ExportFormat.choices,
        "groups": register_page.GROUPS.items() if dataset.key == "people" else (),
        "given": given,
        "error": error.text() if error else "",
        "kept_hours": int(exporting.KEPT.total_seconds() // 3600),
        "most_sensitive": export_rules.MOST_SENSITIVE,
        **_files(request),
    }
    return render(request, "map_ui/exports.html", context, status=error.status if error else 200)


def _files(request: HttpRequest) -> dict[str, Any]:
    user, now = signed_in_user(request), timezone.now()
    rows = [_line(row, user.pk, now) for row in exporting.visible(scope_of(user), user)[:SHOWN]]
    return {"rows": rows, "waits": any(row["state"] == "making" for row in rows)}


def _columns(dataset: Dataset, given: Mapping[str, Any], *, may: bool) -> list[dict[str, Any]]:
    """Columns with what is chosen; sensitive ones are shown and shut for those who may not take them."""
    chosen = given.get("columns")
    return [
        {
            "column": column,
            "chosen": column.key in chosen if chosen is not None else column.chosen,
            "shut": column.sensitive and not may,
        }
        for column in dataset.columns
    ]


def _line(row: Any, owner: UUID, now: Any) -> dict[str, Any]:
    """A row with its state: making, late, refused, there, over."""
    there = bool(row.file) and row.expires_at > now
    owed = "late" if now - row.asked_at > LATE else "making"
    state = "there" if there else "over" if row.made_at else "refused" if row.refused else owed
    return {
        "row": row,
        "state": state,
        "own": row.user_id == owner,
        "place": register_page.place_name(row.place) if row.place else "",
        "label": DATASETS[row.dataset].label,
    }
