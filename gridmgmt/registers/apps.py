"""Application registers."""

from __future__ import annotations

from django.apps import AppConfig


class RegistersConfig(AppConfig):
    """Application registers."""

    name = "gridmgmt.registers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Doubles, amendments and proposed services wait for somebody; departments owe the services."""
        from gridmgmt.cases import department_holds  # noqa: PLC0415 - models are loaded by now
        from gridmgmt.registers import amendments, doubles, life_actions, waiting  # noqa: PLC0415 - models are loaded by now

        waiting.register("amendments", amendments.waiting)
        waiting.register("doubles", doubles.waiting)
        waiting.register("services", life_actions.waiting)
        department_holds.register("services", life_actions.PROPOSED, life_actions.owed_by)
