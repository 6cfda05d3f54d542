"""Moves: in, back, within the county, away, and of a whole household. Facts are closed on the day and opened from it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from django.utils import timezone

from geodata.acting import acting
from geodata.ids import uuid7
from geodata.models import Dwelling, Household, Person
from geodata.models.household import HEAD, ResidenceKind
from geodata.models.person import LifeState
from gridmgmt.organisation.models import User
from gridmgmt.registers import facts, numbers, person_fields, relations, taking
from gridmgmt.registers.errors import refusal


def move_in(
    *,
    values: Mapping[str, str],
    dwelling_id: UUID,
    on: date,
    by: User,
    at: datetime,
    household_id: UUID | None = None,
    household_version: int | None = None,
    relation: str = "",
    registered: bool = False,
    registered_elsewhere: str = "",
) -> Person:
    """Somebody unknown so far begins to live at a door: in a household there, or as head of one of their own.

    Errors: taking.dwelling, taking.joining, person_already_there, day_in_future, day_before_birth, household_empty,
    relation_unknown, one_head_only and those of the fields."""
    with acting(by=by.pk, cause="move_in", at=at):
        today = timezone.localdate(at)
        said = {
            name: person_fields.plain(name, values.get(name, ""), today=today)
            for name in {"name", "sex", *values}
        }
        home = taking.joining(household_id, by=by, version=household_version)
        door = taking.dwelling(dwelling_id, by=by, county=home.county if home else "")
        one = Person(
            id=uuid7(), county=door.building.county, cell_code=door.building.cell_code, building=door.building
        )
        person_fields.write(one, said)
        taking.require_day(on, at=at, born=one.birth_date)
        _require_new(one, door)
        with numbers.taken_once():
            one.save(force_insert=True)
        facts.live_at(one, door, on)
        _register(one, on, door=door if registered else None, elsewhere=registered_elsewhere)
        home = _enter(one, home, door, relation, on)
        facts.count_alone(homes=[home.pk])
    return one


def move_back(
    *,
    person_id: UUID,
    dwelling_id: UUID,
    on: date,
    by: User,
    at: datetime,
    version: int,
    household_id: UUID | None = None,
    household_version: int | None = None,
    relation: str = "",
    registered: bool = False,
) -> Person:
    """Somebody who had moved out lives here again. Errors: as move_in, person_dead, person_present, day_before_start."""
    with acting(by=by.pk, cause="move_in", at=at):
        home = taking.joining(household_id, by=by, version=household_version)
        one = taking.person(person_id, by=by, version=version)
        if one.life_state != LifeState.MOVED_OUT:
            raise refusal("person_dead" if one.life_state == LifeState.DEAD else "person_present")
        door = taking.dwelling(dwelling_id, by=by, county=one.county)
        _require_county(home, one)
        taking.require_day(on, at=at, born=one.birth_date)
        facts.require_after([one.pk], on)
        one.life_state = LifeState.PRESENT
        one.save(update_fields=["life_state", "updated_at"])
        facts.live_at(one, door, on)
        if registered:
            facts.reside(one, ResidenceKind.REGISTERED, on, door=door)
        home = _enter(one, home, door, relation, on)
        facts.count_alone(homes=[home.pk])
    return one


def move(
    *,
    person_id: UUID,
    dwelling_id: UUID,
    on: date,
    by: User,
    at: datetime,
    version: int,
    keep_household: bool = False,
    household_id: UUID | None = None,
    household_version: int | None = None,
    relation: str = "",
    registered: bool = False,
    new_head: UUID | None = None,
    said: Mapping[UUID, str] | None = None,
) -> Person:
    """Somebody goes to live at another door of the county: staying in the household (人户分离), joining another one, or
    as head of one of their own. With ``registered`` the registration goes along.

    ``household_version``: of the one that is joined, as it was seen.

    Errors: taking.*, person_dead, person_moved_out, same_door, same_household, household_empty, facts.settle_head, days."""
    with acting(by=by.pk, cause="move", at=at):
        taking.households(
            [key for key in (household_id, taking.household_of(person_id)) if key is not None], by=by
        )
        joined = taking.joining(household_id, by=by, version=household_version)
        one, home = taking.at_home(person_id, by=by, version=version)
        taking.require_present(one)
        door = taking.dwelling(dwelling_id, by=by, county=one.county)
        _require_county(joined, one)
        if one.residences.filter(kind=ResidenceKind.ACTUAL, valid_to=None, dwelling=door).exists():
            raise refusal("same_door", field="dwelling")
        if home is not None and household_id == home.pk:
            raise refusal("same_household", field="household")
        taking.require_day(on, at=at, born=one.birth_date)
        facts.require_after([one.pk], on)
        facts.live_at(one, door, on)
        if registered:
            facts.reside(one, ResidenceKind.REGISTERED, on, door=door)
        touched = [home.pk] if home else []
        if not (keep_household and home is not None):
            if home is not None:
                facts.leave_household(taking.members(home), [one.pk], on, new_head=new_head, said=said or {})
            joined = _enter(one, joined, door, relation, on)
            touched.append(joined.pk)
        facts.count_alone(homes=touched)
    return one


def move_out(
    *,
    person_id: UUID,
    on: date,
    elsewhere: str,
    by: User,
    at: datetime,
    version: int,
    keep_registered: bool = False,
    new_head: UUID | None = None,
    said: Mapping[UUID, str] | None = None,
) -> Person:
    """Somebody leaves the county on a day for an address elsewhere; their registration may stay.

    Errors: taking.*, person_dead, person_moved_out, address_missing, facts.settle_head, days."""
    with acting(by=by.pk, cause="move_out", at=at):
        one, home = taking.at_home(person_id, by=by, version=version)
        taking.require_present(one)
        if not elsewhere.strip():
            raise refusal("address_missing", field="elsewhere")
        taking.require_day(on, at=at, born=one.birth_date)
        facts.require_after([one.pk], on)
        if home is not None:
            facts.leave_household(taking.members(home), [one.pk], on, new_head=new_head, said=said or {})
        facts.reside(one, ResidenceKind.ACTUAL, on, elsewhere=elsewhere.strip())
        if not keep_registered:
            facts.reside(one, ResidenceKind.REGISTERED, on)
        one.life_state = LifeState.MOVED_OUT
        one.save(update_fields=["life_state", "updated_at"])
        facts.count_alone(people=[one.pk], homes=[home.pk] if home else [])
    return one


def change_address(
    *,
    household_id: UUID,
    dwelling_id: UUID,
    on: date,
    by: User,
    at: datetime,
    version: int,
    registered: bool = False,
) -> Household:
    """A whole household moves to another door. Members who live elsewhere stay where they are.

    Errors: taking.*, household_empty, same_door, day_in_future, day_before_start."""
    with acting(by=by.pk, cause="change_address", at=at):
        home = taking.household(household_id, by=by, version=version)
        rows = taking.members(home)
        door = taking.dwelling(dwelling_id, by=by, county=home.county)
        if not rows:
            raise refusal("household_empty")
        if home.dwelling_id == door.pk:
            raise refusal("same_door", field="dwelling")
        taking.require_day(on, at=at)
        here = _living_at(rows_of=[row.person for row in rows], home=home)
        facts.require_after([one.pk for one in here], on)
        for one in here:
            was = facts.registered_at(one)
            facts.live_at(one, door, on)
            if registered and (was is None or was.dwelling_id == home.dwelling_id):
                facts.reside(one, ResidenceKind.REGISTERED, on, door=door)
        home.dwelling, home.building = door, door.building
        home.save(update_fields=["dwelling", "building"])
    return home


def _living_at(*, rows_of: list[Person], home: Household) -> list[Person]:
    """Those of the people who live at the household's door; all of them when the household has none."""
    if home.dwelling_id is None:
        return rows_of
    return [
        one
        for one in rows_of
        if not one.residences.filter(kind=ResidenceKind.ACTUAL, valid_to=None)
        .exclude(dwelling_id=home.dwelling_id)
        .exists()
    ]


def _enter(one: Person, home: Household | None, door: Dwelling, relation: str, on: date) -> Household:
    """Into a household that has somebody, or into a new one as its head."""
    if home is None:
        home = Household.objects.create(county=door.building.county, dwelling=door, building=door.building)
        facts.join(one, home, HEAD, on)
        return home
    if not taking.members(home):
        raise refusal("household_empty")
    facts.join(one, home, relations.checked(relation), on)
    return home


def _require_county(home: Household | None, one: Person) -> None:
    if home is not None and home.county != one.county:
        raise refusal("other_county", field="household")


def _register(one: Person, on: date, *, door: Dwelling | None, elsewhere: str) -> None:
    if door is not None or elsewhere.strip():
        facts.reside(one, ResidenceKind.REGISTERED, on, door=door, elsewhere=elsewhere.strip())


def _require_new(one: Person, door: Dwelling) -> None:
    """The same form sent twice makes one person."""
    known = Person.objects.filter(
        building=door.building, name=one.name, birth_date=one.birth_date, life_state=LifeState.PRESENT
    )
    if known.filter(residences__dwelling=door, residences__valid_to=None).exists():
        raise refusal("person_already_there", field="name")
