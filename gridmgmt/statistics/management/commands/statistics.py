"""`manage statistics`: bring facts up to date, keep month-ends, or prove that facts equal history."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from gridmgmt.statistics import audit, refresh, snapshots


class Command(BaseCommand):
    """Facts and month-end figures by hand."""

    help = "Bring the facts of appraisal up to date; --audit derives them again and compares."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--audit", action="store_true", help="compare stored facts with history")
        parser.add_argument("--most", type=int, help="audit only so many cases, the newest")
        parser.add_argument("--months", action="store_true", help="keep the month-ends that are missing")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["audit"]:
            self._audit(options["most"])
            return
        done = refresh.refresh(at=timezone.now())
        self.stdout.write(f"facts of {done} cases derived")
        if options["months"]:
            months = snapshots.take_missing(at=timezone.now())
            self.stdout.write("months kept: " + (", ".join(f"{m:%Y-%m}" for m in months) or "none missing"))

    def _audit(self, most: int | None) -> None:
        wrong = list(audit.differing(most=most))
        if wrong:
            raise CommandError(
                f"facts of {len(wrong)} cases differ from history: {', '.join(map(str, wrong[:10]))}"
            )
        self.stdout.write("facts equal history")
