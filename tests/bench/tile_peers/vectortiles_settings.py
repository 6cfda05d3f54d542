"""Our settings without our middleware: the peer runs as lean as it can."""

from __future__ import annotations

from gridmgmt.settings import *  # noqa: F403 - a settings module
from gridmgmt.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "vectortiles"]
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "tests.bench.tile_peers.vectortiles_site"
