"""Dated facts of people: memberships and residences are closed on a day and opened from it, never overlapping.

Periods hold from their first day up to, not including, their last.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Max
from django.db.models.functions import Coalesce, Greatest

from geodata.models import Dwelling, Household, Membership, Person, Residence
from geodata.models.household import HEAD, ResidenceKind
from gridmgmt.registers import relations
from gridmgmt.registers.errors import refusal

_EVER: Final = date(1, 1, 1)
# Who lives alone follows from the households that gained or lost somebody. Index: membership (household), (person).
_ALONE: Final = """
UPDATE geodata_person p SET lives_alone = n.alone, updated_at = now() FROM (
  SELECT x.id, coalesce((SELECT count(*) = 1 FROM geodata_membership o WHERE o.household_id = m.household_id
                         AND o.valid_to IS NULL), false) AND m.id IS NOT NULL AS alone
  FROM geodata_person x LEFT JOIN geodata_membership m ON m.person_id = x.id AND m.valid_to IS NULL
  WHERE x.id = ANY(%(persons)s) OR m.household_id = ANY(%(households)s)) n
WHERE n.id = p.id AND p.lives_alone <> n.alone
"""


def require_after(person_ids: Iterable[UUID], on: date) -> None:
    """No fact of these people may begin or have ended later than the day. Error: day_before_start 422."""
    latest = _EVER
    for rows in (Membership.objects, Residence.objects):
        found = rows.filter(person_id__in=list(person_ids)).aggregate(
            last=Max(Greatest(Coalesce("valid_to", _EVER), Coalesce("valid_from", _EVER)))
        )["last"]
        latest = max(latest, found or _EVER)
    if on < latest:
        raise refusal("day_before_start", field="on", earliest=latest.isoformat())


def join(one: Person, into: Household, relation: str, on: date) -> None:
    """A membership from a day."""
    Membership.objects.create(
        county=into.county, person=one, household=into, relation=relation, valid_from=on
    )


def leave(memberships: Iterable[Membership], on: date) -> None:
    """Closes memberships."""
    for row in memberships:
        row.valid_to = on
        row.save(update_fields=["valid_to"])


def reside(one: Person, kind: str, on: date, *, door: Dwelling | None = None, elsewhere: str = "") -> None:
    """Closes a residence of this kind, if one is open, and opens another. Without door and address: only closes."""
    Residence.objects.filter(person=one, kind=kind, valid_to=None).update(valid_to=on)
    if door is not None or elsewhere:
        Residence.objects.create(
            county=one.county, person=one, kind=kind, dwelling=door, building=door.building if door else None,
            elsewhere=elsewhere[:160], valid_from=on,
        )  # fmt: skip


def live_at(one: Person, door: Dwelling, on: date) -> None:
    """The actual residence; place and scope of the person follow its building."""
    one.building, one.cell_code, one.county = door.building, door.building.cell_code, door.building.county
    one.save(update_fields=["building", "cell_code", "county", "updated_at"])
    reside(one, ResidenceKind.ACTUAL, on, door=door)


def registered_at(one: Person) -> Residence | None:
    """The registered residence now."""
    return Residence.objects.filter(person=one, kind=ResidenceKind.REGISTERED, valid_to=None).first()


def leave_household(
    rows: Collection[Membership],
    leaving: Collection[UUID],
    on: date,
    *,
    new_head: UUID | None,
    said: Mapping[UUID, str],
) -> None:
    """Of a household's open memberships those of ``leaving`` end; who stays has a head. Errors: settle_head, require_after."""
    gone = [row for row in rows if row.person_id in leaving]
    staying = [row for row in rows if row.person_id not in leaving]
    if any(row.relation == HEAD for row in gone):
        require_after([row.person_id for row in staying], on)
    leave(gone, on)
    settle_head(staying, new_head=new_head, said=said, on=on)


def settle_head(
    remaining: Collection[Membership], *, new_head: UUID | None, said: Mapping[UUID, str], on: date
) -> None:
    """Those who stay have exactly one head afterwards; relations of the others are asked anew when it changes.

    Errors: head_needed, head_stays, head_not_a_member, relations_incomplete, one_head_only, relation_unknown 422."""
    head = next((row for row in remaining if row.relation == HEAD), None)
    if not remaining:
        return
    if head is not None:
        if new_head is not None and new_head != head.person_id:
            raise refusal("head_stays")
        return
    if new_head is None:
        raise refusal("head_needed", field="new_head")
    rename(remaining, new_head=new_head, said=said, on=on)


def rename(rows: Collection[Membership], *, new_head: UUID, said: Mapping[UUID, str], on: date) -> None:
    """Gives everybody their relation to another head from a day; errors as ``settle_head``."""
    others = {row.person_id for row in rows} - {new_head}
    if new_head not in {row.person_id for row in rows}:
        raise refusal("head_not_a_member", field="new_head")
    if set(said) - {new_head} != others:
        raise refusal("relations_incomplete", missing=[str(key) for key in sorted(others - set(said))])
    wanted = {key: relations.checked(said[key]) for key in others} | {new_head: HEAD}
    changed = [row for row in rows if row.relation != wanted[row.person_id]]
    # the old head goes first: two open heads are refused by the database
    for row in sorted(changed, key=lambda row: row.relation != HEAD):
        if row.valid_from == on and wanted[row.person_id] != HEAD:
            row.relation = wanted[row.person_id]
            row.save(update_fields=["relation"])
        else:
            leave([row], on)
    for row in changed:
        if row.valid_to is not None:
            join(row.person, row.household, wanted[row.person_id], on)


def count_alone(*, people: Iterable[UUID] = (), homes: Iterable[UUID] = ()) -> None:
    """Marks who lives alone, of these people and of everybody in these households."""
    with connection.cursor() as cursor:
        cursor.execute(_ALONE, {"persons": list(people), "households": list(homes)})
