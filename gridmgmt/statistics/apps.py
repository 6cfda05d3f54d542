"""Application statistics."""

from __future__ import annotations

from django.apps import AppConfig


class StatisticsConfig(AppConfig):
    """Application statistics."""

    name = "gridmgmt.statistics"
    default_auto_field = "django.db.models.BigAutoField"
