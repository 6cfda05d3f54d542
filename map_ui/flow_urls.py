"""Addresses of flows. Reading: flow_page.reader (administrators, leaders, dispatchers; drafts for those who write);
writing: flow_actions.may_edit, which the actions themselves ask."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.urls import URLPattern, path

from map_ui.views import flows

signed_in = login_required

urlpatterns: list[URLPattern] = [
    path("flows", signed_in(flows.page), name="flows"),
    path("flows/<slug:key>/<int:number>", signed_in(flows.version), name="flow"),
    path(
        "flows/<slug:key>/<int:number>/since/<int:other>", signed_in(flows.difference), name="flow_difference"
    ),
]
