"""Addresses of the routing pages. Reading: routing_page.require_reader; writing: the rules of gridmgmt.cases themselves."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.urls import URLPattern, path

from map_ui.views import coverage, duplicates, routing

signed_in = login_required

urlpatterns: list[URLPattern] = [
    path("routing", signed_in(routing.page), name="routing"),
    path("routing.csv", signed_in(routing.export), name="routing_export"),
    path("routing/new", signed_in(routing.new), name="routing_new"),
    path("routing/trial", signed_in(routing.trial), name="routing_trial"),
    path("routing/apply", signed_in(routing.apply), name="routing_apply"),
    path("routing/coverage", signed_in(coverage.page), name="coverage"),
    path("routing/coverage.csv", signed_in(coverage.export), name="coverage_export"),
    path("routing/simulate", signed_in(coverage.simulate), name="routing_simulate"),
    path("routing/duplicates", signed_in(duplicates.page), name="duplicates"),
    path("routing/duplicates.csv", signed_in(duplicates.export), name="duplicates_export"),
    path("routing/duplicates/change", signed_in(duplicates.change), name="duplicates_change"),
    path("routing/<uuid:rule_id>", signed_in(routing.rule), name="routing_rule"),
]
