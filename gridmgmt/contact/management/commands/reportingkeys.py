"""`manage reportingkeys`: keys of other programs that send residents' reports (docs/open311.md)."""

from __future__ import annotations

import argparse
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from geodata.errors import DomainError
from gridmgmt.contact import reporting_keys
from gridmgmt.contact.models import ReportingKey


class Command(BaseCommand):
    help = "Make, list and revoke the keys of other programs that send residents' reports."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        add = acts.add_parser("add", help="make a key and print it, this once")
        add.add_argument("name", help="whose program it is")
        add.add_argument("--place", required=True, help="code of the county or street it may report into")
        add.add_argument(
            "--source", default="app", help="source its reports carry (a public one of the catalogue)"
        )
        acts.add_parser("list", help="all keys")
        revoke = acts.add_parser("revoke", help="end a key")
        revoke.add_argument("id", type=UUID)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, options["act"])(options)
        except DomainError as error:
            raise CommandError(str(error)) from error

    def add(self, options: dict[str, Any]) -> None:
        made = reporting_keys.make(
            name=options["name"],
            source=options["source"],
            scope_code=options["place"],
            by=None,
            at=timezone.now(),
        )
        self.stderr.write("The key, shown this once:")
        self.stdout.write(made.key)

    def list(self, options: dict[str, Any]) -> None:
        for row in ReportingKey.objects.all():
            state = "revoked" if row.revoked_at else "in use"
            used = f"{row.used_at:%Y-%m-%d %H:%M}" if row.used_at else "never used"
            self.stdout.write(
                f"{row.pk}  {row.hint}…  {row.scope_code:<9}  {row.source_id:<12}  {state}  {used}  {row.name}"
            )

    def revoke(self, options: dict[str, Any]) -> None:
        reporting_keys.revoke(key_id=options["id"], by=None, at=timezone.now())
        self.stdout.write("revoked")
