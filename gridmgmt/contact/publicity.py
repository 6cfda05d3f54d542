"""What everybody may know of cases: which categories, from which stage on, and which facts of one. Everything else is left out.

Closed by default: a category that the file does not name, or a flow or stage that is not named here, shows nothing.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

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
    category: Category
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
    rows = Case.objects.filter(wanted).select_related("category", "standard", "department")
    # The columns that nobody here may see are not even read.
    return rows.defer("text", "address", "decision", "geom_3857")


def public_cases(rows: Collection[Case]) -> list[PublicCase]:
    """What everybody may know of these cases, by one further query."""
    codes = {row.cell_code[:digits] for row in rows for digits in (12, 9)}
    areas = {area.code: area for area in Area.objects.filter(code__in=codes).defer("geom", "geom_3857")}
    flows = reference.current().flows
    return [_public(row, flows[row.procedure_id], areas) for row in rows]


def _public(row: Case, flow: Flow, areas: dict[str, Area]) -> PublicCase:
    kind = openness(row.category_id) or Openness(SENDER, 2)
    is_open = row.closed_at is None and not (row.stage in flow.stages and flow.stages[row.stage].is_final)
    standard, department = row.standard, row.department
    dispatched = row.clock_started_at is not None and department is not None
    return PublicCase(
        number=row.number,
        is_open=is_open,
        words=words_of(flow, row.stage),
        category=row.category,
        condition=PublicWords(standard.condition, standard.condition_en) if standard else None,
        department=PublicWords(department.name, department.name_en) if dispatched and department else None,
        reported_at=row.reported_at,
        updated_at=row.closed_at or row.stage_since,
        due_at=row.due_at if is_open and row.paused_at is None else None,
        places=tuple(areas[code] for code in (row.cell_code[:12], row.cell_code[:9]) if code in areas),
        lat=round(row.geom.y, kind.decimals),
        lon=round(row.geom.x, kind.decimals),
    )
