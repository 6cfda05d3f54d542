"""Addresses of pages about phones."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.urls import path

from gridmgmt.organisation.models import Role
from gridmgmt.organisation.phones import WATCHERS
from map_ui.gates import for_roles
from map_ui.views import phones, quarantine

watch = for_roles(*WATCHERS)
administer = for_roles(Role.ADMIN)

urlpatterns = [
    path("phones", watch(phones.page), name="phones"),
    path("my-phones", login_required(phones.mine), name="phones_mine"),
    path("my-phones/<uuid:device_id>/end", login_required(phones.end_mine), name="phones_end_mine"),
    path("quarantine", administer(quarantine.page), name="quarantine"),
    path("quarantine/<uuid:row_id>", administer(quarantine.one), name="quarantine_one"),
    path("quarantine/<uuid:row_id>/open", administer(quarantine.open_body), name="quarantine_open"),
    path("quarantine/<uuid:row_id>/settle", administer(quarantine.settle), name="quarantine_settle"),
]
