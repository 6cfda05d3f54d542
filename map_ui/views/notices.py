"""Everybody's own inbox and number; for administrators the templates of text messages and what was sent."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from geodata.spreadsheets import safe
from gridmgmt.cases import queries as case_queries
from gridmgmt.cases import reference
from gridmgmt.contact import inbox, phones, templates, texts
from gridmgmt.contact.models import Message, Notice, StaffPhone
from gridmgmt.organisation.scope import scope_of
from map_ui.case_parts import action_name, stage_name
from map_ui.message_words import gateway_name, step_name
from map_ui.sending import signed_in_user
from map_ui.tables import BOM
from map_ui.templatetags.grid import named, stamp
from map_ui.views.outbox import areas_of

PAGE_SIZE = 30


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The inbox, newest first; unread ones alone when asked."""
    user = signed_in_user(request)
    unread = request.GET.get("show") == "unread"
    rows = inbox.notices(user, unread=unread, text=request.GET.get("text", "").strip()[:60])
    shown = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    phone = StaffPhone.objects.filter(user=user).select_related("phone").first()
    context = {
        "shown": shown,
        "rows": [(row, *_words(row)) for row in shown],
        "unread": unread,
        "count": inbox.unread(user),
        "text": request.GET.get("text", ""),
        "phone": phone.phone if phone else None,
    }
    return render(request, "map_ui/notices.html", context)


def _words(row: Notice) -> tuple[str, str]:
    """What happened and the state it led to, in the page's language."""
    if row.topic != "case":
        return gettext("Reporter not satisfied: contact within one working day"), ""
    flow = reference.current().flows[row.case.procedure_id]
    return action_name(flow, row.action), stage_name(flow, row.stage)


@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The inbox as CSV."""
    kept = io.StringIO()
    writer = csv.writer(kept)
    writer.writerow(
        [gettext("Number"), gettext("Category"), gettext("What happened"), gettext("State"), gettext("Time")]
    )
    for row in inbox.notices(signed_in_user(request))[:5000]:
        words, stage = _words(row)
        writer.writerow([row.case.number, safe(named(row.case.category)), words, stage, stamp(row.made_at)])
    return HttpResponse(
        BOM + kept.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="notices.csv"'},
    )


@require_safe
def count(request: HttpRequest) -> JsonResponse:
    """How many are unread: for the bell."""
    return JsonResponse({"unread": inbox.unread(signed_in_user(request))})


@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Marks one (and opens its case) or all as read."""
    user, wish = signed_in_user(request), request.POST.get("notice", "")
    row = inbox.mark_read(user=user, notice=wish, at=timezone.now())
    if row is not None:
        return redirect("map_ui:case", number=row.case.number)
    return redirect("map_ui:notices")


@require_POST
def own_phone(request: HttpRequest) -> HttpResponse:
    """Where one wants to be reached."""
    phones.note_own(user=signed_in_user(request), typed=request.POST.get("phone", "")[:40])
    messages.success(request, gettext("Saved."))
    return redirect("map_ui:notices")


@require_POST
def reporter_phone(request: HttpRequest, number: str) -> HttpResponse:
    """A desk notes the reporter's number with a case."""
    user = signed_in_user(request)
    case = case_queries.case_by_number(scope_of(user), number)
    phones.note_reporter(case=case, typed=request.POST.get("phone", "")[:40], by=user, at=timezone.now())
    messages.success(request, gettext("Saved."))
    return redirect("map_ui:case", number=number)


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """Templates and the newest text messages of the administrator's area; numbers are masked, words are not shown."""
    areas = areas_of(request)
    state = request.GET.get("state", "")
    shown = Paginator(templates.sent(areas, state=state), PAGE_SIZE).get_page(request.GET.get("page"))
    steps = dict(templates.actions())
    context = {
        "templates": [
            (row, step_name(row.action, steps), texts.segments(texts.fill(row.body, texts.VARIABLES)))
            for row in templates.all_templates()
        ],
        "may_edit": scope_of(request.user).everything,
        "shown": shown,
        "state": state,
        "states": Message.State.choices,
        "variables": list(texts.VARIABLES),
        "actions": [(key, step_name(key, steps)) for key in steps],
        "audiences": templates.AUDIENCES,
        "gateway": gateway_name(settings.SMS["backend"]),
    }
    return render(request, "map_ui/messages.html", context)


@require_POST
def template(request: HttpRequest) -> HttpResponse:
    """Writes a template: the installation's administrator."""
    values: dict[str, Any] = {
        name: request.POST.get(name, "").strip()
        for name in ("key", "name", "action", "audience", "body", "provider_code")
    }
    templates.write(scope=scope_of(request.user), active=request.POST.get("active") == "1", **values)
    messages.success(request, gettext("Saved."))
    return redirect("map_ui:messages")


@require_POST
def opt_out(request: HttpRequest) -> HttpResponse:
    """A number wants no messages (or wants them again)."""
    templates.opt_out(
        areas=areas_of(request),
        message=request.POST.get("message", ""),
        out=request.POST.get("out") == "1",
        at=timezone.now(),
    )
    messages.success(request, gettext("Saved."))
    return redirect("map_ui:messages")
