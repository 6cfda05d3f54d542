"""Application importers."""

from __future__ import annotations

from django.apps import AppConfig


class ImportersConfig(AppConfig):
    """Application importers."""

    name = "importers"
    default_auto_field = "django.db.models.BigAutoField"
