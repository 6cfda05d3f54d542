"""List, check and activate editions of cells (here and not in geodata, because activation tells the live feed)."""

from __future__ import annotations

import argparse
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from geodata.edition_checks import sentence
from geodata.editions import check_edition
from geodata.errors import DomainError
from geodata.models import Edition
from gridmgmt.cases import editions


class Command(BaseCommand):
    help = "Editions of cells: list; check ID; preview ID; activate ID."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        listing = verbs.add_parser("list", help="all editions, or those under a code")
        listing.add_argument("scope", nargs="?", default="")
        for verb in ("check", "preview", "activate"):
            verbs.add_parser(verb).add_argument("edition", help="its id, or scope code and number as CODE#N")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["verb"] == "list":
                self._list(options["scope"])
            else:
                getattr(self, f"_{options['verb']}")(_find(options["edition"]))
        except DomainError as error:
            raise CommandError(str(error)) from error

    def _list(self, scope: str) -> None:
        for row in Edition.objects.filter(scope_code__startswith=scope):
            since = timezone.localtime(row.valid_from).strftime("%Y-%m-%d %H:%M") if row.valid_from else "–"
            cells = row.cells.count()
            self.stdout.write(f"{row.pk}  {row} {row.state:8} {cells:5} cells  since {since}  {row.title}")

    def _check(self, edition: Edition) -> None:
        found = check_edition(edition_id=edition.pk)
        for finding in found:
            self.stdout.write(f"{finding.severity:8}{finding.code:26}{sentence(finding.as_dict())}")
        edition.refresh_from_db()
        self.stdout.write(f"{edition}: {edition.state}, {len(found)} findings")

    def _preview(self, edition: Edition) -> None:
        found = editions.preview(edition_id=edition.pk)
        for name, value in found.moves.as_dict().items():
            self.stdout.write(f"{name:16}{value}")
        self.stdout.write(f"{'open_cases':16}{found.open_cases}")
        self.stdout.write(f"{'duties':16}{', '.join(found.duties_without_cell) or '–'}")

    def _activate(self, edition: Edition) -> None:
        done = editions.activate_unasked(edition_id=edition.pk, by=None, at=timezone.now())
        moved = ", ".join(f"{name} {count}" for name, count in done.moves.as_dict().items())
        self.stdout.write(f"{done.edition} is active; {moved}")


def _find(text: str) -> Edition:
    scope, mark, number = text.partition("#")
    if mark and number.isdecimal():
        edition = Edition.objects.filter(scope_code=scope, number=int(number)).first()
    else:
        try:
            edition = Edition.objects.filter(pk=UUID(text)).first()
        except ValueError:
            edition = None
    if edition is None:
        raise CommandError(f"There is no edition {text}.")
    return edition
