"""Addresses of the importer's pages."""

from __future__ import annotations

from django.urls import path, re_path

from importers import address_views, conflict_views, mapping_views, marked_views, views

app_name = "importers"
urlpatterns = [
    path("", views.home, name="home"),
    path("new", views.upload, name="upload"),
    path("<uuid:batch_id>", views.batch, name="batch"),
    path("<uuid:batch_id>/progress", views.progress, name="progress"),
    path("<uuid:batch_id>/report.json", views.report_json, name="report_json"),
    path("<uuid:batch_id>/findings.csv", views.findings, name="findings"),
    path("<uuid:batch_id>/findings.xlsx", views.findings_workbook, name="findings_workbook"),
    path("<uuid:batch_id>/mapping", mapping_views.mapping, name="mapping"),
    path("<uuid:batch_id>/mapping/save", mapping_views.correct, name="correct"),
    path("<uuid:batch_id>/conflicts", conflict_views.page, name="conflicts"),
    path("<uuid:batch_id>/conflicts/decide", conflict_views.decide, name="decide"),
    path("<uuid:batch_id>/marked", marked_views.ask, name="ask_marked"),
    path("<uuid:batch_id>/marked/state", marked_views.state, name="marked_state"),
    path("<uuid:batch_id>/marked.xlsx", marked_views.take, name="take_marked"),
    path("profiles", mapping_views.profiles, name="profiles"),
    path("profiles/<uuid:profile_id>", mapping_views.change_profile, name="change_profile"),
    path("<uuid:batch_id>/addresses", address_views.addresses, name="addresses"),
    path("buildings/at", address_views.at, name="building_at"),
    path("addresses/<uuid:question_id>", address_views.answer, name="answer"),
    path("template/<slug:kind>.xlsx", views.template, name="template"),
    re_path(
        r"^(?P<batch_id>[0-9a-f-]{36})/(?P<action>check|apply|undo|discard|activate)$", views.act, name="act"
    ),
]
