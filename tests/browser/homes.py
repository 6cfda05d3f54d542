"""People on the small street of the browser tests: a family behind one door, and who keeps the register."""

from __future__ import annotations

from geodata.models import Entrance
from gridmgmt.organisation.models import User
from tests.registers import people
from tests.world import World, county_administrator
from tests.world import build as build_world


def furnish(world: World) -> None:
    """The register of tests/registers/people.py with a family at one-101; "keeper" signs in like everybody else."""
    register = people.build(world)
    home = people.family(register)[0]
    people.person("单立人", register.doors["one-201"], order=14)
    Entrance.objects.create(building=home.building, county=home.county, number="2")
    keeper = people.keeper(world)
    User.objects.filter(pk=keeper.pk).update(password=world.people["worker"].password)


def build() -> None:
    """Everything that the browser tests look at."""
    world = build_world()
    county_administrator(world)
    furnish(world)
