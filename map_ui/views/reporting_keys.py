"""For administrators: keys of other programs that send residents' reports (docs/open311.md)."""

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
from geodata.models import Area
from gridmgmt.cases.models import CaseSource
from gridmgmt.contact import reporting_keys
from gridmgmt.organisation.authority import administered
from gridmgmt.organisation.models import Role
from gridmgmt.organisation.queries import under
from gridmgmt.organisation.scope import scope_of
from map_ui.gates import for_roles

administrator = for_roles(Role.ADMIN)


@require_safe
@administrator
def page(request: HttpRequest) -> HttpResponse:
    """The keys of one's place, and the form for another one."""
    return _page(request)


@require_POST
@administrator
@sensitive_variables("made")
def add(request: HttpRequest) -> HttpResponse:
    """Makes a key and shows it, this once."""
    try:
        made = reporting_keys.make(
            name=request.POST.get("name", ""),
            source=request.POST.get("source", ""),
            scope_code=request.POST.get("place", ""),
            by=scope_of(request.user),
            at=timezone.now(),
        )
    except DomainError as error:
        messages.error(request, error.text())
        return redirect("map_ui:reporting_keys")
    return _page(request, key=made.key)


@require_POST
@administrator
def revoke(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """Ends a key; its reports stay."""
    reporting_keys.revoke(key_id=key_id, by=scope_of(request.user), at=timezone.now())
    messages.success(request, gettext("This key no longer works; its reports stay."))
    return redirect("map_ui:reporting_keys")


def _page(request: HttpRequest, key: str = "") -> HttpResponse:
    scope = scope_of(request.user)
    places = Area.objects.filter(under("code", administered(scope)), level__in=reporting_keys.LEVELS)
    context = {
        "rows": reporting_keys.keys_of(scope),
        "key": key,
        "places": places.defer("geom", "geom_3857").order_by("code"),
        "sources": CaseSource.objects.filter(is_public=True).order_by("name"),
        "usual": "app",
    }
    return render(request, "map_ui/reporting_keys.html", context)
