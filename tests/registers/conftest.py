"""The register of the small street, with somebody who keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from geodata.models import Household, Person
from gridmgmt.organisation.models import User
from gridmgmt.registers import facts, history
from tests.registers import people
from tests.world import AT, STREET, World


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


@pytest.fixture
def scene(world: World) -> Scene:
    """See Scene."""
    keeper = people.keeper(world, STREET)
    register = people.build(world)
    home, head, wife, son = people.family(register)
    single = people.person("陈一", register.doors["two-101"], born="1990-02-03", order=17)
    other = people.household(register.doors["two-101"], (single, "02"))
    facts.count_alone(homes=[home.pk, other.pk])
    return Scene(world, register, keeper, home, head, wife, son, single, other)
