"""Load the rules of life events into the database."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from gridmgmt.registers.life_rules import load_rules


class Command(BaseCommand):
    """Idempotent; run after every update of the file."""

    help = "Add the rules of life events that are not there yet."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"rules added: {load_rules()}")
