"""Application audit."""

from __future__ import annotations

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Application audit."""

    name = "gridmgmt.audit"
    default_auto_field = "django.db.models.BigAutoField"
