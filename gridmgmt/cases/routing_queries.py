"""Reads of the routing table: list, history of a rule, table of a past instant, coverage matrix, simulation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from geodata import crs
from geodata.errors import DomainError
from geodata.errors import mark as _
from geodata.models import Area, Cell
from gridmgmt.cases import coverage, errors, intake, reference, routing_trace, statements
from gridmgmt.cases.coverage import Matrix, Question
from gridmgmt.cases.models import ComponentOwner, RoutingRule
from gridmgmt.cases.reference import Reference, StandardRef
from gridmgmt.cases.routing import Decision, DepartmentRef, Rule, RuleBook
from gridmgmt.cases.routing_trace import Asked, Verdict
from gridmgmt.cases.rule_checks import Known
from gridmgmt.organisation.queries import under
from gridmgmt.organisation.scope import Scope

STATES = ("in_force", "coming", "ended", "all")
MOST_CELLS = 5_000
FARTHEST = timedelta(days=3660)

# Rules with their validity, for decisions at any instant. Callers: book_at, rules_not_over, dry run.
RULES_AT = f"{reference.RULE_COLUMNS} WHERE %s::timestamptz IS NULL OR valid_to IS NULL OR valid_to > %s"
CELLS = "SELECT code FROM geodata_cell WHERE active AND code LIKE ANY(%s) ORDER BY code LIMIT %s"


@dataclass(frozen=True, slots=True)
class RuleFilters:
    """Filters of the list; empty means any."""

    state: str = "in_force"
    text: str = ""
    category: str = ""
    area: str = ""
    department: str = ""
    source: str = ""


def rules_in(scope: Scope) -> QuerySet[RoutingRule]:
    """Rules that can decide something in the scope: for everywhere, above its areas, or inside them."""
    prefixes = scope.place_prefixes
    if "" in prefixes:
        return RoutingRule.objects.all()
    if not prefixes:
        return RoutingRule.objects.none()
    above = {prefix[:digits] for prefix in prefixes for digits in range(len(prefix) + 1)}
    return RoutingRule.objects.filter(Q(area_code__in=above) | under("area_code", prefixes))


def filtered_rules(scope: Scope, filters: RuleFilters, *, now: datetime) -> QuerySet[RoutingRule]:
    """The list, by category, then area, the newest first of each key."""
    rows = rules_in(scope)
    over, coming = Q(valid_to__lte=now), Q(valid_from__gt=now)
    states = {"in_force": ~over & ~coming, "coming": coming & ~over, "ended": over}
    if filters.state in states:
        rows = rows.filter(states[filters.state])
    exact = {"department_key": filters.department, "source": filters.source}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if filters.category:
        rows = rows.filter(category_key__startswith=filters.category)
    if filters.area:
        rows = rows.filter(area_code__startswith=filters.area)
    if filters.text:
        words = ("key", "note", "category_key", "department_key", "reason")
        found = Q()
        for name in words:
            found |= Q(**{f"{name}__icontains": filters.text})
        rows = rows.filter(found)
    return rows.order_by("category_key", "area_code", "key", "-valid_from", "pk")


def rule_in(scope: Scope, rule_id: UUID) -> RoutingRule:
    """One rule of the scope. Error rule_unknown 404."""
    rule = rules_in(scope).select_related("created_by", "ended_by").filter(pk=rule_id).first()
    if rule is None:
        raise DomainError(code="rule_unknown", status=404, message=_("There is no such rule."))
    return rule


def versions_of(rule: RoutingRule) -> list[RoutingRule]:
    """All rows of a rule's key, the newest first."""
    same = RoutingRule.objects.filter(key=rule.key) if rule.key else RoutingRule.objects.filter(pk=rule.pk)
    return list(same.select_related("created_by", "ended_by").order_by("-valid_from", "-created_at"))


def rules_not_over(at: datetime) -> list[Rule]:
    """Rules in force at an instant or later."""
    return _rules(at)


def book_at(at: datetime, known: Reference, *, now: datetime) -> RuleBook:
    """The table for an instant: the one in memory for now and later, the whole history for the past."""
    return known.rules if at >= now else RuleBook(_rules(None))


def _rules(at: datetime | None) -> list[Rule]:
    with connection.cursor() as cursor:
        cursor.execute(RULES_AT, [at, at])
        return [Rule(*row) for row in cursor.fetchall()]


def known_to_rules(area_code: str) -> Known:
    """What a rule may name; of the places only the one asked for is looked up."""
    known = reference.current()
    prefixes = {key[:digits] for key in known.categories for digits in (1, 3)}
    there = bool(area_code) and (
        Area.objects.filter(code=area_code).exists()
        or Cell.objects.filter(code=area_code, active=True).exists()
    )
    return Known(
        categories=prefixes | set(known.categories),
        places={area_code} if there else (),
        sources=known.sources,
        owners=set(ComponentOwner.objects.values_list("key", flat=True)),
        directory=known.directory,
    )


