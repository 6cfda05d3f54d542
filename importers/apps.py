"""Application importers."""

from __future__ import annotations

from django.apps import AppConfig


class ImportersConfig(AppConfig):
    """Application importers."""

    name = "importers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """The figures of the registers show what waits here."""
        from gridmgmt.registers import waiting as registers  # noqa: PLC0415 - models are there only now
        from importers import waiting  # noqa: PLC0415

        registers.register("imports.addresses", waiting.addresses)
        registers.register("imports.conflicts", waiting.undecided)
