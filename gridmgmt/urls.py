"""Addresses: the doors are named by string so that nothing here imports upwards."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from gridmgmt.health import healthz

urlpatterns = [
    path("healthz", healthz),
    path("admin/", admin.site.urls),
    path("api/", include("mobile_api.urls")),
    path("open311/", include("mobile_api.open311.urls")),
    path("feed/", include("gridmgmt.events.urls")),
    path("tiles/", include("map_ui.tile_urls")),
    path("import/", include("importers.urls")),
    path("", include("map_ui.urls")),
]
