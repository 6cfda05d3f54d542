"""One's own phones that say where they are in the background: added with a code to scan, taken back."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from geodata.errors import DomainError
from gridmgmt.organisation import position_tokens, shifts
from map_ui.gates import for_roles
from map_ui.qr import code_of
from map_ui.sending import signed_in_user

on_shift = for_roles(*shifts.ON_SHIFT_ROLES)


@require_safe
@on_shift
def page(request: HttpRequest) -> HttpResponse:
    """The phones, and the form for another one."""
    return _page(request)


@require_POST
@on_shift
def add(request: HttpRequest) -> HttpResponse:
    """A phone with its code and address, shown this once."""
    user = signed_in_user(request)
    try:
        device, token = position_tokens.add_tracker(
            user=user, name=request.POST.get("name", ""), at=timezone.now()
        )
    except DomainError as error:
        messages.error(request, error.text())
        return redirect("map_ui:trackers")
    return _page(request, name=device.name, token=token)


@require_POST
@on_shift
def renew(request: HttpRequest, device_id: UUID) -> HttpResponse:
    """A new code for a phone; the one before stops working."""
    token = position_tokens.issue(user=signed_in_user(request), device_id=device_id, at=timezone.now())
    return _page(request, token=token)


@require_POST
@on_shift
def end(request: HttpRequest, device_id: UUID) -> HttpResponse:
    """Takes the code back."""
    position_tokens.end(user=signed_in_user(request), device_id=device_id, at=timezone.now())
    messages.success(request, gettext("This phone no longer says where it is."))
    return redirect("map_ui:trackers")


@sensitive_variables("token", "address")
def _page(request: HttpRequest, *, name: str = "", token: str = "") -> HttpResponse:
    address = position_tokens.tracker_address(token) if token else ""
    context = {
        "devices": position_tokens.devices_of(signed_in_user(request)),
        "name": name,
        "address": address,
        "code": code_of(address, title=gettext("Code for the tracker")) if address else "",
    }
    return render(request, "map_ui/trackers.html", context)
