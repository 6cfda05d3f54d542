"""What the routing pages show: names for keys, rules in words, squares of the matrix, verdicts of the simulator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from geodata.errors import DomainError
from geodata.models import Area, Cell
from gridmgmt.cases import coverage
from gridmgmt.cases.coverage import Answer, Matrix
from gridmgmt.cases.models import CaseSource, Category, CategoryKind, ComponentOwner, RoutingRule
from gridmgmt.cases.routing import Rule
from gridmgmt.cases.routing_trace import Verdict
from gridmgmt.cases.rule_checks import Problem
from gridmgmt.organisation.models import Department, Role
from gridmgmt.organisation.scope import Scope, visible
from map_ui.language import in_english, in_language

READERS = (Role.ADMIN, Role.LEADER, Role.DISPATCHER)
MOST_AREAS = 400
STATES = {
    coverage.SOUND: _("one department"),
    coverage.TIED: _("two departments tie"),
    coverage.LAST_RESORT: _("no rule: owner of last resort"),
    coverage.MISSING: _("the rule's department is missing here"),
    coverage.NOBODY: _("nobody"),
}
OUTCOMES = {
    "wins": _("decides"),
    "tied": _("equally specific; the smaller key won"),
    "other_area": _("does not fit: another area"),
    "other_source": _("does not fit: another source"),
    "other_owner": _("does not fit: another component owner"),
    "outside_hours": _("does not fit: outside its hours"),
    "not_yet": _("not in force yet"),
    "ended": _("no longer in force"),
}
LOST = {
    "owner": _("fits, but a rule for the component's owner goes first"),
    "category": _("fits, but a rule for a narrower category goes first"),
    "area": _("fits, but a rule for a smaller area goes first"),
    "source": _("fits, but a rule for this source goes first"),
    "window": _("fits, but a rule for these hours goes first"),
}


def require_reader(scope: Scope) -> None:
    """The routing pages are for administrators, leaders and dispatchers. Error routing_not_permitted 403."""
    if not scope.has_role(*READERS):
        raise DomainError(
            code="routing_not_permitted",
            status=403,
            message="Who answers for what is shown to administrators, leaders and dispatchers.",
        )


@dataclass(frozen=True, slots=True)
class Names:
    """Words for the keys that rules and answers hold."""

    categories: dict[str, str]
    departments: dict[str, str]
    sources: dict[str, str]
    owners: dict[str, str]
    areas: dict[str, str]

    def category(self, key: str) -> str:
        """A minor, major or kind in words; everything for ""."""
        return self.categories.get(key, key) if key else gettext("every category")

    def area(self, code: str) -> str:
        """An area in words, a cell by its code; everywhere for ""."""
        return self.areas.get(code, code) if code else gettext("everywhere")

    def department(self, key: str) -> str:
        """A department in words."""
        return self.departments.get(key, key)

    def only_when(self, rule: RoutingRule | Rule) -> str:
        """Further conditions of a rule in words, "" when there are none."""
        parts = []
        if rule.source:
            parts.append(self.sources.get(rule.source, rule.source))
        if rule.component_owner:
            owner = self.owners.get(rule.component_owner, rule.component_owner)
            parts.append(gettext("component of %(owner)s") % {"owner": owner})
        if rule.time_from and rule.time_to:
            parts.append(f"{rule.time_from:%H:%M}–{rule.time_to:%H:%M}")
        return " · ".join(parts)


def names_for(scope: Scope) -> Names:
    """All names a scope may read, by five queries."""
    english = in_english()
    categories = {str(key): str(value) for key, value in _kind_names().items()}
    for row in Category.objects.order_by("key"):
        categories.setdefault(row.key[:3], in_language(row, "major"))
        categories[row.key] = in_language(row)
    return Names(
        categories=categories,
        departments={d.key: in_language(d) for d in departments_of(scope)},
        sources={row.key: in_language(row) for row in CaseSource.objects.order_by("name")},
        owners={row.key: in_language(row) for row in ComponentOwner.objects.order_by("key")},
        areas={
            code: name_en if english and name_en else name
            for code, name, name_en in _areas(scope).values_list("code", "name", "name_en")
        },
    )


def departments_of(scope: Scope) -> list[Department]:
    """Departments whose place overlaps the scope, each key once, the widest place first."""
    rows = Department.objects.filter(active=True).order_by("scope_code", "path")
    prefixes = scope.place_prefixes
    fits = [
        d for d in rows if any(d.scope_code.startswith(p) or p.startswith(d.scope_code) for p in prefixes)
    ]
    return list({d.key: d for d in reversed(fits)}.values())[::-1]


def _areas(scope: Scope):  # type: ignore[no-untyped-def]
    return visible(scope, Area.objects.order_by("code"))[:MOST_AREAS]


def _kind_names() -> dict[str, object]:
    letters = {"component": "C", "event": "E", "governance": "G", "livelihood": "L"}
    return {letters[str(value)]: label for value, label in CategoryKind.choices}


def choices(names: Names) -> dict[str, object]:
    """What selects and lists of the forms offer."""
    return {
        "category_choices": sorted(names.categories.items()),
        "area_choices": sorted(names.areas.items()),
        "department_choices": sorted(names.departments.items(), key=lambda pair: pair[1]),
        "source_choices": list(names.sources.items()),
        "owner_choices": list(names.owners.items()),
    }


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule in words, for lists and exports."""

    rule: RoutingRule
    category: str
    area: str
    only_when: str
    department: str
    state: str

    @property
    def state_name(self) -> str:
        """In force, to come, over."""
        return {
            "in_force": gettext("in force"),
            "coming": gettext("to come"),
            "ended": gettext("over"),
        }[self.state]


