"""Application events."""

from __future__ import annotations

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """Application events."""

    name = "gridmgmt.events"
    default_auto_field = "django.db.models.BigAutoField"
