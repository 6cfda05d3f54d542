"""The platform's settings without any middleware: nothing but the view is timed."""

from __future__ import annotations

from gridmgmt.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.yardstick.urls"
MIDDLEWARE: list[str] = []  # type: ignore[no-redef]
