"""Application map_ui."""

from __future__ import annotations

from django.apps import AppConfig


class MapUiConfig(AppConfig):
    """Application map_ui."""

    name = "map_ui"
    default_auto_field = "django.db.models.BigAutoField"
