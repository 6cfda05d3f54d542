"""The cases behind a number: the same rows and the same expressions as board, listed instead of counted (P10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from gridmgmt.organisation.scope import Scope
from gridmgmt.statistics import board, errors
from gridmgmt.statistics.board import DIMENSIONS, PERSON, POST, Question
from gridmgmt.statistics.definitions import Definition, catalogue

SIDES = ("numerator", "denominator", "excused")
# What a row shows of its case. Facts name the case; category and department are those of the facts, not today's.
LISTED = """
SELECT fact.case_id, c.number, c.address, cat.name, cat.name_en, d.name, d.name_en, fact.cell_code, {begun}, {due}, {ended},
  fact.amount, u.name
FROM (SELECT fact.*, {amount} AS amount FROM ({base}) fact WHERE {rows}) fact
JOIN cases_case c ON c.id = fact.case_id JOIN cases_category cat ON cat.key = fact.category_id
LEFT JOIN organisation_department d ON d.id = fact.department_id LEFT JOIN organisation_user u ON u.id = fact.{person}
ORDER BY {begun}, fact.id LIMIT %s OFFSET %s
"""
COUNTED = "SELECT count(*) FROM ({base}) fact WHERE {rows}"
# Which instants a family shows as begun, due and ended.
INSTANTS = {
    "states": ("fact.reported_at", "fact.due_at", "coalesce(fact.closed_at, fact.finished_at)"),
    "ratings": ("fact.reported_at", "fact.due_at", "fact.rated_at"),
    "cards": ("fact.raised_at", "fact.due_at", "fact.answered_at"),
    "works": ("fact.entered_at", "fact.due_at", "nullif(fact.left_at, '9000-01-01 00:00+00')"),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A number of the board: indicator, side of it, and the row it stands in ("" is the row of nobody; None: the whole)."""

    indicator: str
    side: str
    dimension: str = ""
    row: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One line; ``amount`` is what is summed where a number is a sum."""

    case_id: UUID
    number: str
    address: str
    category: str
    category_en: str
    department: str
    department_en: str
    cell_code: str
    begun_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    amount: float | None
    person: str


def count(scope: Scope, question: Question, cell: Cell) -> int:
    """How many lines the list has."""
    _definition, base, rows, values = _parts(scope, question, cell)
    with connection.cursor() as cursor:
        cursor.execute(COUNTED.format(base=base, rows=rows), values)
        return int(cursor.fetchone()[0])


def lines(scope: Scope, question: Question, cell: Cell, *, most: int, skip: int = 0) -> list[Listed]:
    """Lines of the list, oldest first. A case may stand twice where an indicator counts stages, not cases."""
    definition, base, rows, values = _parts(scope, question, cell)
    begun, due, ended = INSTANTS[definition.facts]
    amount = f"({definition.value})::float8" if definition.value else "NULL::float8"
    person = f"{definition.person}_id"
    statement = LISTED.format(
        base=base, rows=rows, begun=begun, due=due, ended=ended, amount=amount, person=person
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, most, skip])
        return [Listed(*row) for row in cursor.fetchall()]


def _parts(scope: Scope, question: Question, cell: Cell) -> tuple[Definition, str, str, list[Any]]:
    """Definition, facts, condition and values of a cell. Error: figure_unknown 404."""
    indicator = catalogue().get(cell.indicator)
    if indicator is None or indicator.definition is None or cell.side not in SIDES:
        raise errors.figure_unknown()
    if (
        cell.dimension == PERSON
        and not board.compares_persons(scope)
        and cell.row not in (None, str(scope.user_id))
    ):
        raise errors.figure_unknown()
    definition = indicator.definition
    base, values = board.base_sql(scope, question, definition.facts)
    rows = _condition(definition, cell.side)
    if cell.row is not None and cell.dimension and cell.dimension != POST:
        rows += f" AND coalesce(({_group(definition, cell.dimension)})::text, '') = %s"
        values.append(_row_of(scope, question, cell, definition))
    return definition, base, rows, values


def _condition(definition: Definition, side: str) -> str:
    if side == "excused":
        return definition.moved or "false"
    return definition.below if side == "denominator" or definition.value else definition.above


def _group(definition: Definition, dimension: str) -> str:
    if dimension == PERSON and definition.person:
        return f"{definition.person}_id"
    if dimension not in DIMENSIONS:
        raise errors.figure_unknown()
    return DIMENSIONS[dimension]


def _row_of(scope: Scope, question: Question, cell: Cell, definition: Definition) -> str:
    """The row itself; behind the denominator of a comparison with colleagues stand the busiest one's cases."""
    if not (definition.peers and cell.dimension == PERSON and cell.side == "denominator"):
        return cell.row or ""
    table = board.figures(scope, question, dimension=PERSON, keys=[cell.indicator])
    persons = {row: figures[cell.indicator].numerator for row, figures in table.rows.items() if row}
    return max(persons, key=lambda row: (persons[row], row), default="")
