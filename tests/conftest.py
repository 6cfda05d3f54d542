"""Shared fixtures: database objects after migrations, the real data folder, named people of one small street."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.guards import drop_truncate_guards
from tests.redis_server import fresh_redis, redis_server  # noqa: F401 - fixtures

SHARED = Path(os.environ.get("GRID_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared"))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: object) -> None:
    """Functions and triggers are not migrations; the test database needs them too."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        call_command("sqlobjects", verbosity=0)
        drop_truncate_guards()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the checkout; tests that need it skip without it."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip("no shared data folder beside the checkout (set GRID_SHARED_DATA)")
    return folder


@pytest.fixture(scope="session")
def shared_domain() -> Path:
    """The folder of domain facts beside the checkout."""
    folder = SHARED / "domain"
    if not folder.is_dir():
        pytest.skip("no shared domain folder beside the checkout (set GRID_SHARED_DATA)")
    return folder


@pytest.fixture
def world(db: None) -> object:
    """The small street of tests/world.py, inside the test's own transaction."""
    from tests.world import build

    return build()


@pytest.fixture
def committed_world(transactional_db: None) -> object:
    """The same, committed, for tests with several connections or processes."""
    from tests.world import build

    return build()


@pytest.fixture(autouse=True)
def _fresh_reference() -> None:
    """Reference data is kept per process; a test that rolled back must not leave its copy behind."""
    from gridmgmt.cases import reference

    reference.forget()
