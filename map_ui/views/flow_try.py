"""The simulator: a flow, also a draft, walked step by step. Nothing is written; the walk is in the address."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from geodata.errors import DomainError
from gridmgmt.cases import flow_queries
from gridmgmt.cases.flow_rows import read_flow
from map_ui import flow_page, flow_terms, flow_try


@require_safe
def page(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """Where the walk is and what could be done there; a step that is taken leads to its own address."""
    _scope, writes = flow_page.reader(request.user)
    row = flow_queries.version_of(key, number, drafts=writes)
    flow, now = read_flow(row), timezone.now()
    context = {
        **flow_page.heading(row), "flow": flow, "writes": writes, "others": [], "units": flow_terms.terms_of("LIMIT_UNITS"),
    }  # fmt: skip
    status, fault = 200, ""
    try:
        asked, following = flow_try.read(request.GET, now)
        if following is not None:
            flow_try.trial_of(flow, asked).walk([*asked.walked, following])
            query = asked.address([*asked.walked, following])
            return redirect(f"{reverse('map_ui:flow_try', args=[row.key, row.version])}?{query}")
        told = flow_try.shown(flow, asked)
    except DomainError as error:
        status, fault = error.status, error.text()
        asked, _none = flow_try.read(QueryDict(), now)
        told = {}
    context |= {
        "asked": asked,
        "fault": fault,
        "begun": flow_try.minute(asked.matter.begun),
        "at": flow_try.next_time(asked),
    }
    walked = [flow_try.walk_text(step) for step in asked.walked]
    return render(request, "map_ui/flow_try.html", context | {"walked": walked} | told, status=status)
