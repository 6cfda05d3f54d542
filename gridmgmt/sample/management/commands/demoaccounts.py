"""Print the demo accounts of a database that holds a sample."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from geodata.errors import DomainError
from gridmgmt.sample.staff import DEMO_PASSWORD, demo_accounts


class Command(BaseCommand):
    help = "Print user names, roles and the password of the demo accounts; refuses beside real data."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="every account, not one or two of a kind")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            rows = demo_accounts(everybody=options["all"])
        except DomainError as error:
            raise CommandError(str(error)) from error
        for username, name, role, where in rows:
            self.stdout.write(f"{username:<24} {role:<11} {name}  {where}")
        self.stdout.write(f"password: {DEMO_PASSWORD}")
