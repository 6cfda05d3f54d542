"""Addresses of flows. Reading: flow_page.reader (administrators, leaders, dispatchers; drafts for those who write);
writing: flow_actions.may_edit, which the actions themselves ask."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.urls import URLPattern, path

from map_ui.views import flow_acts, flow_edit, flow_try, flows

signed_in = login_required

urlpatterns: list[URLPattern] = [
    path("flows", signed_in(flows.page), name="flows"),
    path("flows/import", signed_in(flow_acts.take_in), name="flow_import"),
    path("flows/copy", signed_in(flow_acts.copy), name="flow_copy"),
    path("flows/rules/add", signed_in(flow_acts.add_rule), name="flow_rule_add"),
    path("flows/rules/remove", signed_in(flow_acts.remove_rule), name="flow_rule_remove"),
    path("flows/<slug:key>/draft", signed_in(flow_acts.begin), name="flow_begin"),
    path("flows/<slug:key>/<int:number>.json", signed_in(flow_acts.export), name="flow_export"),
    path("flows/<slug:key>/<int:number>/discard", signed_in(flow_acts.discard), name="flow_discard"),
    path("flows/<slug:key>/<int:number>/retire", signed_in(flow_acts.retire), name="flow_retire"),
    path("flows/<slug:key>/<int:number>/try", signed_in(flow_try.page), name="flow_try"),
    path("flows/<slug:key>/<int:number>/edit", signed_in(flow_edit.page), name="flow_edit"),
    path("flows/<slug:key>/<int:number>/publish", signed_in(flow_acts.publish), name="flow_publish"),
    path("flows/<slug:key>/<int:number>", signed_in(flows.version), name="flow"),
    path(
        "flows/<slug:key>/<int:number>/since/<int:other>", signed_in(flows.difference), name="flow_difference"
    ),
]
