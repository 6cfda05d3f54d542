"""Application cases."""

from __future__ import annotations

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Application cases."""

    name = "gridmgmt.cases"
    default_auto_field = "django.db.models.BigAutoField"
