"""A hamlet of 2,000 households loaded once per test process, by the same functions as the demo street."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from gridmgmt.cases import reference
from gridmgmt.sample import fill
from tests.guards import drop_truncate_guards
from tests.sample.plans import HAMLET, SEED

NOW = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)  # Friday 14:30 in Shanghai


@pytest.fixture(scope="package")
def hamlet(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """The media folder of a loaded hamlet; the rows are there for every test of this package that asks."""
    from django.conf import settings

    media, settings.MEDIA_ROOT = settings.MEDIA_ROOT, tmp_path_factory.mktemp("media")
    with django_db_blocker.unblock():
        reference.forget()
        fill.fill(scale=HAMLET, seed=SEED, only_places=False, at=NOW, say=lambda _: None)
        yield settings.MEDIA_ROOT
        call_command("flush", interactive=False, verbosity=0)
        call_command("sqlobjects", verbosity=0)
        drop_truncate_guards()
    settings.MEDIA_ROOT = media


@pytest.fixture
def query(hamlet: Path, db: None) -> Any:
    """Rows of a statement in the hamlet's database."""

    def run(statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall()

    return run
