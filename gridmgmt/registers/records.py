"""One person, household or dwelling with its dated facts, masked, for those whose scope holds one of its addresses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from psycopg import sql

from geodata.errors import DomainError
from geodata.errors import mark as _
from geodata.masking import mask_name
from geodata.models import Dwelling, Household, Person
from gridmgmt.organisation.scope import Scope, may_see
from gridmgmt.registers import people_sql
from gridmgmt.registers.rows import PersonRow, Spot, people

# Somebody is seen from where they live, and from where they are registered now (人户分离).
REGISTERED_WITHIN = """
SELECT true FROM geodata_residence r JOIN geodata_building b ON b.id = r.building_id
WHERE r.person_id = %(person)s AND r.valid_to IS NULL AND {within} LIMIT 1
"""
RESIDENCES = """
SELECT r.kind, r.elsewhere, r.valid_from, r.valid_to, r.dwelling_id, d.floor, d.room, e.number,
  b.id, b.estate, b.name, b.address, coalesce(b.cell_code, '')
FROM geodata_residence r LEFT JOIN geodata_dwelling d ON d.id = r.dwelling_id
LEFT JOIN geodata_entrance e ON e.id = d.entrance_id LEFT JOIN geodata_building b ON b.id = r.building_id
WHERE r.person_id = %(person)s ORDER BY r.valid_to IS NOT NULL, r.kind, r.valid_from DESC NULLS LAST, r.id
"""
MEMBERSHIPS = """
SELECT m.household_id, m.relation, m.valid_from, m.valid_to, h.number, o.name
FROM geodata_membership m JOIN geodata_household h ON h.id = m.household_id
LEFT JOIN geodata_membership hm ON hm.household_id = h.id AND hm.relation = '02' AND hm.valid_to IS NULL
LEFT JOIN geodata_person o ON o.id = hm.person_id
WHERE m.person_id = %(person)s ORDER BY m.valid_to IS NOT NULL, m.valid_from DESC NULLS LAST, m.id
"""
MEMBERS = """
SELECT m.person_id, m.relation, m.valid_from, m.valid_to FROM geodata_membership m
WHERE m.household_id = %(household)s ORDER BY m.valid_to IS NOT NULL, m.relation, m.valid_from, m.person_id
"""
AT_DOOR = """
SELECT DISTINCT r.person_id, r.kind FROM geodata_residence r WHERE r.dwelling_id = %(dwelling)s AND r.valid_to IS NULL
"""


@dataclass(frozen=True, slots=True)
class Door:
    """A dwelling in words: entrance, floor, room of a building."""

    spot: Spot | None
    dwelling_id: UUID | None = None
    entrance: str = ""
    floor: int | None = None
    room: str = ""
    cell_code: str = ""


@dataclass(frozen=True, slots=True)
class Stay:
    """A residence from a day until a day."""

    kind: str
    elsewhere: str
    since: date | None
    until: date | None
    door: Door


@dataclass(frozen=True, slots=True)
class Belonging:
    """A membership of a household; ``head`` masked."""

    household_id: UUID
    relation: str
    since: date | None
    until: date | None
    number: str
    head: str


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """Everything the page of a person shows."""

    row: PersonRow
    person: Person
    stays: list[Stay]
    belongings: list[Belonging]

    def stay(self, kind: str) -> Stay | None:
        """The residence of a kind that holds now."""
        return next((stay for stay in self.stays if stay.kind == kind and stay.until is None), None)


@dataclass(frozen=True, slots=True)
class Member:
    """A person in a household."""

    row: PersonRow
    relation: str
    since: date | None
    until: date | None


@dataclass(frozen=True, slots=True)
class HouseholdRecord:
    """A household with its members now and before."""

    household: Household
    door: Door
    members: list[Member]

    @property
    def present(self) -> list[Member]:
        """Members now."""
        return [member for member in self.members if member.until is None]

    @property
    def former(self) -> list[Member]:
        """Members before."""
        return [member for member in self.members if member.until is not None]


@dataclass(frozen=True, slots=True)
class DwellingRecord:
    """A door with who lives there by household, and who is registered there but lives elsewhere."""

    dwelling: Dwelling
    door: Door
    households: list[HouseholdRecord]
    others: list[PersonRow]
    registered_only: list[PersonRow]


def person_row(scope: Scope, person_id: UUID) -> Person:
    """The row of a person; ``scope`` is a people scope. Error: person_unknown 404, also when it is not for this scope."""
    person = Person.objects.filter(pk=person_id).first()
    if person is None or not (may_see(scope, person) or _registered_within(scope, person_id)):
        raise _unknown("person_unknown", _("There is no such person in your area."))
    return person


def person(scope: Scope, person_id: UUID) -> PersonRecord:
    """A person with dated facts. Error: person_unknown."""
    row = person_row(scope, person_id)
    values = {"person": person_id}
    stays = [
        Stay(kind, elsewhere, since, until, _for_scope(scope, _door(*place)))
        for kind, elsewhere, since, until, *place in people_sql.run(sql.SQL(RESIDENCES), values)
    ]
    belongings = [
        Belonging(key, relation, since, until, number, mask_name(head or ""))
        for key, relation, since, until, number, head in people_sql.run(sql.SQL(MEMBERSHIPS), values)
    ]
    return PersonRecord(people([person_id])[0], row, stays, belongings)


def household(scope: Scope, household_id: UUID) -> HouseholdRecord:
    """A household with members. Error: household_unknown 404."""
    row = (
        Household.objects.select_related("building", "dwelling__entrance", "dwelling__building")
        .filter(pk=household_id)
        .first()
    )
    if row is None:
        raise _unknown("household_unknown", _("There is no such household in your area."))
    found = HouseholdRecord(row, _household_door(row), _members(household_id))
    inside = scope.covers(row.building.cell_code) if row.building else False
    if not inside and not any(scope.covers(member.row.cell_code) for member in found.present):
        raise _unknown("household_unknown", _("There is no such household in your area."))
    return found


def household_of(scope: Scope, household_id: UUID) -> HouseholdRecord | None:
    """The same, None when it is not for this scope."""
    try:
        return household(scope, household_id)
    except DomainError:
        return None


def dwelling(scope: Scope, dwelling_id: UUID) -> DwellingRecord:
    """A door with its people. Error: dwelling_unknown 404."""
    row = Dwelling.objects.select_related("building", "entrance").filter(pk=dwelling_id).first()
    if row is None or not scope.covers(row.building.cell_code):
        raise _unknown("dwelling_unknown", _("There is no such dwelling in your area."))
    found = Household.objects.filter(dwelling=row).select_related("building", "dwelling__entrance")
    households = [
        HouseholdRecord(one, _household_door(one), _members(one.pk)) for one in found.order_by("number")
    ]
    kinds: dict[UUID, set[str]] = {}
    for person_id, kind in people_sql.run(sql.SQL(AT_DOOR), {"dwelling": dwelling_id}):
        kinds.setdefault(person_id, set()).add(kind)
    known = {member.row.id for one in households for member in one.present}
    living = [key for key, told in kinds.items() if "actual" in told and key not in known]
    registered = [key for key, told in kinds.items() if told == {"registered"}]
    return DwellingRecord(
        row, door_of(row), [one for one in households if one.present], people(living), people(registered)
    )


def door_of(row: Dwelling) -> Door:
    """A dwelling in words."""
    return Door(
        Spot(row.building_id, row.building.estate, row.building.name, row.building.address),
        row.pk,
        row.entrance.number if row.entrance else "",
        row.floor,
        row.room,
        row.building.cell_code,
    )


def _household_door(row: Household) -> Door:
    if row.dwelling:
        return door_of(row.dwelling)
    building = row.building
    if building is None:
        return Door(None)
    return Door(
        Spot(building.pk, building.estate, building.name, building.address), cell_code=building.cell_code
    )


def _members(household_id: UUID) -> list[Member]:
    facts = people_sql.run(sql.SQL(MEMBERS), {"household": household_id})
    rows = {row.id: row for row in people(list({fact[0] for fact in facts}))}
    return [Member(rows[person_id], *rest) for person_id, *rest in facts]


def _door(
    dwelling_id: UUID | None, floor: int | None, room: str | None, entrance: str | None, *place: Any
) -> Door:
    building_id, estate, name, address, cell_code = place
    spot = Spot(building_id, estate, name, address) if building_id else None
    return Door(spot, dwelling_id, entrance or "", floor, room or "", cell_code)


def _for_scope(scope: Scope, door: Door) -> Door:
    """An address outside the scope is named down to its building, without room and without a way there."""
    if door.spot is None or scope.covers(door.cell_code):
        return door
    return Door(replace(door.spot, building_id=None), cell_code=door.cell_code)


def _registered_within(scope: Scope, person_id: UUID) -> bool:
    statement = sql.SQL(REGISTERED_WITHIN).format(
        within=people_sql.within("b.cell_code", scope.place_prefixes)
    )
    return bool(people_sql.run(statement, {"person": person_id}))


def _unknown(code: str, message: str) -> DomainError:
    return DomainError(code=code, message=message, status=404)
