"""What happens to one person: born, died, put right. Each is one transaction that names itself in the register history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from django.utils import timezone

from geodata.acting import acting
from geodata.ids import uuid7
from geodata.models import Household, Membership, Person
from geodata.models.household import ResidenceKind
from geodata.models.person import LifeState
from gridmgmt.organisation.models import User
from gridmgmt.registers import facts, numbers, person_fields, relations, taking
from gridmgmt.registers.errors import refusal

YOUNGEST_PARENT_YEARS = 12


def birth(
    *,
    parent_id: UUID,
    values: Mapping[str, str],
    relation: str,
    by: User,
    at: datetime,
    version: int,
    registered: bool = True,
) -> Person:
    """A child is born into the household of its mother or father, in a relation to its head; ``version`` of the parent.

    ``values``: name, sex, birth_date and any other of ``person_fields.FIELDS``. With ``registered`` the child is also
    registered where the parent is. Errors: taking.person, person_dead, person_moved_out, no_household, relation_unknown,
    one_head_only, parent_too_young, person_already_there, day_before_start and those of the fields.
    """
    with acting(by=by.pk, cause="birth", at=at):
        parent, home = taking.at_home(parent_id, by=by, version=version)
        taking.require_present(parent)
        if home is None:
            raise refusal("no_household")
        said = {
            name: person_fields.plain(name, values.get(name, ""), today=timezone.localdate(at))
            for name in {"name", "sex", "birth_date", *values}
        }
        if not said["birth_date"]:
            raise refusal("birth_date_form", field="birth_date")
        born = date.fromisoformat(said["birth_date"])
        _require_parent(parent, born)
        _require_new(home, said["name"], born)
        child = Person(id=uuid7(), county=parent.county, cell_code=parent.cell_code, building=parent.building)
        person_fields.write(child, said)
        with numbers.taken_once():
            child.save(force_insert=True)
        since = Membership.objects.get(person=parent, valid_to=None).valid_from
        facts.join(child, home, relations.checked(relation), max(born, since or born))
        _share_residences(parent, child, born, registered=registered)
        facts.count_alone(homes=[home.pk])
    return child


def death(
    *,
    person_id: UUID,
    on: date,
    by: User,
    at: datetime,
    version: int,
    new_head: UUID | None = None,
    said: Mapping[UUID, str] | None = None,
) -> Person:
    """Somebody died on a day: household and residences end; a dead head is followed by another one.

    Errors: taking.person, person_dead, day_in_future, day_before_birth, day_before_start, facts.settle_head."""
    with acting(by=by.pk, cause="death", at=at):
        one, home = taking.at_home(person_id, by=by, version=version)
        if one.life_state == LifeState.DEAD:
            raise refusal("person_dead")
        taking.require_day(on, at=at, born=one.birth_date)
        facts.require_after([one.pk], on)
        if home is not None:
            facts.leave_household(taking.members(home), [one.pk], on, new_head=new_head, said=said or {})
        for kind in ResidenceKind:
            facts.reside(one, kind, on)
        one.life_state = LifeState.DEAD
        one.save(update_fields=["life_state", "updated_at"])
        facts.count_alone(people=[one.pk], homes=[home.pk] if home else [])
    return one


def correct(*, person_id: UUID, values: Mapping[str, str], by: User, at: datetime, version: int) -> Person:
    """Fields of a person are put right.

    Errors: taking.person, nothing_changes, id_no_contradicts, id_no_taken and those of the fields."""
    with acting(by=by.pk, cause="correction", at=at):
        taking.person(person_id, by=by, version=version)
        return write_fields(person_id=person_id, values=values, by=by, at=at)


def write_fields(*, person_id: UUID, values: Mapping[str, str], by: User | None, at: datetime) -> Person:
    """As ``correct``, under the cause of the caller; ``by`` None when a rule permits it and not a keeper."""
    one = taking.person(person_id, by=by) if by else Person.objects.select_for_update().get(pk=person_id)
    today = timezone.localdate(at)
    said = {name: person_fields.plain(name, value, today=today) for name, value in values.items()}
    if not person_fields.write(one, said):
        raise refusal("nothing_changes")
    with numbers.taken_once():
        one.save()
    return one


def _require_parent(parent: Person, born: date) -> None:
    if parent.birth_date is not None and born.year - parent.birth_date.year < YOUNGEST_PARENT_YEARS:
        raise refusal("parent_too_young", field="birth_date")


def _require_new(home: Household, name: str, born: date) -> None:
    """The same birth sent twice makes one child."""
    known = Membership.objects.filter(
        household=home, valid_to=None, person__name=name, person__birth_date=born
    )
    if known.exists():
        raise refusal("person_already_there", field="name")


def _share_residences(parent: Person, child: Person, born: date, *, registered: bool) -> None:
    for row in parent.residences.filter(valid_to=None):
        if row.kind == ResidenceKind.ACTUAL or registered:
            facts.reside(
                child, row.kind, max(born, row.valid_from or born), door=row.dwelling, elsewhere=row.elsewhere
            )
