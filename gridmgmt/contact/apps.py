"""Application contact."""

from __future__ import annotations

from django.apps import AppConfig


class ContactConfig(AppConfig):
    """Application contact."""

    name = "gridmgmt.contact"
    default_auto_field = "django.db.models.BigAutoField"
