"""Cases near a case, in words: for its panel and for the list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext

from gridmgmt.cases import duplicates
from gridmgmt.cases.models import Case, Photo, PhotoState
from gridmgmt.organisation.scope import Scope
from map_ui import case_filters, words


@dataclass(frozen=True, slots=True)
class NearLine:
    """Another case that may be the same matter."""

    case: Case
    distance: int
    age: str
    earlier: bool
    stage: str
    photo: UUID | None


@dataclass(frozen=True, slots=True)
class Before:
    """The finished case at the same place."""

    case: Case
    distance: int
    after: str


def near_context(case: Case, scope: Scope, offers: Iterable[str]) -> dict[str, Any]:
    """What the panel shows of neighbours: near open ones with a photo each, and the one finished before."""
    found = duplicates.near(scope, case) if case.closed_at is None else []
    photos = first_photos([case.pk, *(one.case.pk for one in found)]) if found else {}
    stages = case_filters.stage_names() if found else {}
    return {
        "near": [
            NearLine(
                case=one.case,
                distance=round(one.distance_m),
                age=age(one.apart),
                earlier=one.apart <= timedelta(0),
                stage=stages.get(one.case.stage, one.case.stage),
                photo=photos.get(one.case.pk),
            )
            for one in found
        ],
        "own_photo": photos.get(case.pk),
        "may_merge": "merge" in set(offers),
        "before": before(case, scope),
    }


def before(case: Case, scope: Scope) -> Before | None:
    """The finished case that this one may be a return of."""
    found = duplicates.finished_before(scope, case)
    if found is None:
        return None
    return Before(found[0], round(found[1].distance_m), words.duration(found[1].after))


def age(apart: timedelta) -> str:
    """How much earlier or later it was reported, in words."""
    if apart <= timedelta(0):
        return gettext("%(span)s earlier") % {"span": words.duration(-apart)}
    return gettext("%(span)s later") % {"span": words.duration(apart)}


def first_photos(cases: list[UUID]) -> dict[UUID, UUID]:
    """{case: its first stored photo before the work}."""
    rows = Photo.objects.filter(case_id__in=cases, state=PhotoState.STORED, role=Photo.Role.BEFORE)
    return dict(rows.order_by("case_id", "position", "id").distinct("case_id").values_list("case_id", "pk"))
