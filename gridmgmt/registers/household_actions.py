"""What happens to households: another head, split, merged, renumbered. Every household with people has exactly one head."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from geodata.acting import acting
from geodata.models import Dwelling, Household, Person
from geodata.models.household import HEAD, ResidenceKind
from gridmgmt.organisation.models import User
from gridmgmt.registers import facts, numbers, relations, taking
from gridmgmt.registers.errors import refusal


def change_head(
    *,
    household_id: UUID,
    new_head: UUID,
    said: Mapping[UUID, str],
    on: date,
    by: User,
    at: datetime,
    version: int,
) -> Household:
    """Another member becomes head from a day; ``said``: how every other member is related to the new one.

    Errors: taking.household, head_already, head_not_a_member, relations_incomplete, one_head_only, relation_unknown, days."""
    with acting(by=by.pk, cause="change_head", at=at):
        home = taking.household(household_id, by=by, version=version)
        rows = taking.members(home)
        if any(row.relation == HEAD and row.person_id == new_head for row in rows):
            raise refusal("head_already", field="new_head")
        taking.require_day(on, at=at)
        facts.require_after([row.person_id for row in rows], on)
        facts.rename(rows, new_head=new_head, said=said, on=on)
    return home


def split(
    *,
    household_id: UUID,
    moving: Mapping[UUID, str],
    on: date,
    by: User,
    at: datetime,
    version: int,
    dwelling_id: UUID | None = None,
    number: str = "",
    new_head: UUID | None = None,
    said: Mapping[UUID, str] | None = None,
) -> Household:
    """Some members found a household of their own, at the same door or another one; ``moving``: person → relation to the
    head of the new one. The new household.

    Errors: taking.*, nobody_moves, everybody_moves, not_a_member, one_head_only, household_number_taken, facts.settle_head."""
    with acting(by=by.pk, cause="split", at=at):
        home = taking.household(household_id, by=by, version=version)
        rows = taking.members(home)
        _require_part(moving, {row.person_id for row in rows})
        taking.require_day(on, at=at)
        facts.require_after(moving, on)
        door = taking.dwelling(dwelling_id, by=by, county=home.county) if dwelling_id else home.dwelling
        founded = Household(
            county=home.county,
            number=_free_number(number, home.county),
            dwelling=door,
            building=door.building if door else home.building,
        )
        with numbers.taken_once():
            founded.save(force_insert=True)
        facts.leave_household(rows, list(moving), on, new_head=new_head, said=said or {})
        for row in rows:
            if row.person_id in moving:
                facts.join(row.person, founded, _relation(moving[row.person_id]), on)
                if door is not None and dwelling_id:
                    _live(row.person, door, on)
        facts.count_alone(homes=[home.pk, founded.pk])
    return founded


def merge(
    *,
    household_id: UUID,
    into_id: UUID,
    said: Mapping[UUID, str],
    on: date,
    by: User,
    at: datetime,
    version: int,
    into_version: int,
) -> Household:
    """Everybody of a household joins another one, whose head stays; ``said``: person → relation to that head. The joined one.

    Errors: taking.*, same_household, household_empty, relations_incomplete, one_head_only, relation_unknown, days."""
    if household_id == into_id:
        raise refusal("same_household", field="into")
    with acting(by=by.pk, cause="household_merge", at=at):
        homes = taking.households([household_id, into_id], by=by)
        for key, seen in ((household_id, version), (into_id, into_version)):
            taking.household(key, by=by, version=seen)
        home, into = homes[household_id], homes[into_id]
        if home.county != into.county:
            raise refusal("other_county", field="into")
        rows = taking.members(home)
        if not rows or not taking.members(into):
            raise refusal("household_empty")
        people = {row.person_id for row in rows}
        if set(said) != people:
            raise refusal("relations_incomplete", missing=[str(key) for key in sorted(people - set(said))])
        taking.require_day(on, at=at)
        facts.require_after(people, on)
        facts.leave(rows, on)
        for row in rows:
            facts.join(row.person, into, relations.checked(said[row.person_id]), on)
        facts.count_alone(homes=[home.pk, into.pk])
    return into


def renumber(*, household_id: UUID, number: str, by: User, at: datetime, version: int) -> Household:
    """The household's number is put right. Errors: taking.household, nothing_changes, household_number_taken."""
    with acting(by=by.pk, cause="correction", at=at):
        taking.household(household_id, by=by, version=version)
        return write_number(household_id=household_id, number=number, by=by)


def write_number(*, household_id: UUID, number: str, by: User | None) -> Household:
    """As ``renumber``, under the cause of the caller; ``by`` None when a rule permits it and not a keeper."""
    home = (
        taking.household(household_id, by=by)
        if by
        else Household.objects.select_for_update().get(pk=household_id)
    )
    if home.number == number.strip():
        raise refusal("nothing_changes")
    home.number = _free_number(number, home.county)
    with numbers.taken_once():
        home.save(update_fields=["number"])
    return home


def _require_part(moving: Mapping[UUID, str], members: set[UUID]) -> None:
    if not moving:
        raise refusal("nobody_moves")
    if not set(moving) <= members:
        raise refusal("not_a_member")
    if set(moving) == members:
        raise refusal("everybody_moves")
    if sum(relation == HEAD for relation in moving.values()) != 1:
        raise refusal("one_head_only")


def _relation(code: str) -> str:
    return relations.checked(code, member=False)


def _live(one: Person, door: Dwelling, on: date) -> None:
    if not one.residences.filter(kind=ResidenceKind.ACTUAL, valid_to=None, dwelling=door).exists():
        facts.live_at(one, door, on)


def _free_number(number: str, county: str) -> str:
    """The number, cut to what fits. Error household_number_taken 409."""
    text = number.strip()[:24]
    if text and Household.objects.filter(county=county, number=text).exists():
        raise refusal("household_number_taken", field="number")
    return text
