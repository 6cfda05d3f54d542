"""Apply every <app>/sql/NN_name.sql in order; each file is idempotent and described in its header."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import connection, transaction


def sql_files() -> list[Path]:
    """All SQL object files of installed apps, apps in settings order, files by number."""
    folders = (Path(config.path) / "sql" for config in apps.get_app_configs())
    return [file for folder in folders for file in sorted(folder.glob("[0-9][0-9]_*.sql"))]


class Command(BaseCommand):
    """Create or replace database functions and triggers."""

    help = "Create or replace functions and triggers."

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for file in sql_files():
                cursor.execute(file.read_text(encoding="utf-8"))
        self.stdout.write(f"{len(sql_files())} SQL files applied")
