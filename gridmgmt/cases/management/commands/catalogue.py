"""Load the reference files into the database."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from gridmgmt.cases.catalogue import apply_catalogue


class Command(BaseCommand):
    """Idempotent; run after every update of the files."""

    help = "Load categories, standards, sources, owners, rules, flow and calendar."

    def handle(self, *args: Any, **options: Any) -> None:
        counts = apply_catalogue()
        self.stdout.write(", ".join(f"{name} {count}" for name, count in counts.items()))
