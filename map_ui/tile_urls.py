"""Address of the vector tiles."""

from __future__ import annotations

from django.urls import URLPattern, path

from map_ui.tiles import tile

urlpatterns: list[URLPattern] = [
    path("<str:layers>/<str:z>/<str:x>/<str:y>.mvt", tile, name="tile"),
]