def coverage_of(
    scope: Scope,
    *,
    area: str,
    source: str,
    owner: str,
    at: datetime,
    now: datetime,
    categories: Iterable[str] = (),
) -> Matrix:
    """The matrix of the scope's cells under an area. Errors: unknown_category, unknown_source, owner_unknown,
    time_out_of_range 422."""
    known = reference.current()
    wanted = list(categories) or sorted(key for key, row in known.categories.items() if row.active)
    for key in wanted:
        if key not in known.categories:
            raise errors.unknown_category(key)
    _check_question(known, source, owner, at, now)
    question = Question(source=source, at=at, local=at.astimezone(known.zone).time(), owner=owner)
    book = book_at(at, known, now=now)
    return coverage.matrix(
        book, known.directory, cells=cells_in(scope, area), categories=wanted, question=question
    )


def cells_in(scope: Scope, area: str = "") -> list[str]:
    """Codes of the scope's active cells under an area."""
    prefixes = [
        max(prefix, area, key=len)
        for prefix in scope.place_prefixes
        if prefix.startswith(area) or area.startswith(prefix)
    ]
    patterns = [f"{prefix}%" for prefix in prefixes if prefix.isdigit() or not prefix]
    with connection.cursor() as cursor:
        cursor.execute(CELLS, [patterns, MOST_CELLS])
        return [str(code) for (code,) in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Simulation:
    """What would happen to a report, with the whole reasoning."""

    cell_code: str
    exact: bool
    category_key: str
    source: str
    owner: str
    at: datetime
    verdicts: list[Verdict]
    decision: Decision
    runner_up: Rule | None
    runner_up_department: DepartmentRef | None
    standard: StandardRef | None
    due_at: datetime | None
    estimated: bool


def simulate(
    scope: Scope,
    *,
    category_key: str,
    source: str,
    at: datetime,
    now: datetime,
    point: tuple[float, float] | None = None,
    code: str = "",
    owner: str = "",
) -> Simulation:
    """A report that nobody sent, at a point (lon, lat, WGS 84) or in a place by code. Nothing is written.

    Errors: unknown_category, category_inactive, unknown_source, owner_unknown, place_missing, time_out_of_range
    422, place_unknown 404 (also outside the scope), coordinate_* of geodata.crs.
    """
    known = reference.current()
    _check_question(known, source, owner, at, now)
    place = _place_of(scope, known, point, code)
    book = book_at(at, known, now=now)
    routed = intake.route(
        replace(known, rules=book), place=place, category_key=category_key, source=source, at=at, owner=owner
    )
    asked = Asked(category_key, place.code, source, at, at.astimezone(known.zone).time(), owner)
    second = routed.decision.match.runner_up
    return Simulation(
        cell_code=place.code,
        exact=place.exact,
        category_key=category_key,
        source=source,
        owner=owner,
        at=at,
        verdicts=routing_trace.chain(book, asked),
        decision=routed.decision,
        runner_up=second,
        runner_up_department=known.directory.find(second.department_key, place.code) if second else None,
        standard=routed.standard,
        due_at=routed.due_at,
        estimated="calendar_estimated" in routed.flags,
    )


def _check_question(known: Reference, source: str, owner: str, at: datetime, now: datetime) -> None:
    if source not in known.sources:
        raise errors.unknown_source(source)
    if owner and not ComponentOwner.objects.filter(key=owner).exists():
        raise DomainError(
            code="owner_unknown",
            status=422,
            message=_("There is no component owner %(value)s."),
            data={"value": owner},
        )
    if abs(at - now) > FARTHEST:
        raise DomainError(
            code="time_out_of_range", status=422, message=_("Choose a time within ten years of today.")
        )


def _place_of(scope: Scope, known: Reference, point: tuple[float, float] | None, code: str) -> intake.Place:
    place = _place_at(known, point) if point is not None else _place_named(known, code)
    if not scope.covers(place.code):
        raise place_unknown()
    return place


def _place_at(known: Reference, point: tuple[float, float]) -> intake.Place:
    spot = crs.to_wgs84(*point, "wgs84")
    raw = statements.raw_connection()
    found = intake.look_up(raw, spot.lon, spot.lat)
    if found.cell_code:
        return intake.Place(found.cell_code, known.edition_of(found.cell_code))
    row = statements.maybe(raw, statements.AREA_AT, (spot.lon, spot.lat))
    if row is None:
        raise place_unknown()
    return intake.Place(str(row[0]), None, exact=False)


def _place_named(known: Reference, code: str) -> intake.Place:
    if not code:
        raise DomainError(
            code="place_missing", status=422, message=_("Choose a place: click on the map or give a code.")
        )
    if Cell.objects.filter(code=code, active=True).exists():
        return intake.Place(code, known.edition_of(code))
    if Area.objects.filter(code=code).exists():
        return intake.Place(code, None, exact=False)
    raise place_unknown()


def place_unknown() -> DomainError:
    """No such place, or not one of the scope's."""
    return DomainError(code="place_unknown", status=404, message=_("There is no such place in your area."))
