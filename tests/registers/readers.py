"""Named readers of registers on the small street, and a population that tells them apart."""

from __future__ import annotations

from typing import Any

from django.contrib.gis.geos import MultiPolygon

from geodata.models import Building, Household, Membership, Person
from gridmgmt.organisation.models import Role, User
from tests import world as worlds
from tests.registers import people
from tests.world import COUNTY, OTHER, STREET, World, square


def staff(world: World, name: str = "staff", code: str = STREET) -> User:
    """Street staff; not part of the small street."""
    worlds._person(world, name, Role.STAFF, code)
    return world.people[name]


def family(head: Person, door: Any, *others: tuple[Person, str]) -> Household:
    """A household at a door: its head and the others with their relations."""
    made = Household.objects.create(county=COUNTY, dwelling=door, building=door.building, number="")
    for person, relation in ((head, "02"), *others):
        Membership.objects.create(
            county=COUNTY, person=person, household=made, relation=relation, valid_from=people.SINCE
        )
    return made


def elsewhere() -> Building:
    """A building of the neighbouring street."""
    shape = square(0, 0, shift=0.02).centroid.buffer(0.0003)
    return Building.objects.create(
        county=COUNTY, cell_code=f"{OTHER}001001", name="汐桥1栋", estate="汐桥里",
        geom=MultiPolygon(shape, srid=4326), use="residential",
    )  # fmt: skip
