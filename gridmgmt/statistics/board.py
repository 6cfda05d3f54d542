"""Figures of a period by area, department, person, post or category, in one pass over the facts of a scope.

Numbers and the lists behind them (drill) are made from the same rows and the same expressions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, models
from django.db.models import F

from gridmgmt.organisation.models import Role
from gridmgmt.organisation.scope import Scope, visible
from gridmgmt.statistics import counts
from gridmgmt.statistics.definitions import Definition, catalogue, facts_sql, with_parts
from gridmgmt.statistics.figures import Figure, total
from gridmgmt.statistics.models import CaseState, StageWork
from gridmgmt.statistics.periods import Period
from gridmgmt.supervision.models import Card

# Dimension → expression over the facts. ``person`` depends on the indicator, ``post`` is the indicator's own.
DIMENSIONS: dict[str, str] = {
    "street": "left(cell_code, 9)",
    "community": "left(cell_code, 12)",
    "cell": "cell_code",
    "department": "department_id",
    "major": "left(category_id, 3)",
    "minor": "category_id",
}
PERSON, POST = "person", "post"
ALL_DIMENSIONS = (*DIMENSIONS, PERSON, POST)
STATE_COLUMNS = (
    "id case_id cell_code category_id department_id reporter_id collector_id duty_id acceptor_id registrar_id handler_id "
    "public branch joint repeated reported_at accepted_at refused_at registered_at fixed_at voided_at closed_at "
    "dispatched_at due_at finished_at late paused hung extended reworks used_s limit_s excused_at"
)
WORK_COLUMNS = (
    "id case_id work entered_at due_at sent_at left_at action wrong_at cell_code category_id department_id person_id "
    "acceptor_id public branch"
)
CARD_COLUMNS = (
    "id object_id cell_code department_id assignee_id level raised_at due_at answered_at cancelled_at"
)

TOLD_CATEGORY = frozenset({"cards"})
"""Families whose rows have no category of their own: their SQL says that of the case."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: the days, as known at ``known_at``, and what narrows it. Codes and keys are prefixes."""

    period: Period
    known_at: datetime
    code: str = ""
    category: str = ""
    department: UUID | None = None

    @property
    def since(self) -> datetime:
        """First instant of the period."""
        return self.period.begins(zone())

    @property
    def until(self) -> datetime:
        """First instant that no longer counts: the end of the period, or of what was known."""
        return max(self.since, min(self.period.ends(zone()), self.known_at))


@dataclass(slots=True)
class Table:
    """Figures by row and indicator. The row "" holds what belongs to nobody."""

    question: Question
    dimension: str
    rows: dict[str, dict[str, Figure]] = field(default_factory=dict)
    whole: dict[str, Figure] = field(default_factory=dict)


def zone() -> ZoneInfo:
    """Days of appraisal are local ones."""
    return ZoneInfo(settings.TIME_ZONE)


def compares_persons(scope: Scope) -> bool:
    """Colleagues are compared by those who lead or supervise; everybody else finds their own figures."""
    return scope.has_role(Role.LEADER, Role.SUPERVISOR, Role.ADMIN)


def end_of(day: date) -> datetime:
    """The instant at which a local day is over: figures "as of" it."""
    return Period("day", day, day).ends(zone())


def figures(scope: Scope, question: Question, *, dimension: str, keys: Sequence[str]) -> Table:
    """Figures of some indicators by one dimension, with those of the whole."""
    return tables(scope, question, dimensions=(dimension,), keys=keys)[dimension]


def tables(
    scope: Scope, question: Question, *, dimensions: Sequence[str], keys: Sequence[str]
) -> dict[str, Table]:
    """The same for several dimensions at once: facts are gone through once per family, and once more for persons."""
    wanted = {key: catalogue()[key].definition for key in with_parts(list(keys))}
    known = {key: definition for key, definition in wanted.items() if definition is not None}
    found = {name: Table(question, name) for name in dimensions}
    if set(dimensions) - {PERSON}:
        _by_dimensions(found, scope, question, known)
    if PERSON in dimensions:
        _by_person(found[PERSON], scope, question, known)
    for table in found.values():
        table.whole = {key: _nothing(definition) for key, definition in known.items()} | table.whole
    return found


def _nothing(definition: Definition) -> Figure:
    return Figure(0.0, 0.0 if definition.counts else None)


Cells = dict[tuple[str, ...], dict[str, Figure]]


def counted(
    scope: Scope, question: Question, dimensions: Sequence[str], known: Mapping[str, Definition]
) -> Cells:
    """Figures by every combination of the dimensions that occurs."""
    cells: Cells = defaultdict(dict)
    groups = [DIMENSIONS[name] for name in dimensions]
    for facts, family in _families(known):
        for group, row in counts.by_groups(base_sql(scope, question, facts), groups, family):
            cells[group] |= row
    return cells


def _families(known: Mapping[str, Definition]) -> Iterator[tuple[str, dict[str, Definition]]]:
    """The families of facts that these indicators stand on."""
    for facts in FAMILIES:
        family = {key: definition for key, definition in known.items() if definition.facts == facts}
        if family:
            yield facts, family


