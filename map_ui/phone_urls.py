"""Addresses of pages about phones."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.urls import path

from gridmgmt.organisation.phones import WATCHERS
from map_ui.gates import for_roles
from map_ui.views import phones

watch = for_roles(*WATCHERS)

urlpatterns = [
    path("phones", watch(phones.page), name="phones"),
    path("my-phones", login_required(phones.mine), name="phones_mine"),
    path("my-phones/<uuid:device_id>/end", login_required(phones.end_mine), name="phones_end_mine"),
]
