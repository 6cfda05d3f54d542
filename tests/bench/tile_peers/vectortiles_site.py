"""The peer django-vectortiles on our models, as its manual shows it; settings, addresses and WSGI entry in one."""

from __future__ import annotations

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.tile_peers.vectortiles_settings"

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

from django.urls import path  # noqa: E402 - models need the applications loaded above
from vectortiles import VectorLayer  # noqa: E402
from vectortiles.views import MVTView  # noqa: E402

from geodata.models import Building, Cell  # noqa: E402


class BuildingLayer(VectorLayer):
    model = Building
    id = "buildings"
    geom_field = "geom"
    tile_fields = ("id", "name", "use", "floors", "height_m")


class CellLayer(VectorLayer):
    model = Cell
    id = "cells"
    geom_field = "geom"
    tile_fields = ("code", "name")
    queryset = Cell.objects.filter(active=True)


urlpatterns = [
    path(
        "buildings/<int:z>/<int:x>/<int:y>.mvt",
        MVTView.as_view(layer_classes=[BuildingLayer]),
        name="buildings",
    ),
    path("cells/<int:z>/<int:x>/<int:y>.mvt", MVTView.as_view(layer_classes=[CellLayer]), name="cells"),
]
