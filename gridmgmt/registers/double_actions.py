"""Deciding about doubles: two people after all, one person (merged, field by field), and a merge taken back exactly.

Of a merged pair one record stays. Facts of the other whose time is free are carried over; where both have one at the same time,
those of one side are taken as a whole. Every row is kept as it was, so taking back restores both.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from geodata.acting import acting
from geodata.ids import uuid7
from geodata.models import Household, Membership, Person, Residence
from geodata.models.household import HEAD
from gridmgmt.organisation.models import User
from gridmgmt.organisation.queries import under
from gridmgmt.organisation.scope import Scope, scope_of
from gridmgmt.registers import facts, history, merge_images, numbers, person_fields, taking
from gridmgmt.registers.doubles import visible
from gridmgmt.registers.errors import refusal
from gridmgmt.registers.models import Double, DoubleState, PersonMerge
from gridmgmt.registers.reading import checked_reason

FACTS: Final = "facts"
CHOICES: Final = (*person_fields.FIELDS, FACTS)
"""What is chosen in a merge: each field, and whose household and residences hold."""
KEPT, GONE = "kept", "gone"


@transaction.atomic
def say_different(*, double_id: UUID, note: str, by: User, at: datetime) -> Double:
    """Two people: never proposed again. Said already: the same answer. Errors: double_unknown, reason_missing."""
    found = visible(scope_of(by)).select_for_update(of=("self",)).filter(pk=double_id).first()
    if found is None:
        raise refusal("double_unknown")
    kept = checked_reason(note)
    if found.state == DoubleState.OPEN:
        found.state, found.decided_by, found.decided_at = DoubleState.DIFFERENT, by, at
        found.note = kept
        found.save()
    return found


@transaction.atomic
def ask_again(*, double_id: UUID, by: User) -> Double:
    """Takes "two people" back. Error: double_unknown."""
    found = visible(scope_of(by)).select_for_update(of=("self",)).filter(pk=double_id).first()
    if found is None:
        raise refusal("double_unknown")
    found.state, found.decided_by, found.decided_at, found.note = DoubleState.OPEN, None, None, ""
    found.save()
    return found


def merge(
    *,
    double_id: UUID,
    kept_id: UUID,
    chosen: Mapping[str, str],
    reason: str,
    by: User,
    at: datetime,
    versions: Mapping[UUID, int],
) -> PersonMerge:
    """Makes one record of a pair that is open. ``chosen``: field → "kept" or "gone"; what is not named stays as kept.

    Errors: double_unknown 404, double_decided 409, person_unknown, register_changed, other_county, field_unknown,
    reason_missing, double_is_head 409 (the facts not taken would leave a household without its head), id_no_contradicts.
    """
    if not set(chosen) <= set(CHOICES) or not set(chosen.values()) <= {KEPT, GONE}:
        raise refusal("field_unknown", field=next(iter(set(chosen) - set(CHOICES)), ""))
    said = checked_reason(reason)
    with acting(by=by.pk, cause="merge", at=at, ref=(merge_id := uuid7())):
        kept, gone = _both(double_id, kept_id, by=by, versions=versions)
        gone_id = gone.pk
        images = merge_images.take(kept, gone)
        homes = list(
            Household.objects.filter(memberships__person__in=[kept, gone]).values_list("pk", flat=True)
        )
        _take_facts(kept, gone, whose=chosen.get(FACTS, KEPT))
        moved, dropped = merge_images.point_to(kept, gone)
        wanted = _values(gone, chosen)
        place = gone if chosen.get(FACTS) == GONE else kept
        Double.objects.filter(first__in=[kept, gone], second__in=[kept, gone]).delete()
        gone.delete()
        gone.pk = gone_id
        person_fields.write(kept, wanted)
        kept.building_id, kept.cell_code, kept.life_state = (
            place.building_id,
            place.cell_code,
            place.life_state,
        )
        with numbers.taken_once():
            kept.save()
        facts.count_alone(people=[kept.pk], homes=homes)
        return PersonMerge.objects.create(
            id=merge_id,
            county=kept.county,
            cell_code=kept.cell_code,
            kept=kept_id,
            gone=gone_id,
            chosen={name: chosen.get(name, KEPT) for name in CHOICES},
            reason=said,
            images=images | dropped,
            moved=moved,
            print_after=merge_images.fingerprint(kept_id),
            by=by,
            at=at,
        )


def unmerge(*, merge_id: UUID, by: User, at: datetime) -> PersonMerge:
    """Both records as they were, for a keeper of both places. Taken back already: the same answer.

    Errors: merge_unknown 404, register_not_permitted 403, unmerge_changed 409 (the record was changed since), unmerge_in_use."""
    with acting(by=by.pk, cause="unmerge", at=at, ref=merge_id):
        done = PersonMerge.objects.select_for_update().filter(pk=merge_id).first()
        places = merge_images.places(done) if done else set()
        if done is None or not all(scope_of(by).covers(code) for code in places):
            raise refusal("merge_unknown")
        for code in places:
            taking.require_keeper(by, code)
        if done.undone_at is not None:
            return done
        taking.person(done.kept, by=by)
        if merge_images.fingerprint(done.kept) != done.print_after:
            raise refusal("unmerge_changed")
        try:
            with transaction.atomic():
                merge_images.put_back(done)
                facts.count_alone(people=[done.kept, done.gone], homes=_homes([done.kept, done.gone]))
        except IntegrityError:
            raise refusal("unmerge_in_use") from None
        done.undone_by, done.undone_at = by, at
        done.save(update_fields=["undone_by", "undone_at"])
        return done


def merges(scope: Scope, *, person_id: UUID | None = None) -> QuerySet[PersonMerge]:
    """The decision log a keeper may read, newest first: of places where the record that stayed is now; of one that was merged
    on, where it was at last."""
    now = Person.objects.filter(pk=OuterRef("kept")).values("cell_code")
    rows = PersonMerge.objects.select_related("by", "undone_by")
    rows = rows.annotate(place=Coalesce(Subquery(now), "cell_code"))
    rows = rows.filter(kept=person_id) if person_id else rows
    return rows.filter(under("place", scope.prefixes_of(*taking.KEEPERS)))


def _both(double_id: UUID, kept_id: UUID, *, by: User, versions: Mapping[UUID, int]) -> tuple[Person, Person]:
    """The two of a pair that nobody has decided about, all three rows locked: people first, as when one pair's merge takes
    other pairs of them away."""
    pairs = visible(scope_of(by)).filter(pk=double_id)
    both = pairs.values_list("first_id", "second_id").first()
    if both is None:
        raise refusal("double_unknown")
    found = {one.pk: one for one in taking.persons(both, by=by)}
    pair = Double.objects.select_for_update().filter(pk=double_id).first()
    if pair is None:
        raise refusal("double_unknown")
    if pair.state != DoubleState.OPEN:
        raise refusal("double_decided", state=pair.state)
    if kept_id not in found:
        raise refusal("person_unknown")
    gone_id = next(key for key in found if key != kept_id)
    for key in found:
        if versions.get(key) != history.person_version(key):
            raise refusal("register_changed")
    kept, gone = found[kept_id], found[gone_id]
    if kept.county != gone.county:
        raise refusal("other_county")
    return kept, gone


def _values(gone: Person, chosen: Mapping[str, str]) -> dict[str, str]:
    """What the record that stays takes from the other one, opened to be sealed anew for its row."""
    return {
        field: person_fields.opened(gone, field)
        for field in person_fields.FIELDS
        if chosen.get(field) == GONE and person_fields.opened(gone, field)
    }


def _take_facts(kept: Person, gone: Person, *, whose: str) -> None:
    """Facts of the side taken as a whole stay; those of the other fill times that are free, the rest goes."""
    first, second = (kept, gone) if whose == KEPT else (gone, kept)
    for model, same in ((Membership, ()), (Residence, ("kind",))):
        firm = list(model.objects.filter(person=first))
        for row in list(model.objects.filter(person=second)):
            rivals = [one for one in firm if all(getattr(one, name) == getattr(row, name) for name in same)]
            if any(merge_images.overlap(row, one) for one in rivals):
                _require_no_head(row)
                row.delete()
        model.objects.filter(person=gone).update(person=kept)


def _require_no_head(row: Any) -> None:
    """The head of others cannot be dropped by a merge."""
    if isinstance(row, Membership) and row.relation == HEAD and row.valid_to is None:
        others = Membership.objects.filter(household_id=row.household_id, valid_to=None).exclude(pk=row.pk)
        if others.exists():
            raise refusal("double_is_head")


def _homes(people: list[UUID]) -> list[UUID]:
    return list(
        Membership.objects.filter(person__in=people, valid_to=None).values_list("household_id", flat=True)
    )
