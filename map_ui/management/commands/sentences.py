"""Brings locale/zh_Hans in step with the sentences in code and templates."""

from __future__ import annotations

import argparse
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from map_ui import sentences


class Command(BaseCommand):
    help = "Add new sentences to the Chinese catalogue, drop unused ones, list what has no translation."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="write nothing; fail when something is missing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        file = settings.LOCALE_PATHS[0] / "zh_Hans" / "LC_MESSAGES" / "django.po"
        found = sentences.collect(settings.BASE_DIR)
        known = sentences.read_po(file.read_text(encoding="utf-8")) if file.exists() else {}
        if not options["check"]:
            kept = {sentence: known.get(sentence, "") for sentence in found}
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(sentences.write_po(kept, found), encoding="utf-8")
        wrong = sentences.gaps(found, known)
        for line in wrong:
            self.stdout.write(line)
        self.stdout.write(f"{len(found)} sentences, {len(wrong)} to do")
        if wrong and options["check"]:
            raise SystemExit(1)
