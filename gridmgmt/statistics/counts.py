"""Statements that count: one pass over the facts of a family for all its indicators, and their answers as figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import connection

from gridmgmt.statistics.definitions import Definition
from gridmgmt.statistics.figures import Figure

Facts = tuple[str, list[Any]]
"""Rows of a family as SQL with its values (board.base_sql)."""
Family = Mapping[str, Definition]


def by_groups(
    facts: Facts, groups: Sequence[str], family: Family
) -> list[tuple[tuple[str, ...], dict[str, Figure]]]:
    """Figures of every combination of the groups that occurs; a group's name as text, "" for what belongs to nobody."""
    names = "".join(f"coalesce(g{place}::text, ''), " for place in range(len(groups)))
    statement = f"SELECT {names}{', '.join(_names(family))} FROM ({_pass(facts, groups, family)}) counted"  # noqa: S608
    return [(row[: len(groups)], _figures(family, row[len(groups) :])) for row in _rows(statement, facts)]


def by_dimensions(
    facts: Facts, groups: Sequence[str], family: Family
) -> Iterator[tuple[int | None, str, dict[str, Figure]]]:
    """Figures of each group of its own and of the whole: place of the group (None: the whole), name, figures.

    The facts are gone through once; PostgreSQL adds the combinations up, so that a few hundred rows come instead of thousands.
    """
    names = [f"g{place}" for place in range(len(groups))]
    sums = ", ".join(f"sum({name})::float8" for name in _names(family))
    sets = ", ".join(f"({name})" for name in (*names, ""))
    text = ", ".join(f"{name}::text" for name in names)
    statement = (
        f"SELECT grouping({', '.join(names)}), coalesce({text}, ''), {sums} "  # noqa: S608 - own files and fixed names
        f"FROM ({_pass(facts, groups, family)}) counted GROUP BY GROUPING SETS ({sets})"
    )
    places = {(1 << len(groups)) - 1 - (1 << len(groups) - 1 - place): place for place in range(len(groups))}
    for mask, name, *row in _rows(statement, facts):
        yield places.get(mask), name, _figures(family, row)


def _pass(facts: Facts, groups: Sequence[str], family: Family) -> str:
    """The one pass. It groups by the columns as they are: a text of every row's key costs more than counting it."""
    columns = [f"{group} AS g{place}" for place, group in enumerate(groups)]
    columns += [
        f"{sql} AS {name}"
        for definition, place in _numbered(family)
        for name, sql in _counting(definition, place)
    ]
    grouping = f" GROUP BY {', '.join(groups)}" if groups else ""
    return f"SELECT {', '.join(columns)} FROM ({facts[0]}) fact{grouping}"  # noqa: S608 - own files and fixed names


def _counting(definition: Definition, place: int) -> Iterator[tuple[str, str]]:
    """Numerator, and denominator and moved rows where there are such, each with its name."""
    above = f"count(*) FILTER (WHERE {definition.above})"
    if definition.value:
        above = f"coalesce(sum({definition.value}) FILTER (WHERE {definition.below}), 0)::float8"
    yield f"above{place}", above
    if definition.counts:
        yield f"below{place}", f"count(*) FILTER (WHERE {definition.below})"
    if definition.moved:
        yield f"moved{place}", f"count(*) FILTER (WHERE {definition.moved})"


def _names(family: Family) -> list[str]:
    return [name for definition, place in _numbered(family) for name, _sql in _counting(definition, place)]


def _numbered(family: Family) -> list[tuple[Definition, int]]:
    return [(definition, place) for place, definition in enumerate(family.values())]


def _rows(statement: str, facts: Facts) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, facts[1])
        return list(cursor.fetchall())


def _figures(family: Family, row: Sequence[Any]) -> dict[str, Figure]:
    """Sums over no row at all are NULL."""
    numbers = iter(row)
    found = {}
    for key, definition in family.items():
        above = float(next(numbers) or 0)
        below = float(next(numbers) or 0) if definition.counts else None
        found[key] = Figure(above, below, int(next(numbers) or 0) if definition.moved else 0)
    return found
