"""Door-step changes on pages: a keeper's tray beside the register, a sender's own list, rules per field."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from geodata.errors import DomainError
from gridmgmt.audit.models import AccessAction
from gridmgmt.organisation.models import Role
from gridmgmt.organisation.scope import scope_of
from gridmgmt.registers import amendment_actions, amendment_fields, amendment_photos, amendments
from gridmgmt.registers.amendment_records import SENDERS
from gridmgmt.registers.errors import refusal
from gridmgmt.registers.models import AmendmentState
from gridmgmt.registers.readers import people_scope
from gridmgmt.registers.taking import keeping
from map_ui import register_amendments, register_life
from map_ui.noted import note, version
from map_ui.sending import signed_in_user
from map_ui.views.register_doubles import keeper

PAGE_SIZE = 20
ACTS = ("approve", "by_hand", "reject")


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Amendments that wait, oldest first, each beside the register; or those decided."""
    scope = keeper(request)
    state = request.GET.get("show", "")
    state = state if state in AmendmentState.values else AmendmentState.WAITING.value
    rows = amendments.tray(scope, state=state)
    person = register_life.key(request.GET.dict(), "person")
    rows = rows.filter(person=person) if person else rows
    shown = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    lines = register_amendments.lines(shown, keeping(scope))
    register_amendments.note_shown(request, lines)
    context = {
        "shown": shown,
        "lines": lines,
        "state": state,
        "states": AmendmentState.choices,
        "person": person or "",
        "may_arrange": scope.has_role(Role.ADMIN),
    }
    return render(request, "map_ui/amendments.html", context)


@require_POST
def decide(request: HttpRequest, amendment_id: UUID) -> HttpResponse:
    """Approve, done by hand, or reject."""
    user, now, reason = signed_in_user(request), timezone.now(), request.POST.get("reason", "")
    act = request.POST.get("act", "")
    keeper(request)
    if act not in ACTS:
        raise refusal("act_unknown", field="act")
    try:
        if act == "reject":
            amendment_actions.reject(amendment_id=amendment_id, by=user, at=now, reason=reason)
        else:
            amendment_actions.approve(
                amendment_id=amendment_id, by=user, at=now, reason=reason, by_hand=act == "by_hand",
                version=version(request.POST),
            )  # fmt: skip
    except DomainError as error:
        messages.error(request, error.text())
    else:
        messages.success(request, gettext("Saved."))
    return redirect("map_ui:amendments")


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """What the user sent, and what became of it."""
    shown = Paginator(amendments.own(signed_in_user(request).pk), PAGE_SIZE).get_page(request.GET.get("page"))
    lines = register_amendments.lines(shown, people_scope(scope_of(request.user)), keeper=False)
    register_amendments.note_shown(request, lines)
    return render(request, "map_ui/amendments_mine.html", {"shown": shown, "lines": lines})


@require_safe
def photo(request: HttpRequest, amendment_id: UUID) -> HttpResponseBase:
    """The clean copy, for who sent it and for keepers."""
    found, file = amendment_photos.open_photo(scope_of(request.user), amendment_id)
    row = amendment_fields.row_of(found)
    note(request, AccessAction.VIEWED, type(row).__name__.lower(), [row.pk])
    response = FileResponse(file.path.open("rb"), content_type="image/jpeg")
    response["Cache-Control"] = "private, no-cache"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """Which fields are written at once."""
    if not scope_of(request.user).has_role(Role.ADMIN, *SENDERS):
        raise refusal("register_not_permitted")
    context = {"rules": amendments.rules(), "may_arrange": scope_of(request.user).has_role(Role.ADMIN)}
    return render(request, "map_ui/amendment_rules.html", context)


@require_POST
def set_rule(request: HttpRequest) -> HttpResponse:
    """A rule is changed."""
    amendment_actions.set_rule(
        key=request.POST.get("key", ""),
        automatic=request.POST.get("automatic") == "1",
        by=signed_in_user(request),
        at=timezone.now(),
    )
    messages.success(request, gettext("Saved."))
    return redirect("map_ui:amendment_rules")
