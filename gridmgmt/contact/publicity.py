"""What everybody may know of cases: which categories, from which stage on, and which facts of one. Everything else is left out.

Closed by default: a category that the file does not name, or a flow or stage that is not named here, shows nothing.
"""

from __future__ import annotations

import csv
import functools
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from django.contrib.gis.geos import Point
from django.db.models import Exists, OuterRef, Q, QuerySet

from geodata.models import Area
from gridmgmt.cases import reference
from gridmgmt.cases.models import Case, CaseHistory, Category
from gridmgmt.cases.workflow import Flow
from gridmgmt.contact.public_words import PublicWords, words_of

EVERYBODY, SENDER = "everybody", "sender"
FILED = "pending_dispatch"
MERGED = "merged"
# From filing on, by flow. What is not filed yet, not accepted or void may be untrue of somebody.
PUBLISHED: dict[str, tuple[str, ...]] = {
    "street_case": (
        FILED, "pending_handle", "handling", "returned", "hung", "joint", "pending_check", "closed",
    ),
    "on_the_spot": ("closed",),
}  # fmt: skip


class Row(NamedTuple):
    """The columns that are read at all: what nobody here may see does not even leave the database."""

    number: str
    procedure_id: int
    stage: str
    cell_code: str
    geom: Point
    reported_at: datetime
    stage_since: datetime
    closed_at: datetime | None
    due_at: datetime | None
    paused_at: datetime | None
    clock_started_at: datetime | None
    category_id: str
    category__name: str
    category__name_en: str
    standard__condition: str | None
    standard__condition_en: str | None
    department__name: str | None
    department__name_en: str | None


class Openness(NamedTuple):
    """Whom a category is shown to, and to how many decimals of a degree its places are."""

    shown: str
    decimals: int


@dataclass(frozen=True, slots=True)
class PublicCase:
    """One case for everybody: no text, no name, no address of a door, no photo; ``lat``/``lon`` are rounded."""

    number: str
    is_open: bool
    words: PublicWords
    category_key: str
    category: PublicWords
    condition: PublicWords | None
    department: PublicWords | None
    reported_at: datetime
    updated_at: datetime
    due_at: datetime | None
    places: tuple[Area, ...]
    lat: float
    lon: float


@functools.cache
def _file() -> dict[str, Openness]:
    path = Path(__file__).resolve().parent / "data" / "public_categories.csv"
    with path.open(encoding="utf-8") as file:
        return {row["prefix"]: Openness(row["shown"], int(row["decimals"])) for row in csv.DictReader(file)}


def openness(category_key: str) -> Openness | None:
    """By the longest beginning that the file names; None: residents cannot report it by this way, nobody reads it."""
    known = _file()
    return next(
        (known[category_key[:n]] for n in range(len(category_key), 0, -1) if category_key[:n] in known), None
    )


def keys_shown(*shown: str) -> list[str]:
    """Keys of the categories that are shown to these."""
    found = ((key, openness(key)) for key in reference.current().categories)
    return [key for key, kind in found if kind is not None and kind.shown in shown]


def reportable() -> QuerySet[Category]:
    """Categories that residents may report by another program."""
    return Category.objects.filter(key__in=keys_shown(EVERYBODY, SENDER), active=True)


def published() -> Q:
    """Cases that everybody may know of."""
    stages = Q(pk__in=[])
    for flow, names in PUBLISHED.items():
        stages |= Q(procedure__key=flow, stage__in=names)
    was_filed = Exists(CaseHistory.objects.filter(case=OuterRef("pk"), to_stage=FILED))
    public = Q(parent=None, category_id__in=keys_shown(EVERYBODY))
    return public & (stages | (Q(stage=MERGED) & Q(was_filed)))


def cases(*, own: UUID | None = None) -> QuerySet[Case]:
    """Published cases; with ``own`` also everything that this account sent, in whatever stage."""
    wanted = published()
    if own is not None:
        wanted |= Q(parent=None, reporter_id=own, category_id__in=keys_shown(EVERYBODY, SENDER))
    return Case.objects.filter(wanted)


def public_cases(found: QuerySet[Case]) -> list[PublicCase]:
    """What everybody may know of these cases; two queries and no row of the model, however many they are."""
    rows = [Row(*row) for row in found.values_list(*Row._fields)]
    codes = {row.cell_code[:digits] for row in rows for digits in (12, 9)}
    areas = {area.code: area for area in Area.objects.filter(code__in=codes).defer("geom", "geom_3857")}
    flows = reference.current().flows
    return [_public(row, flows[row.procedure_id], areas) for row in rows]


def _public(row: Row, flow: Flow, areas: dict[str, Area]) -> PublicCase:
    kind = openness(row.category_id) or Openness(SENDER, 2)
    is_open = row.closed_at is None and not (row.stage in flow.stages and flow.stages[row.stage].is_final)
    dispatched = row.clock_started_at is not None
    return PublicCase(
        number=row.number,
        is_open=is_open,
        words=words_of(flow, row.stage),
        category_key=row.category_id,
        category=PublicWords(row.category__name, row.category__name_en),
        condition=_words(row.standard__condition, row.standard__condition_en),
        department=_words(row.department__name, row.department__name_en) if dispatched else None,
        reported_at=row.reported_at,
        updated_at=row.closed_at or row.stage_since,
        due_at=row.due_at if is_open and row.paused_at is None else None,
        places=tuple(areas[code] for code in (row.cell_code[:12], row.cell_code[:9]) if code in areas),
        lat=round(row.geom.y, kind.decimals),
        lon=round(row.geom.x, kind.decimals),
    )


def _words(name: str | None, name_en: str | None) -> PublicWords | None:
    return PublicWords(name, name_en or "") if name else None
