"""The tray of unhappy answers, and the code that a desk or reporter asks for."""

from __future__ import annotations

import csv
import io
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from geodata.spreadsheets import safe
from gridmgmt.cases import queries
from gridmgmt.contact import follow_ups, receipts
from gridmgmt.contact.progress import leading
from gridmgmt.organisation.scope import Scope, scope_of
from map_ui.sending import signed_in_user
from map_ui.tables import BOM
from map_ui.templatetags.grid import named, stamp

PAGE_SIZE = 30


def keeper(request: HttpRequest) -> Scope:
    """The scope of somebody who keeps follow-ups; others may not open these pages."""
    scope = scope_of(request.user)
    if not scope.has_role(*follow_ups.KEEPERS):
        raise PermissionDenied
    return scope


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Open follow-ups, most urgent first, or those that are finished."""
    scope, finished = keeper(request), request.GET.get("show") == "finished"
    text = request.GET.get("text", "").strip()[:60]
    rows = follow_ups.tray(scope, finished=finished)
    if text:
        rows = rows.filter(rating__case__number__icontains=text)
    shown = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "shown": shown,
        "rows": [(row, leading(row.rating.case), follow_ups.may_reopen(row)) for row in shown],
        "finished": finished,
        "text": text,
        "now": timezone.now(),
    }
    return render(request, "map_ui/follow_ups.html", context)


@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The same as CSV."""
    kept = io.StringIO()
    writer = csv.writer(kept)
    writer.writerow(
        [gettext("Number"), gettext("Category"), gettext("Department"), gettext("Opened"), gettext("Contact until"),
         gettext("Contacted"), gettext("Put right until"), gettext("Finished"), gettext("Outcome")]
    )  # fmt: skip
    for row in follow_ups.tray(keeper(request), finished=request.GET.get("show") == "finished"):
        case = row.rating.case
        writer.writerow(
            [case.number, named(case.category), named(row.rating.department), stamp(row.opened_at),
             stamp(row.contact_due_at), stamp(row.contacted_at), stamp(row.rectify_due_at), stamp(row.finished_at),
             safe(row.outcome)]
        )  # fmt: skip
    name = timezone.localtime().strftime("follow-ups-%Y%m%d-%H%M.csv")
    return HttpResponse(
        BOM + kept.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_POST
def act(request: HttpRequest, follow_up_id: UUID) -> HttpResponse:
    """Note a talk, have it done anew, finish."""
    keeper(request)
    user, text, now = signed_in_user(request), request.POST.get("text", ""), timezone.now()
    wish = request.POST.get("act", "")
    if wish == "contact":
        follow_ups.note_contact(follow_up_id=follow_up_id, by=user, note=text, at=now)
    elif wish == "reopen":
        version = request.POST.get("version", "")
        follow_ups.reopen(
            follow_up_id=follow_up_id,
            by=user,
            reason=text,
            expected_version=int(version) if version.isdecimal() and len(version) < 9 else 0,
            at=now,
        )
    else:
        follow_ups.finish(follow_up_id=follow_up_id, by=user, outcome=text, at=now)
    messages.success(request, gettext("Saved."))
    return redirect("map_ui:follow_ups")


@require_POST
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """A fresh code for a case, shown this once on a sheet that can be printed."""
    user = signed_in_user(request)
    case = queries.case_by_number(scope_of(user), number)
    code = receipts.issue(case=case, by=user, at=timezone.now())
    return render(request, "map_ui/receipt.html", {"case": case, "code": code, "now": timezone.now()})
