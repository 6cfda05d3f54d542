"""Addresses of the importer's pages."""

from __future__ import annotations

from django.urls import path, re_path

from importers import address_views, views

app_name = "importers"
urlpatterns = [
    path("", views.home, name="home"),
    path("new", views.upload, name="upload"),
    path("<uuid:batch_id>", views.batch, name="batch"),
    path("<uuid:batch_id>/progress", views.progress, name="progress"),
    path("<uuid:batch_id>/findings.csv", views.findings, name="findings"),
    path("<uuid:batch_id>/findings.xlsx", views.findings_workbook, name="findings_workbook"),
    path("<uuid:batch_id>/addresses", address_views.addresses, name="addresses"),
    path("addresses/<uuid:question_id>", address_views.answer, name="answer"),
    path("template/<slug:kind>.xlsx", views.template, name="template"),
    re_path(
        r"^(?P<batch_id>[0-9a-f-]{36})/(?P<action>check|apply|undo|discard|activate)$", views.act, name="act"
    ),
]