def _by_dimensions(
    found: Mapping[str, Table], scope: Scope, question: Question, known: Mapping[str, Definition]
) -> None:
    """Fills the tables of all dimensions but that of persons."""
    plain = [table for name, table in found.items() if name in DIMENSIONS]
    groups = [DIMENSIONS[table.dimension] for table in plain]
    whole: dict[str, Figure] = {}
    for facts, family in _families(known):
        base = base_sql(scope, question, facts)
        if not groups:
            whole |= counts.by_groups(base, [], family)[0][1]
            continue
        for place, name, row in counts.by_dimensions(base, groups, family):
            (whole if place is None else plain[place].rows.setdefault(name, {})).update(row)
    for table in plain:
        table.whole = dict(whole)
    if POST in found:
        _by_post(found[POST], whole)


def _by_person(table: Table, scope: Scope, question: Question, known: Mapping[str, Definition]) -> None:
    """Who a row belongs to is said by each indicator, so rows are grouped once per column that says it."""
    columns: dict[tuple[str, str], dict[str, Definition]] = defaultdict(dict)
    for key, definition in known.items():
        if definition.person:
            columns[definition.facts, definition.person][key] = definition
    cells: Cells = defaultdict(dict)
    for (facts, person), family in columns.items():
        for group, row in counts.by_groups(base_sql(scope, question, facts), [f"{person}_id"], family):
            for key, figure in row.items():
                if figure.numerator or figure.denominator or figure.excused:
                    cells[group][key] = figure
    _set_peers(cells, known)
    table.rows = {group: row for (group,), row in cells.items()}
    table.whole = _summed(table.rows.values())
    for key, definition in known.items():
        if definition.peers:
            table.whole[key] = Figure(table.whole.get(key, Figure()).numerator)


def _set_peers(cells: Cells, known: Mapping[str, Definition]) -> None:
    """Against the busiest colleague: the denominator is the largest numerator of a person."""
    for key, definition in known.items():
        if definition.peers:
            most = max(
                (row[key].numerator for group, row in cells.items() if group[0] and key in row), default=0.0
            )
            for group, row in cells.items():
                if key in row and group[0]:
                    row[key] = Figure(row[key].numerator, most)


def _by_post(table: Table, whole: Mapping[str, Figure]) -> None:
    """Each indicator judges one post; its figures of everybody stand in that row."""
    table.whole = dict(whole)
    for key, figure in table.whole.items():
        table.rows.setdefault(catalogue()[key].post, {})[key] = figure


def _summed(rows: Iterable[Mapping[str, Figure]]) -> dict[str, Figure]:
    lists: dict[str, list[Figure]] = defaultdict(list)
    for row in rows:
        for key, figure in row.items():
            lists[key].append(figure)
    return {key: total(figures) for key, figures in lists.items()}


def base_sql(scope: Scope, question: Question, facts: str) -> tuple[str, list[Any]]:
    """The rows of a family in a scope with the instants of the question, as SQL and its values."""
    rows = FAMILIES[facts](scope, question)
    # Who holds no role gets no rows, not Django's EmptyResultSet.
    text, values = rows.query.get_compiler(connection=connection, elide_empty=False).as_sql()
    told, given = (
        facts_sql(facts).format(rows=text),
        [*values, question.since, question.until, question.known_at],
    )
    if question.category and facts in TOLD_CATEGORY:
        return f"SELECT * FROM ({told}) told WHERE starts_with(category_id, %s)", [*given, question.category]  # noqa: S608
    return told, given


def states(scope: Scope, question: Question) -> models.QuerySet[Any, Any]:
    """Cases as they stood when the period ended, without those that were over before it began. Index: case_state_*."""
    rows = CaseState.objects.filter(
        valid_from__lt=question.until,
        valid_to__gte=question.until,
        relevant_until__gte=question.since,
        merged=False,
    )
    return _narrowed(visible(scope, rows), question).values(*STATE_COLUMNS.split())


def works(scope: Scope, question: Question) -> models.QuerySet[Any, Any]:
    """Work in stages that had begun by the end of the period and was not over before it began. Index: stage_work_*."""
    rows = StageWork.objects.filter(entered_at__lt=question.until, left_at__gte=question.since)
    return _narrowed(visible(scope, rows), question).values(*WORK_COLUMNS.split())


def ratings(scope: Scope, question: Question) -> models.QuerySet[Any, Any]:
    """Answers of the period with the state their case had then. Index: rating_at, case_state_from_unique."""
    rows = CaseState.objects.filter(
        case__ratings__at__gte=question.since,
        case__ratings__at__lt=question.until,
        valid_from__lte=F("case__ratings__at"),
        valid_to__gt=F("case__ratings__at"),
        merged=False,
    )
    told = {"rated": F("case__ratings__value"), "rated_at": F("case__ratings__at")}
    return _narrowed(visible(scope, rows), question).values(*STATE_COLUMNS.split(), **told)


def cards(scope: Scope, question: Question) -> models.QuerySet[Any, Any]:
    """Cards raised in the period. Index: card_raised_at."""
    rows = Card.objects.filter(raised_at__gte=question.since, raised_at__lt=question.until)
    return _narrowed(visible(scope, rows), replace(question, category="")).values(*CARD_COLUMNS.split())


FAMILIES: dict[str, Callable[[Scope, Question], models.QuerySet[Any, Any]]] = {
    "states": states,
    "works": works,
    "ratings": ratings,
    "cards": cards,
}


def _narrowed(rows: models.QuerySet[Any], question: Question) -> models.QuerySet[Any]:
    if question.code:
        rows = rows.filter(cell_code__startswith=question.code)
    if question.category:
        rows = rows.filter(category__key__startswith=question.category)
    if question.department:
        rows = rows.filter(department_id=question.department)
    return rows
