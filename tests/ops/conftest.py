"""Folders that servers' accounts may enter, and layouts in them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gridmgmt.ops.layout import ROOT, Layout

OWN = ("DATABASE_URL", "REDIS_URL", "GRID_VAR", "GRID_SECRETS")


@pytest.fixture
def own_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The addresses the test run itself was given do not count."""
    for name in OWN:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def place(own_servers: None) -> Iterator[Layout]:
    """A data folder of its own that every account may pass through."""
    folder = Path(tempfile.mkdtemp(prefix="grid-test-", dir="/var/tmp"))
    folder.chmod(0o755)
    yield Layout(ROOT, folder)
    shutil.rmtree(folder)
