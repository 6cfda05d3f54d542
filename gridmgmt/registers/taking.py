"""Taking up rows to change them: scope, locks in one order (households, persons, doors), versions compared."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.utils import timezone

from geodata.models import Dwelling, Household, Membership, Person
from geodata.models.person import LifeState
from gridmgmt.organisation.models import Role, User
from gridmgmt.organisation.scope import Scope, scope_of
from gridmgmt.registers import history
from gridmgmt.registers.errors import refusal

KEEPERS: Final = (Role.STAFF,)
"""Who keeps the registers of a place. Administrators arrange accounts and rules, they do not read about people."""


def keeps(scope: Scope, code: str) -> bool:
    """True when somebody keeps the registers at this code."""
    return scope.holds(code, *KEEPERS)


def keeping(scope: Scope) -> Scope:
    """What is left of a scope when only the roles count that keep registers."""
    return replace(scope, held=tuple(held for held in scope.held if held.role in KEEPERS))


def require_keeper(by: User, code: str) -> None:
    """Error register_not_permitted 403."""
    if not keeps(scope_of(by), code):
        raise refusal("register_not_permitted")


def person(person_id: UUID, *, by: User, version: int | None = None) -> Person:
    """A person, locked, who may be changed by this user and is as the form saw them.

    ``version`` None: the person comes with another record whose version was compared. Errors: person_unknown 404,
    register_not_permitted 403, register_changed 409."""
    (found,) = persons([person_id], by=by)
    if version is not None and history.person_version(person_id) != version:
        raise refusal("register_changed")
    return found


def persons(ids: Collection[UUID], *, by: User) -> list[Person]:
    """Several, locked in one order. Errors: person_unknown 404, register_not_permitted 403."""
    found = list(Person.objects.select_for_update().filter(pk__in=set(ids)).order_by("pk"))
    scope = scope_of(by)
    if len(found) != len(set(ids)) or not all(scope.covers(one.cell_code) for one in found):
        raise refusal("person_unknown")
    for one in found:
        require_keeper(by, one.cell_code)
    return found


def household(household_id: UUID, *, by: User, version: int | None = None) -> Household:
    """A household, locked. Errors: household_unknown 404, register_not_permitted 403, register_changed 409."""
    found = (
        Household.objects.select_for_update(of=("self",))
        .select_related("building")
        .filter(pk=household_id)
        .first()
    )
    if found is None or not scope_of(by).covers(code_of(found)):
        raise refusal("household_unknown")
    require_keeper(by, code_of(found))
    if version is not None and history.household_version(household_id) != version:
        raise refusal("register_changed")
    return found


def households(ids: Iterable[UUID], *, by: User) -> dict[UUID, Household]:
    """Several, locked in one order; errors as ``household``."""
    return {key: household(key, by=by) for key in sorted(set(ids))}


def joining(household_id: UUID | None, *, by: User, version: int | None) -> Household | None:
    """The household somebody is about to join, as ``household``; None when they found one of their own. Its version must be
    said: who is entered into a household has looked at it. Errors: household, register_changed 409."""
    if household_id is None:
        return None
    found = household(household_id, by=by)
    if version is None or history.household_version(household_id) != version:
        raise refusal("register_changed")
    return found


def code_of(of: Household) -> str:
    """Where a household counts: its building, else where its people do, else the county alone."""
    if of.building is not None:
        return of.building.cell_code
    codes = Person.objects.filter(memberships__household=of, memberships__valid_to=None)
    return codes.values_list("cell_code", flat=True).order_by("memberships__relation").first() or of.county


def dwelling(dwelling_id: UUID, *, by: User, county: str = "") -> Dwelling:
    """A door somebody may be entered at, locked: of two who enter there the second sees the first. ``county``: of whoever
    moves; records do not leave theirs (DESIGN §11).

    Errors: dwelling_unknown 404, register_not_permitted 403, other_county 422."""
    found = (
        Dwelling.objects.select_for_update(of=("self",), no_key=True)
        .select_related("building")
        .filter(pk=dwelling_id)
        .first()
    )
    if found is None or not scope_of(by).covers(found.building.cell_code):
        raise refusal("dwelling_unknown")
    require_keeper(by, found.building.cell_code)
    if county and found.building.county != county:
        raise refusal("other_county", field="dwelling")
    return found


def members(of: Household) -> list[Membership]:
    """The open memberships, head first, with their persons, all locked."""
    rows = Membership.objects.filter(household=of, valid_to=None).values_list("person_id", flat=True)
    locked = {one.pk: one for one in Person.objects.select_for_update().filter(pk__in=rows).order_by("pk")}
    found = list(
        Membership.objects.select_for_update().filter(household=of, valid_to=None).order_by("relation", "id")
    )
    for row in found:
        row.person = locked[row.person_id]
    return sorted(found, key=lambda row: row.relation != "02")


def at_home(person_id: UUID, *, by: User, version: int) -> tuple[Person, Household | None]:
    """A person with the household they belong to, the household locked first. Errors: person, household."""
    home_id = household_of(person_id)
    home = household(home_id, by=by) if home_id else None
    one = person(person_id, by=by, version=version)
    if household_of(person_id) != home_id:
        raise refusal("register_changed")
    return one, home


def household_of(person_id: UUID) -> UUID | None:
    """The household somebody belongs to now."""
    return (
        Membership.objects.filter(person_id=person_id, valid_to=None)
        .values_list("household_id", flat=True)
        .first()
    )


def require_present(one: Person) -> None:
    """Errors: person_dead 409, person_moved_out 409."""
    if one.life_state == LifeState.DEAD:
        raise refusal("person_dead")
    if one.life_state == LifeState.MOVED_OUT:
        raise refusal("person_moved_out")


def require_day(on: date, *, at: datetime, born: date | None = None) -> None:
    """Errors: day_in_future, day_before_birth 422."""
    if on > timezone.localdate(at):
        raise refusal("day_in_future", field="on")
    if born is not None and on < born:
        raise refusal("day_before_birth", field="on")
