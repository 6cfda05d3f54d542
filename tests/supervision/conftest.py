"""The world with the rules of supervision."""

from __future__ import annotations

import pytest

from tests.supervision import scenes
from tests.world import World


@pytest.fixture
def street(world: World) -> World:
    scenes.ready()
    return world
