"""Filters of the case list as they stand in the address; what cannot be read is left out, never an error page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from django.db.models import Count

from geodata.models import Area
from gridmgmt.cases import queries, reference
from gridmgmt.cases.models import CaseSource, Category
from gridmgmt.cases.queries import ORDERS, CaseFilters
from gridmgmt.organisation.models import Department
from gridmgmt.organisation.scope import Scope, visible
from map_ui.language import in_english, in_language
from map_ui.words import LAMPS

STATES = ("open", "closed", "all")
TEXTS = ("stage", "category", "code", "department", "source")
LONGEST = 60


def read_filters(given: Mapping[str, str]) -> CaseFilters:
    """Filters from query parameters."""
    state = given.get("state", "open")
    order = given.get("order", "due")
    lamp = given.get("lamp", "")
    return CaseFilters(
        state=state if state in STATES else "open",
        lamp=lamp if lamp in LAMPS else "",
        since=_day(given.get("since", "")),
        until=_day(given.get("until", "")),
        text=_clean(given.get("text", "")),
        order=order if order in ORDERS else "due",
        stage=_clean(given.get("stage", "")),
        category=_clean(given.get("category", "")),
        code=_clean(given.get("code", "")),
        department=_clean(given.get("department", "")),
        source=_clean(given.get("source", "")),
    )


def page_number(given: Mapping[str, str]) -> int:
    """The wished page, 1 when it cannot be read."""
    text = given.get("page", "1")
    return int(text) if text.isdecimal() and len(text) < 7 else 1


def as_query(filters: CaseFilters, **changes: object) -> str:
    """The address part for the filters with some of them changed; defaults are left out."""
    plain = CaseFilters()
    pairs = {
        name: value
        for name in ("state", *TEXTS, "lamp", "since", "until", "text", "order")
        if (value := getattr(filters, name)) != getattr(plain, name)
    }
    pairs |= changes
    return urlencode({name: value for name, value in pairs.items() if value})


FOLDED = ("category", "code", "department", "source", "since", "until")


def folded(filters: CaseFilters) -> int:
    """How many of the folded-away filters are in use."""
    plain = CaseFilters()
    return sum(getattr(filters, name) != getattr(plain, name) for name in FOLDED)


def narrowed(filters: CaseFilters) -> bool:
    """True when any filter narrows the list; state and order do not."""
    return bool(folded(filters) or filters.stage or filters.lamp or filters.text)


@dataclass(frozen=True, slots=True)
class StageTab:
    """A stage with the number of open cases in it."""

    key: str
    name: str
    count: int


def stage_tabs(scope: Scope, filters: CaseFilters) -> list[StageTab]:
    """Stages with their open cases under the other filters; empty ones are left out unless chosen."""
    rows = queries.filtered(scope, replace(filters, stage="", state="open")).order_by()
    counts = dict(rows.values_list("stage").annotate(n=Count("pk")))
    flows = sorted(reference.current().flows.values(), key=lambda flow: (flow.active, flow.version))
    known = {key: stage for flow in flows for key, stage in flow.stages.items()}
    stages = sorted(known.values(), key=lambda stage: (stage.order, stage.key))
    return [
        StageTab(stage.key, in_language(stage), counts.get(stage.key, 0))
        for stage in stages
        if not stage.is_final and (counts.get(stage.key) or stage.key == filters.stage)
    ]


def stage_names() -> dict[str, str]:
    """Stage → name in the page's language, over all procedures."""
    return {
        key: in_language(stage)
        for flow in reference.current().flows.values()
        for key, stage in flow.stages.items()
    }


def choices(scope: Scope) -> dict[str, object]:
    """What the selects of the filter form offer."""
    return {
        "majors": _majors(),
        "areas": area_choices(scope),
        "departments": department_choices(scope),
        "sources": list(CaseSource.objects.order_by("name")),
    }


def area_choices(scope: Scope) -> list[Area]:
    """Communities of the scope."""
    return list(visible(scope, Area.objects.filter(level=12)).only("code", "name", "name_en"))


def _majors() -> list[tuple[str, str]]:
    rows = Category.objects.values_list("key", "major", "major_en").order_by("key")
    english = in_english()
    found = {key[:3]: name_en if english and name_en else name for key, name, name_en in rows}
    return sorted(found.items())


def department_choices(scope: Scope) -> list[Department]:
    """Departments whose place overlaps the scope, each key once."""
    rows = Department.objects.filter(active=True).order_by("scope_code", "path")
    prefixes = scope.place_prefixes
    fits = [
        d for d in rows if any(d.scope_code.startswith(p) or p.startswith(d.scope_code) for p in prefixes)
    ]
    return list({department.key: department for department in fits}.values())


def _clean(text: str) -> str:
    return text.strip().replace("\x00", "")[:LONGEST]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
