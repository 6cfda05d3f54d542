"""Reads of cases, always within a scope: list, one case, tracker, explanation, map and cell figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.contrib.gis.geos import Polygon
from django.db.models import Case as Choice
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from geodata.crs import SRID_WGS84
from geodata.models import Cell, Edition, EditionState
from gridmgmt.cases import errors
from gridmgmt.cases.lamps import lamp_expression
from gridmgmt.cases.models import Case, CaseHistory, RoutingRule
from gridmgmt.organisation.models import Department
from gridmgmt.organisation.scope import Scope, visible

MOST_ROWS = 200
MOST_POINTS = 20_000
RECENTLY = timedelta(hours=24)
ORDERS: dict[str, list[Any]] = {
    "newest": ["-reported_at"],
    "oldest": ["reported_at"],
    "due": [F("paused_at").asc(nulls_first=True), "due_at", "-reported_at"],  # paused ones can wait
    "stage": ["stage", "due_at"],
    "number": ["-number"],
}


@dataclass(frozen=True, slots=True)
class CaseFilters:
    """Filters of a case list; empty means any. ``lamp`` and ``state`` (open, closed, all) as in the page."""

    state: str = "open"
    stage: str = ""
    lamp: str = ""
    category: str = ""
    code: str = ""
    department: str = ""
    source: str = ""
    assignee: UUID | None = None
    since: date | None = None
    until: date | None = None
    text: str = ""
    order: str = "due"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of rows and how many there are in all."""

    rows: list[Case]
    total: int
    page: int
    size: int

    @property
    def pages(self) -> int:
        """Number of pages, at least one."""
        return max(1, -(-self.total // self.size))


def cases_in(scope: Scope, *, now: datetime | None = None) -> QuerySet[Any]:
    """Cases of a scope with their lamp annotated as ``lamp``."""
    return visible(scope, Case.objects.all()).annotate(lamp=lamp_expression(now or timezone.now()))


def matters_in(scope: Scope, *, now: datetime | None = None) -> QuerySet[Any]:
    """Cases as lists and maps count them, each once: a branch stands only for those who do not see its joint case."""
    rows = cases_in(scope, now=now)
    if scope.everything or not any(held.department_only for held in scope.held):
        return rows.filter(parent=None)
    seen = visible(scope, Case.objects.filter(pk=OuterRef("parent_id")))
    return rows.filter(Q(parent=None) | ~Exists(seen))


def work_in(scope: Scope, *, now: datetime | None = None) -> QuerySet[Any]:
    """Cases as departments have them in hand: the branches instead of their joint case."""
    return cases_in(scope, now=now).exclude(joint=True)


def filtered(scope: Scope, filters: CaseFilters, *, now: datetime | None = None) -> QuerySet[Any]:
    """Cases of a scope that pass the filters, in the wished order. Asked for a department or a person: their branches."""
    whose = bool(filters.department or filters.assignee)
    rows = work_in(scope, now=now) if whose else matters_in(scope, now=now)
    if "-" in filters.text.partition("-")[2]:  # the number of a branch
        rows = cases_in(scope, now=now)
    if filters.state in ("open", "closed"):
        rows = rows.filter(closed_at__isnull=filters.state == "open")
    exact = {
        "stage": filters.stage,
        "lamp": filters.lamp,
        "source_id": filters.source,
        "assignee_id": filters.assignee,
    }
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    prefixes = {"category__key__startswith": filters.category, "cell_code__startswith": filters.code}
    rows = rows.filter(**{name: value for name, value in prefixes.items() if value})
    if filters.department:
        rows = rows.filter(department__key=filters.department)
    rows = _between(rows, filters.since, filters.until)
    if filters.text:
        rows = rows.filter(
            Q(number__icontains=filters.text)
            | Q(text__icontains=filters.text)
            | Q(address__icontains=filters.text)
        )
    return rows.order_by(*ORDERS.get(filters.order, ORDERS["due"]), "pk")


def _between(rows: QuerySet[Any], since: date | None, until: date | None) -> QuerySet[Any]:
    """Reported on local days from ``since`` to ``until``, both included."""
    zone = timezone.get_default_timezone()
    if since:
        rows = rows.filter(reported_at__gte=datetime.combine(since, time.min, tzinfo=zone))
    if until and until < date.max:
        rows = rows.filter(reported_at__lt=datetime.combine(until + timedelta(days=1), time.min, tzinfo=zone))
    return rows


def case_list(scope: Scope, *, filters: CaseFilters, page: int = 1, size: int = 50) -> Page:
    """A page of cases with category, department and source loaded."""
    size = max(1, min(size, MOST_ROWS))
    rows = filtered(scope, filters)
    total = rows.count()
    page = max(1, min(page, -(-total // size) or 1))
    chosen = rows.select_related("category", "department", "source", "assignee")[
        (page - 1) * size : page * size
    ]
    return Page(list(chosen), total, page, size)


def branches_of(scope: Scope, cases: Collection[UUID], *, now: datetime) -> dict[UUID, list[Case]]:
    """Visible branches of joint cases in their order, with lamp, department and person."""
    found: dict[UUID, list[Case]] = defaultdict(list)
    if cases:
        rows = cases_in(scope, now=now).filter(parent_id__in=cases)
        for branch in rows.select_related("department", "assignee").order_by("pk"):
            found[branch.parent_id].append(branch)
    return found


def case_by_number(scope: Scope, number: str) -> Case:
    """One visible case with what its panel shows. Error case_unknown 404."""
    case: Case | None = (
        cases_in(scope)
        .select_related(
            "category",
            "standard",
            "department",
            "source",
            "assignee",
            "reporter",
            "procedure",
            "master",
            "parent__department",
            "component",
        )
        .filter(number=number)
        .first()
    )
    if case is None:
        raise errors.case_unknown()
    return case


def tracker(case: Case) -> list[CaseHistory]:
    """Every step with who and when, oldest first."""
    return list(case.history.select_related("actor", "department", "position").order_by("seq"))


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a case came to its department."""

    reason: str
    rule: RoutingRule | None
    rule_key: str
    runner_up_key: str
    runner_up_department: Department | None
    tied: bool
    cell_code: str
    exact: bool
    edition: Edition | None


def explain(case: Case) -> Explanation:
    """The decision stored with the case, with the rows it names as far as they still exist."""
    kept: dict[str, Any] = case.decision
    second = kept.get("runner_up_department") or ""
    codes = [case.cell_code[:digits] for digits in (12, 9, 6) if len(case.cell_code) >= digits]
    return Explanation(
        reason=kept.get("reason", ""),
        rule=RoutingRule.objects.filter(pk=str(kept["rule_id"])).first() if kept.get("rule_id") else None,
        rule_key=kept.get("rule") or "",
        runner_up_key=kept.get("runner_up") or "",
        runner_up_department=Department.objects.filter(key=second, scope_code__in=codes).first()
        if second
        else None,
        tied=bool(kept.get("tied")),
        cell_code=kept.get("cell") or case.cell_code,
        exact=bool(kept.get("exact", True)),
        edition=Edition.objects.filter(pk=case.edition_id).first() if case.edition_id else None,
    )


def cell_summary(scope: Scope, *, now: datetime | None = None) -> list[dict[str, Any]]:
    """Open cases per cell of today's map with how many are near and over: [{code, open, yellow, red, grey}].

    A case keeps the code it was routed by; one routed by an older edition is counted where it lies now.
    """
    counts: dict[str, dict[str, int]] = defaultdict(lambda: {"open": 0, "yellow": 0, "red": 0, "grey": 0})
    cases = matters_in(scope, now=now).filter(closed_at=None).order_by()
    today = Q(edition_id__in=Edition.objects.filter(state=EditionState.ACTIVE).values("pk"))
    cell_now = (
        Cell.objects.filter(active=True, geom__covers=OuterRef("geom")).order_by("code").values("code")[:1]
    )
    # The place is looked up only for rows of an older edition: CASE leaves its other branch alone.
    cell = When(today, then=F("cell_code"))
    rows = cases.annotate(cell=Choice(cell, default=Coalesce(Subquery(cell_now), F("cell_code"))))
    for code, lamp, number in rows.values_list("cell", "lamp").annotate(n=Count("pk")):
        counts[code]["open"] += number
        if lamp in counts[code]:
            counts[code][lamp] += number
    return [{"code": code, **numbers} for code, numbers in sorted(counts.items())]


def key_figures(scope: Scope, *, now: datetime | None = None) -> dict[str, int]:
    """Open, near the limit, over it, paused; reported and closed since local midnight."""
    now = now or timezone.now()
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    cases = matters_in(scope, now=now)
    return cases.aggregate(
        open=Count("pk", filter=Q(closed_at=None)),
        yellow=Count("pk", filter=Q(lamp="yellow")),
        red=Count("pk", filter=Q(lamp="red")),
        grey=Count("pk", filter=Q(lamp="grey")),
        reported_today=Count("pk", filter=Q(reported_at__gte=midnight)),
        closed_today=Count("pk", filter=Q(closed_at__gte=midnight)),
    )


def map_points(
    scope: Scope,
    *,
    bbox: tuple[float, float, float, float] | None = None,
    since: datetime | None = None,
    now: datetime | None = None,
) -> dict[str, Any]:
    """Open and recently closed cases as GeoJSON points: id, number, stage, lamp, category, icon, cell, due."""
    now = now or timezone.now()
    rows = matters_in(scope, now=now).filter(Q(closed_at=None) | Q(closed_at__gte=now - RECENTLY))
    if bbox is not None:
        box = Polygon.from_bbox(bbox)
        box.srid = SRID_WGS84
        rows = rows.filter(geom__intersects=box)
    if since is not None:
        rows = rows.filter(history__at__gte=since).distinct()
    names = (
        "pk",
        "number",
        "stage",
        "version",
        "lamp",
        "category_id",
        "category__icon",
        "cell_code",
        "due_at",
        "geom",
    )
    features = [_feature(row) for row in rows.order_by("-reported_at").values_list(*names)[:MOST_POINTS]]
    return {"type": "FeatureCollection", "features": features, "at": now.isoformat()}


def _feature(row: tuple[Any, ...]) -> dict[str, Any]:
    pk, number, stage, version, lamp, category, icon, cell_code, due_at, geom = row
    return {
        "type": "Feature",
        "id": str(pk),
        "geometry": {"type": "Point", "coordinates": [round(geom.x, 7), round(geom.y, 7)]},
        "properties": {
            "number": number,
            "stage": stage,
            "version": version,
            "lamp": lamp,
            "category": category,
            "icon": icon,
            "cell_code": cell_code,
            "due_at": due_at.isoformat() if due_at else None,
        },
    }
