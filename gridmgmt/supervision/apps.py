"""Application supervision."""

from __future__ import annotations

from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    """Application supervision."""

    name = "gridmgmt.supervision"
    default_auto_field = "django.db.models.BigAutoField"
