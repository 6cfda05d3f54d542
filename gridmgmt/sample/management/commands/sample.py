"""Fill an empty database with the fictional street, district or city."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from geodata.errors import DomainError
from geodata.sample.randomness import DEFAULT_SEED
from geodata.sample.scales import SCALES
from gridmgmt.sample.fill import fill


class Command(BaseCommand):
    help = "Fill an empty database with fictional places, people, staff and a month of cases."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--scale", choices=list(SCALES), default="street")
        parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
        parser.add_argument("--only-places", action="store_true", help="no people, staff or cases")

    def handle(self, *args: Any, **options: Any) -> None:
        scale = SCALES[options["scale"]]
        try:
            fill(
                scale=scale,
                seed=options["seed"],
                only_places=options["only_places"],
                at=timezone.now(),
                say=self.stdout.write,
            )
        except DomainError as error:
            raise CommandError(str(error)) from error
