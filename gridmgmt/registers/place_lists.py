"""Households, dwellings, organisations and components of a place: the rows behind the figures, under the same conditions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from geodata.masking import mask_name
from geodata.models import Component, Dwelling, Household, Membership, Organisation
from geodata.models.household import HEAD
from gridmgmt.organisation.queries import under
from gridmgmt.organisation.scope import Scope
from gridmgmt.registers.readers import COUNTERS, require_reader
from gridmgmt.registers.search import Listing, narrowed

_SPOT = ("building__estate", "building__name", "building__address")


@dataclass(frozen=True, slots=True)
class Head:
    """Who keeps house, masked, and how many belong to the household."""

    person_id: UUID | None
    masked_name: str
    members: int


def households(scope: Scope, listing: Listing, text: str = "") -> QuerySet[Household]:
    """Households with people at a building, in the order of buildings and doors. Error: people_not_permitted."""
    belonging = Membership.objects.filter(household=OuterRef("pk"), valid_to=None)
    rows = Household.objects.filter(Exists(belonging)).select_related("building", "dwelling__entrance")
    rows = _within(rows, "building__cell_code", require_reader(scope).place_prefixes, listing)
    return _holding(rows, text, "number", *_SPOT).order_by(
        "building__cell_code", "building_id", "dwelling__floor", "dwelling__room", "id"
    )


def heads(of: Collection[Household]) -> dict[UUID, Head]:
    """Head and size of households, by two queries."""
    open_rows = Membership.objects.filter(household__in=[one.pk for one in of], valid_to=None)
    sizes = dict(open_rows.values_list("household_id").annotate(Count("id")).order_by())
    named = {row.household_id: row.person for row in open_rows.filter(relation=HEAD).select_related("person")}
    return {
        key: Head(named[key].pk, mask_name(named[key].name), size) if key in named else Head(None, "", size)
        for key, size in sizes.items()
    }


def dwellings(scope: Scope, listing: Listing, text: str = "") -> QuerySet[Dwelling]:
    """Doors, in the order of buildings, floors and rooms."""
    rows = Dwelling.objects.select_related("building", "entrance")
    rows = _within(rows, "building__cell_code", scope.prefixes_of(*COUNTERS), listing)
    return _holding(rows, text, *_SPOT).order_by("building__cell_code", "building_id", "floor", "room", "id")


def organisations(scope: Scope, listing: Listing, text: str = "") -> QuerySet[Organisation]:
    """Shops, companies, schools … by cell and name."""
    rows = Organisation.objects.select_related("building").defer("geom", "geom_3857")
    rows = _within(rows, "cell_code", scope.prefixes_of(*COUNTERS), listing)
    return _holding(rows, text, "name", "address", "credit_code").order_by("cell_code", "name", "id")


def components(scope: Scope, listing: Listing, text: str = "") -> QuerySet[Component]:
    """City components by code."""
    rows = Component.objects.defer("geom", "geom_3857")
    rows = _within(rows, "cell_code", scope.prefixes_of(*COUNTERS), listing)
    return _holding(rows, text, "name", "code", "owner_key").order_by("code", "id")


def _within(rows: QuerySet[Any], code: str, prefixes: tuple[str, ...], listing: Listing) -> QuerySet[Any]:
    inside = rows.filter(under(code, narrowed(prefixes, listing.place)))
    return inside.filter(**{code: listing.place}) if listing.only else inside


def _holding(rows: QuerySet[Any], text: str, *fields: str) -> QuerySet[Any]:
    """Rows with the text in one of the fields; all of them without a text."""
    condition = Q()
    for field in fields if text else ():
        condition |= Q(**{f"{field}__icontains": text})
    return rows.filter(condition)
