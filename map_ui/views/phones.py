"""Phones of a place and what still waits on them, for those who watch; one's own for everybody."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from gridmgmt.organisation import phones
from gridmgmt.organisation.actions import revoke_device
from gridmgmt.organisation.models import Role
from gridmgmt.organisation.scope import scope_of
from map_ui import phones_page
from map_ui.sending import signed_in_user

PAGE_SIZE = 50


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Every phone of the people of the place, those that need somebody first."""
    scope, now = scope_of(request.user), timezone.now()
    text = request.GET.get("text", "").strip().replace("\x00", "")[:60]
    show = request.GET.get("show", "all")
    show = show if show in phones.KEPT else "all"
    shown = Paginator(phones.phones(scope, at=now, text=text, show=show), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    context = {
        "lines": phones_page.lines(shown, now=now),
        "shown": shown,
        "text": text,
        "show": show,
        "query": urlencode({"text": text, "show": show}),
        "totals": phones.totals(phones.phones(scope, at=now)),
        "links": scope.has_role(Role.ADMIN),
    }
    return render(request, "map_ui/phones.html", context)


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """The phones on which I am signed in."""
    rows = phones.own(signed_in_user(request))
    return render(request, "map_ui/phones_mine.html", {"lines": phones_page.lines(rows, now=timezone.now())})


@require_POST
def end_mine(request: HttpRequest, device_id: UUID) -> HttpResponse:
    """Sign one of my phones out."""
    if not phones.own(signed_in_user(request)).filter(pk=device_id).exists():
        raise Http404
    revoke_device(device_id=device_id, at=timezone.now())
    messages.success(
        request, gettext("This phone is signed out. What it still holds can be sent after the next sign-in.")
    )
    return redirect("map_ui:phones_mine")
