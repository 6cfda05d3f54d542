"""Application registers."""

from __future__ import annotations

from django.apps import AppConfig


class RegistersConfig(AppConfig):
    """Application registers."""

    name = "gridmgmt.registers"
    default_auto_field = "django.db.models.BigAutoField"
