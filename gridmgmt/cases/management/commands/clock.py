"""`manage clock`: compares every open case with its ledger; exit status 1 and the first differences when one is off."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gridmgmt.cases import clock_check


class Command(BaseCommand):
    help = "Compute all open deadlines again from their ledger and name those that differ."

    def handle(self, *args: Any, **options: Any) -> None:
        found = clock_check.check()
        for one in found.differences:
            self.stderr.write(f"{one.number} {one.column}: stored {one.stored}, by the ledger {one.computed}")
        if found.differences:
            raise CommandError(f"{len(found.differences)} differences within {found.cases} open cases")
        self.stdout.write(f"{found.cases} open cases agree with their ledger")
