"""Who read, searched, revealed or took whose records: for those who watch, without saying whose they were by name."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from geodata.errors import DomainError
from geodata.errors import mark as _
from gridmgmt.audit import queries
from gridmgmt.audit.models import AccessAction
from gridmgmt.organisation.models import Role
from gridmgmt.organisation.scope import scope_of
from map_ui import register_page

PAGE_SIZE = 50


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Acts of the people of one's places, the newest first."""
    prefixes = scope_of(request.user).prefixes_of(Role.SUPERVISOR, Role.ADMIN)
    if not prefixes:
        raise DomainError(
            code="access_not_permitted",
            status=403,
            message=_("This page is for those who watch over reading."),
        )
    given = request.GET.dict()
    action = given.get("action", "") if given.get("action") in AccessAction.values else ""
    who = given.get("who", "").replace("\x00", "").strip()[:60]
    before = register_page.read_uuid(given.get("before", ""))
    rows = list(queries.acts_within(prefixes, action=action, username=who, before=before)[: PAGE_SIZE + 1])
    shown = rows[:PAGE_SIZE]
    more = {"action": action, "who": who, "before": shown[-1].pk} if len(rows) > PAGE_SIZE else {}
    context = {
        "rows": shown,
        "next_page": urlencode({name: value for name, value in more.items() if value}),
        "actions": AccessAction.choices,
        "action": action,
        "who": who,
        "kinds": register_page.ASKED,
    }
    return render(request, "map_ui/access.html", context)
