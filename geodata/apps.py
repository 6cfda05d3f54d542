"""Application of places and registers."""

from __future__ import annotations

from django.apps import AppConfig


class GeodataConfig(AppConfig):
    """Places and registers."""

    name = "geodata"
    default_auto_field = "django.db.models.BigAutoField"
