"""The records amendments are about: which one, where it is now, its version, and holding it while something is decided.

An amendment keeps no place of its own: it is where its record is, also after a move or when cells are drawn anew.
"""

from __future__ import annotations

from uuid import UUID

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from geodata.models import Dwelling, Household, Person
from gridmgmt.organisation.models import Role
from gridmgmt.organisation.scope import Scope
from gridmgmt.registers import history, taking
from gridmgmt.registers.amendment_fields import Row, row_of
from gridmgmt.registers.errors import refusal
from gridmgmt.registers.models import Amendment, PersonMerge

SENDERS = (Role.WORKER, *taking.KEEPERS)
RECORDS = ("person__building", "household__building", "dwelling__building")


def amendable(register: str, row_id: UUID, scope: Scope) -> Row:
    """The record, when somebody may amend it; of a record that was merged the one that stayed.

    Errors: person_unknown, household_unknown, dwelling_unknown 404, amendment_not_permitted 403."""
    found: Row | None
    if register == "person":
        found = Person.objects.select_related("building").filter(pk=_standing_for(row_id)).first()
    elif register == "household":
        found = Household.objects.select_related("building").filter(pk=row_id).first()
    else:
        found = Dwelling.objects.select_related("building").filter(pk=row_id).first()
    if found is None or not scope.covers(place_of(found)):
        raise refusal(f"{register}_unknown")
    if not scope.holds(place_of(found), *SENDERS):
        raise refusal("amendment_not_permitted")
    return found


def place_of(row: Row) -> str:
    """The code by which scope is asked."""
    if isinstance(row, Person):
        return row.cell_code
    return taking.code_of(row) if isinstance(row, Household) else row.building.cell_code


def place_now(amendment: Amendment) -> str:
    """The code where the record of an amendment is now."""
    return place_of(row_of(amendment))


def placed() -> QuerySet[Amendment]:
    """Amendments with their records and ``place``, the code where the record is now (as ``place_of`` says)."""
    members = Person.objects.filter(
        memberships__household=OuterRef("household"), memberships__valid_to=None
    ).order_by("memberships__relation")
    place = Coalesce(
        "person__cell_code",
        "dwelling__building__cell_code",
        "household__building__cell_code",
        Subquery(members.values("cell_code")[:1]),
        F("county"),
    )
    return Amendment.objects.select_related(*RECORDS).annotate(place=place)


def version_of(amendment: Amendment) -> int:
    """The version of the record an amendment is about."""
    if amendment.person_id:
        return history.person_version(amendment.person_id)
    if amendment.household_id:
        return history.household_version(amendment.household_id)
    return history.dwelling_version(amendment.dwelling_id) if amendment.dwelling_id else 0


def hold(amendment: Amendment) -> None:
    """Locks the record and puts it on the amendment as it is now: nobody changes it before the transaction ends.

    Of somebody who may leave a household the household first, as everybody locks. Error register_changed 409 when the record
    was merged into another one meanwhile."""
    found: Row | None = None
    if amendment.person_id:
        home = taking.household_of(amendment.person_id) if amendment.field == "gone" else None
        if home is not None:
            Household.objects.select_for_update().filter(pk=home).first()
        found = Person.objects.select_for_update().filter(pk=amendment.person_id).first()
        amendment.person = found
    elif amendment.household_id:
        found = Household.objects.select_for_update().filter(pk=amendment.household_id).first()
        amendment.household = found
    elif amendment.dwelling_id:
        found = Dwelling.objects.select_for_update().filter(pk=amendment.dwelling_id).first()
        amendment.dwelling = found
    if found is None:
        raise refusal("register_changed")


def _standing_for(person_id: UUID) -> UUID:
    """The record that stayed when this one was merged into another, as often as that happened."""
    merged = PersonMerge.objects.filter(gone=person_id, undone_at=None).order_by("-at").first()
    return _standing_for(merged.kept) if merged else person_id
