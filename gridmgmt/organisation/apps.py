"""Application organisation."""

from __future__ import annotations

from django.apps import AppConfig


class OrganisationConfig(AppConfig):
    """Application organisation."""

    name = "gridmgmt.organisation"
    default_auto_field = "django.db.models.BigAutoField"
