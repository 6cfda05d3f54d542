"""The register of the small street, with somebody who keeps it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction

from geodata.models import Household, Person
from gridmgmt.organisation.models import User
from gridmgmt.registers import facts, history
from tests.registers import people
from tests.world import AT, STREET, World
from tests.world import build as build_world


@dataclass
class Scene:
    """A family at one-101, a single person at two-101, and who keeps the register."""

    world: World
    register: people.Register
    keeper: User
    home: Household
    head: Person
    wife: Person
    son: Person
    single: Person
    other_home: Household

    def by(self) -> dict[str, Any]:
        """Acting user and time."""
        return {"by": self.keeper, "at": AT}

    def seen(self, one: Person) -> dict[str, Any]:
        """The same, with the version of a person as a form would send it."""
        return {**self.by(), "version": history.person_version(one.pk)}

    def home_seen(self, home: Household | None = None) -> dict[str, Any]:
        """The same with the version of a household."""
        return {**self.by(), "version": history.household_version((home or self.home).pk)}

    def door(self, name: str) -> Any:
        """The id of a door."""
        return self.register.doors[name].pk


def build(world: World) -> Scene:
    """The scene in a world."""
    keeper = people.keeper(world, STREET)
    register = people.build(world)
    home, head, wife, son = people.family(register)
    single = people.person("陈一", register.doors["two-101"], born="1990-02-03", order=17)
    other = people.household(register.doors["two-101"], (single, "02"))
    facts.count_alone(homes=[home.pk, other.pk])
    return Scene(world, register, keeper, home, head, wife, son, single, other)


@pytest.fixture(scope="module")
def _world_of_module(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """The world once per module, in a transaction around its tests: building it takes most of a second."""
    with django_db_blocker.unblock():
        around = transaction.atomic()
        around.__enter__()
        yield build_world()
        transaction.set_rollback(True)
        around.__exit__(None, None, None)


@pytest.fixture(scope="module")
def _scene_of_module(_world_of_module: World, django_db_blocker: Any) -> Scene:
    """The scene once per module as well."""
    with django_db_blocker.unblock():
        return build(_world_of_module)


@pytest.fixture
def world(_world_of_module: World, db: None) -> World:
    """A copy for each test; its rows are rolled back with the test."""
    return copy.deepcopy(_world_of_module)


@pytest.fixture
def scene(_scene_of_module: Scene, db: None) -> Scene:
    """See Scene; a copy for each test."""
    return copy.deepcopy(_scene_of_module)
