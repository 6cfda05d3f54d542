"""Application supervision."""

from __future__ import annotations

from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    """Application supervision."""

    name = "gridmgmt.supervision"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Departments owe answers to documents."""
        from gridmgmt.cases import department_holds  # noqa: PLC0415 - models are loaded by now
        from gridmgmt.supervision import queries  # noqa: PLC0415

        department_holds.register("answers", queries.OWED, queries.owed_by)
