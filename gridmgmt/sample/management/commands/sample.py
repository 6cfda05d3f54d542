"""Fill an empty database with the fictional street, district or city."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand

from geodata.sample.load import load_sample
from geodata.sample.randomness import DEFAULT_SEED
from geodata.sample.scales import SCALES


class Command(BaseCommand):
    help = "Fill an empty database with fictional places, people, staff and cases."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--scale", choices=list(SCALES), default="street")
        parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
        parser.add_argument("--only-places", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        scale = SCALES[options["scale"]]
        counts = load_sample(
            scale, options["seed"], only_places=options["only_places"], say=self.stdout.write
        )
        self.stdout.write(str(counts))
