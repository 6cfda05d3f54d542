"""A small household register on the street of tests/world.py: two buildings, doors, people with made-up numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib.gis.geos import MultiPolygon

from geodata.ids import uuid7
from geodata.masking import mask_id, mask_phone
from geodata.models import Building, Dwelling, Household, Membership, Person, Residence
from geodata.models.household import HEAD
from geodata.personal import seal, search_key
from geodata.sample.identity import id_number
from gridmgmt.organisation.actions import grant_role
from gridmgmt.organisation.models import Role, User
from tests.world import AT, COUNTY, STREET, World, square

SINCE = date(2020, 1, 1)


@dataclass
class Register:
    """What tests use by name."""

    buildings: dict[str, Building] = field(default_factory=dict)
    doors: dict[str, Dwelling] = field(default_factory=dict)


def build(world: World) -> Register:
    """Buildings "one" (cell A), "two" (cell e, the other community) with three doors each: one-101 …"""
    made = Register()
    for name, letter, column, row in (("one", "A", 0, 0), ("two", "e", 0, 3)):
        shape = square(column, row).centroid.buffer(0.0003)
        made.buildings[name] = Building.objects.create(
            county=COUNTY, cell_code=world.cells[letter].code, name=f"榕树苑{name}栋", estate="榕树苑",
            geom=MultiPolygon(shape, srid=4326), use="residential",
        )  # fmt: skip
        for room in ("101", "102", "201"):
            made.doors[f"{name}-{room}"] = Dwelling.objects.create(
                building=made.buildings[name], county=COUNTY, floor=int(room[0]), room=room
            )
    return made


def person(
    name: str, door: Dwelling | None, *, born: str = "1980-05-06", order: int | None = None, phone: str = "",
    registered: bool = True, **more: Any,
) -> Person:  # fmt: skip
    """Somebody who lives (and is registered) at a door; ``order`` makes an ID number of the birth date."""
    key = uuid7()
    values: dict[str, Any] = {
        "county": COUNTY,
        "cell_code": STREET + "001",
        "name": name,
        "birth_date": born,
        "sex": 1,
    }
    if door is not None:
        values |= {"building": door.building, "cell_code": door.building.cell_code}
    if order is not None:
        number = id_number(COUNTY, born.replace("-", ""), order)
        values |= {
            "id_no_sealed": seal(number, column="person.id_no", row=key),
            "id_no_key": search_key(number, column="person.id_no"),
            "id_no_masked": mask_id(number),
        }
    if phone:
        values |= {
            "phone_sealed": seal(phone, column="person.phone", row=key),
            "phone_key": search_key(phone, column="person.phone"),
            "phone_masked": mask_phone(phone),
        }
    made = Person.objects.create(id=key, **(values | more))
    for kind in ("actual", "registered") if registered else ("actual",):
        if door is not None:
            Residence.objects.create(
                county=COUNTY, person=made, kind=kind, dwelling=door, building=door.building, valid_from=SINCE
            )
    return made


def household(door: Dwelling, *members: tuple[Person, str], number: str = "") -> Household:
    """Members with their relation; the first is the head when it says so."""
    made = Household.objects.create(county=COUNTY, number=number, dwelling=door, building=door.building)
    for one, relation in members:
        Membership.objects.create(
            county=COUNTY, person=one, household=made, relation=relation, valid_from=SINCE
        )
    return made


def family(register: Register, door: str = "one-101") -> tuple[Household, Person, Person, Person]:
    """Household, head, wife, son."""
    where = register.doors[door]
    head = person("王大河", where, born="1970-03-05", order=11, phone="10000000001")
    wife = person("李小溪", where, born="1972-07-01", order=12, sex=2)
    son = person("王小河", where, born="2001-01-09", order=13)
    return household(where, (head, HEAD), (wife, "12"), (son, "20")), head, wife, son


def keeper(
    world: World, scope: str = STREET, name: str = "keeper", *, role: str = Role.STAFF, department: str = ""
) -> Any:
    """Street staff who keep the registers of a place; or somebody in another role."""
    user = User.objects.create(username=name, name=name)
    where = world.department(department) if department else None
    grant_role(user=user, role=role, scope_code=scope, department=where, at=AT.replace(month=1))
    world.people[name] = user
    return user
