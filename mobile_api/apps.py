"""Application mobile_api."""

from __future__ import annotations

from django.apps import AppConfig


class MobileApiConfig(AppConfig):
    """Application mobile_api."""

    name = "mobile_api"
    default_auto_field = "django.db.models.BigAutoField"
