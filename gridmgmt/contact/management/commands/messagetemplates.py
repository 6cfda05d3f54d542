"""Load the templates of text messages that are not there yet."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from gridmgmt.contact import texts
from gridmgmt.contact.models import MessageTemplate

FILE = Path(__file__).resolve().parents[2] / "data" / "message_templates.csv"


class Command(BaseCommand):
    """Idempotent: what an administrator changed stays as it is."""

    help = "Load templates of text messages that are not there yet."

    def handle(self, *args: Any, **options: Any) -> None:
        with FILE.open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            texts.check(row["body"])
        made = MessageTemplate.objects.bulk_create(
            [MessageTemplate(**row) for row in rows], ignore_conflicts=True
        )
        self.stdout.write(f"{len(made)} templates looked at")
