"""Addresses of the pages about messages: what could not be delivered and webhooks (administrators: outbox.areas_of)."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.urls import URLPattern, path

from map_ui.views import outbox

signed_in = login_required

urlpatterns: list[URLPattern] = [
    path("outbox", signed_in(outbox.page), name="outbox"),
    path("outbox.csv", signed_in(outbox.export), name="outbox_export"),
    path("outbox/act", signed_in(outbox.act), name="outbox_act"),
    path("webhooks", signed_in(outbox.hooks), name="webhooks"),
    path("webhooks/new", signed_in(outbox.hook_new), name="webhook_new"),
    path("webhooks/<uuid:hook_id>", signed_in(outbox.hook), name="webhook"),
    path("webhooks/<uuid:hook_id>/act", signed_in(outbox.hook_act), name="webhook_act"),
]