def line_of(rule: RoutingRule, names: Names, now: datetime) -> RuleLine:
    """A rule in words."""
    over = rule.valid_to is not None and rule.valid_to <= now
    coming = rule.valid_from is not None and rule.valid_from > now
    return RuleLine(
        rule=rule,
        category=names.category(rule.category_key),
        area=names.area(rule.area_code),
        only_when=names.only_when(rule),
        department=names.department(rule.department_key),
        state="ended" if over else "coming" if coming else "in_force",
    )


def said(problems: Iterable[Problem]) -> list[tuple[str, str]]:
    """(field, sentence) of each problem in the page's language."""
    return [
        (
            problem.field,
            DomainError(code=problem.code, message=problem.message, data=dict(problem.data)).text(),
        )
        for problem in problems
    ]


@dataclass(frozen=True, slots=True)
class Square:
    """One square as drawn. ``query`` asks the simulator for it."""

    state: str
    state_name: str
    department: str
    rule: str
    query: str


@dataclass(frozen=True, slots=True)
class Row:
    """Categories of one major with the same answers everywhere."""

    major: str
    categories: list[tuple[str, str]]
    squares: list[Square]
    worst: str


@dataclass(frozen=True, slots=True)
class Column:
    """A group of cells alike."""

    cells: tuple[str, ...]
    name: str


def columns_of(matrix: Matrix, names: Names) -> list[Column]:
    """Heads of the matrix."""
    return [Column(group.cells, _place_name(group.cells, names)) for group in matrix.groups]


def _place_name(cells: tuple[str, ...], names: Names) -> str:
    """The smallest area that holds all cells of a group, in words."""
    first, last = cells[0], cells[-1]
    if first == last:
        return Cell.objects.filter(code=first, active=True).values_list("name", flat=True).first() or first
    for digits in (12, 9, 6):
        if first[:digits] == last[:digits]:
            return names.area(first[:digits])
    return ""


def rows_of(matrix: Matrix, names: Names, *, asked: dict[str, str], state: str) -> list[Row]:
    """Rows of the matrix: neighbours of one major with equal answers are one row; ``state`` keeps rows that have it,
    "problems" all but the sound ones."""
    places = range(len(matrix.categories))

    def alike(place: int) -> tuple[str, tuple[tuple[str, str, str], ...]]:
        answers = tuple((a.state, a.department, a.other_department) for a in _column(matrix, place))
        return matrix.categories[place][:3], answers

    rows = []
    for (major, _answers), members in groupby(sorted(places, key=alike), key=alike):
        found = list(members)
        answers = _column(matrix, found[0])
        states = {answer.state for answer in answers}
        wanted = states - {coverage.SOUND} if state == "problems" else states & {state} if state else states
        if not wanted:
            continue
        key = matrix.categories[found[0]]
        rows.append(
            Row(
                major=names.category(major),
                categories=[
                    (matrix.categories[place], names.category(matrix.categories[place])) for place in found
                ],
                squares=[
                    _square(answer, group.cells[0], key, names, asked)
                    for answer, group in zip(answers, matrix.groups, strict=True)
                ],
                worst=coverage.worst(answers),
            )
        )
    return sorted(rows, key=lambda row: (coverage.STATES.index(row.worst), row.categories[0][0]))


def _column(matrix: Matrix, place: int) -> list[Answer]:
    return [group.answers[place] for group in matrix.groups]


def _square(answer: Answer, cell: str, category: str, names: Names, asked: dict[str, str]) -> Square:
    department = names.department(answer.department) if answer.department else "–"
    if answer.state == coverage.TIED:
        department = f"{department} / {names.department(answer.other_department)}"
    return Square(
        state=answer.state,
        state_name=str(STATES[answer.state]),
        department=department,
        rule=answer.rule,
        query=urlencode({**asked, "area": cell, "category": category}),
    )


def legend(counts: Counter[str]) -> list[tuple[str, str, int]]:
    """(state, words, squares), worst first."""
    return [(state, str(STATES[state]), counts.get(state, 0)) for state in coverage.STATES]


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """One rule of the simulator's chain in words."""

    rule: Rule
    category: str
    area: str
    only_when: str
    department: str
    outcome: str
    words: str


def verdict_line(verdict: Verdict, names: Names) -> VerdictLine:
    """A verdict in words."""
    rule = verdict.rule
    words = OUTCOMES.get(verdict.outcome) or LOST[verdict.criterion]
    return VerdictLine(
        rule=rule,
        category=names.category(rule.category_key),
        area=names.area(rule.area_code),
        only_when=names.only_when(rule),
        department=names.department(rule.department_key),
        outcome=verdict.outcome,
        words=str(words),
    )


def file_name(stem: str) -> str:
    """A download's name with the minute it was read."""
    return timezone.localtime().strftime(f"{stem}-%Y%m%d-%H%M.csv")
