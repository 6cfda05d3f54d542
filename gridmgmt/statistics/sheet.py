"""The board as somebody asked for it: named rows with values, ranks and changes, ready for a page, a table file or print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple
from uuid import UUID

from geodata.models import Area, Cell
from gridmgmt.cases.models import Category
from gridmgmt.organisation.models import Department, Role, User
from gridmgmt.organisation.scope import Scope
from gridmgmt.statistics import board, snapshots
from gridmgmt.statistics.board import PERSON, POST, Question, Table
from gridmgmt.statistics.definitions import Indicator, available, catalogue
from gridmgmt.statistics.figures import Figure, Score, ranks, score, value

MOST_ROWS = 400


class Name(NamedTuple):
    """Words of a row in both languages; ``name_en`` may be empty."""

    name: str
    name_en: str = ""


@dataclass(frozen=True, slots=True)
class Number:
    """One number with what stands around it. ``before`` and ``year`` are the values of the two comparisons."""

    indicator: Indicator
    value: float | None
    figure: Figure | None
    rank: int | None = None
    before: float | None = None
    year: float | None = None
    score: Score | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A row; ``key`` is what lists are opened by, "" for what belongs to nobody."""

    key: str
    name: Name
    cells: tuple[Number, ...]
    trend: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows in order of the first indicator that knows better and worse; ``months`` are those of the trends."""

    question: Question
    dimension: str
    indicators: tuple[Indicator, ...]
    lines: tuple[Line, ...]
    total: Line
    missing: tuple[Indicator, ...]
    months: tuple[date, ...] = ()
    left_out: int = 0


def sheet(scope: Scope, question: Question, *, dimension: str, keys: Sequence[str]) -> Sheet:
    """The board of some indicators by a dimension, with the period before and the same a year earlier."""
    known = available()
    indicators = tuple(known[key] for key in keys if key in known)
    names = [indicator.key for indicator in indicators]
    now, before, year = (
        board.figures(scope, asked, dimension=dimension, keys=names)
        for asked in (question, before_of(question), year_before_of(question))
    )
    rows = _shown(scope, dimension, now)
    values = {i.key: {row: _value(i, now.rows[row]) for row in rows} for i in indicators}
    places = {i.key: ranks({row: v for row, v in values[i.key].items() if row}, i.better) for i in indicators}
    named = names_of(dimension, rows)
    months, trends = _trends(scope, question, dimension, indicators[:1])
    lines = [
        Line(
            row, named.get(row, Name(row)),
            tuple(_cell(i, row, now.rows, before.rows, year.rows, places[i.key]) for i in indicators),
            tuple(trends.get(row, {}).get(month) for month in months),
        )
        for row in rows
    ]  # fmt: skip
    lines.sort(key=lambda line: _order(line, dimension))
    whole = {"": now.whole}, {"": before.whole}, {"": year.whole}
    total = Line("", Name(""), tuple(_cell(i, "", *whole, {}) for i in indicators))
    missing = tuple(i for i in catalogue().values() if i.key not in known)
    return Sheet(
        question, dimension, indicators, tuple(lines[:MOST_ROWS]), total, missing, months, max(0, len(lines) - MOST_ROWS)
    )  # fmt: skip


def before_of(question: Question) -> Question:
    """The same question for the period right before, whole."""
    return replace(question, period=question.period.before())


def year_before_of(question: Question) -> Question:
    """The same question for the same days a year earlier."""
    return replace(question, period=question.period.year_before())


def _value(indicator: Indicator, figures: Mapping[str, Figure]) -> float | None:
    if indicator.parts:
        return score(indicator, figures).points
    return value(indicator, figures.get(indicator.key))


Rows = Mapping[str, Mapping[str, Figure]]


def _cell(
    indicator: Indicator, row: str, now: Rows, before: Rows, year: Rows, places: Mapping[str, int]
) -> Number:
    figures = now.get(row, {})
    return Number(
        indicator, _value(indicator, figures), figures.get(indicator.key), places.get(row),
        _value(indicator, before.get(row, {})), _value(indicator, year.get(row, {})),
        score(indicator, figures) if indicator.parts else None,
    )  # fmt: skip


def _shown(scope: Scope, dimension: str, table: Table) -> list[str]:
    """Rows somebody may see: persons are compared by who leads or supervises, others find themselves."""
    rows = [row for row, figures in table.rows.items() if any(_counts(f) for f in figures.values())]
    if dimension == PERSON and not board.compares_persons(scope):
        return [row for row in rows if row == str(scope.user_id)]
    return rows


def _counts(figure: Figure) -> bool:
    return bool(figure.numerator or figure.denominator or figure.excused)


def _order(line: Line, dimension: str) -> tuple[object, ...]:
    """By rank of the first ranked indicator, else by key; nobody's row last; posts as the flow has them."""
    if dimension == POST:
        return (list(Role.values).index(line.key) if line.key in Role.values else 99, line.key)
    first = next((cell.rank for cell in line.cells if cell.rank is not None), None)
    return (not line.key, first is None, first or 0, line.key)


def _trends(
    scope: Scope, question: Question, dimension: str, indicators: Iterable[Indicator]
) -> tuple[tuple[date, ...], dict[str, dict[date, float | None]]]:
    for indicator in indicators:
        if indicator.definition is None:
            break
        found = snapshots.trend(scope, question, dimension=dimension, key=indicator.key)
        values = {row: {m: value(indicator, f) for m, f in months.items()} for row, months in found.items()}
        return tuple(snapshots.months_of(list(found.values()))), values
    return (), {}


def names_of(dimension: str, rows: Sequence[str]) -> dict[str, Name]:
    """What rows are called."""
    if dimension in ("street", "community"):
        return {a.code: Name(a.name, a.name_en) for a in Area.objects.filter(code__in=rows)}
    if dimension == "cell":
        cells = Cell.objects.filter(code__in=rows, active=True).values_list("code", "name")
        return {code: Name(f"{name} {code[9:]}") for code, name in cells}
    if dimension == "department":
        return _department_names(rows)
    if dimension == PERSON:
        people = User.objects.filter(pk__in=[UUID(row) for row in rows if row])
        return {str(u.pk): Name(u.name or u.username) for u in people}
    if dimension == POST:
        return {role: Name(str(Role(role).label)) for role in rows if role in Role.values}
    return _category_names(dimension, rows)


def _department_names(rows: Sequence[str]) -> dict[str, Name]:
    """Committees of several communities have one name; the community tells them apart."""
    found = list(Department.objects.filter(pk__in=[UUID(row) for row in rows if row]))
    places = {
        area.code: area
        for area in Area.objects.filter(code__in={d.scope_code for d in found if len(d.scope_code) == 12})
    }
    names = {}
    for department in found:
        area = places.get(department.scope_code)
        here, here_en = (f"{area.name} ", f"{area.name_en or area.name}: ") if area else ("", "")
        english = f"{here_en}{department.name_en}" if department.name_en else ""
        names[str(department.pk)] = Name(f"{here}{department.name}", english)
    return names


def _category_names(dimension: str, rows: Sequence[str]) -> dict[str, Name]:
    found = {}
    for key, name, name_en, major, major_en in Category.objects.values_list(
        "key", "name", "name_en", "major", "major_en"
    ):
        if dimension == "minor":
            found[key] = Name(name, name_en)
        else:
            found[key[:3]] = Name(major, major_en)
    return {row: found[row] for row in rows if row in found}
