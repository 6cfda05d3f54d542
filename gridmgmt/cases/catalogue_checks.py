"""What must hold between lines and between files of the catalogue. Every fault names its file and line."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable
from typing import Any, Protocol, TypeVar

from django.utils.translation import gettext_noop as _

from geodata.errors import DomainError
from gridmgmt.cases.catalogue_line import LEVELS, Line
from gridmgmt.cases.catalogue_rows import (
    CategoryRow,
    DepartmentRow,
    OwnerRow,
    RuleRow,
    SourceRow,
    StandardRow,
)


class Keyed(Protocol):
    """A record with a key and its line."""

    @property
    def key(self) -> str:
        """Unique in its file."""

    @property
    def line(self) -> Line:
        """Where it stands."""


K = TypeVar("K", bound=Keyed)


def check_categories(categories: tuple[CategoryRow, ...]) -> None:
    """Keys once; a major has one name in each language throughout."""
    by_key(categories)
    names: dict[str, tuple[str, str]] = {}
    for row in categories:
        major = (row.major_zh, row.major_en)
        if names.setdefault(row.kind + row.major_code, major) != major:
            raise row.line.bad("major_zh")


def check_standards(standards: tuple[StandardRow, ...], categories: tuple[CategoryRow, ...]) -> None:
    """Every category has standards numbered 1, 2, 3 … and every standard a category."""
    known = by_key(categories)
    counts = dict.fromkeys(known, 0)
    for row in standards:
        refer(row.line, "category_key", known)
        counts[row.category_key] += 1
        if row.seq != counts[row.category_key]:
            raise row.line.error(
                "bad_sequence",
                _("%(file)s, line %(line)s: number %(wanted)s was expected."),
                wanted=counts[row.category_key],
            )
    for key, count in counts.items():
        if not count:
            message = _("%(file)s, line %(line)s: category %(key)s has no case standard.")
            raise known[key].line.error("no_standard", message, key=key)


def check_departments(departments: tuple[DepartmentRow, ...]) -> None:
    """A tree whose parents are not below their children, with exactly one owner of last resort."""
    known = by_key(departments)
    for row in departments:
        if row.parent_key:
            refer(row.line, "parent_key", known)
            if LEVELS.index(known[row.parent_key].level) > LEVELS.index(row.level):
                raise row.line.bad("parent_key")
        seen, parent = {row.key}, row.parent_key
        while parent:
            if parent in seen:
                raise row.line.bad("parent_key")
            seen.add(parent)
            parent = known[parent].parent_key if parent in known else ""
    last = [row for row in departments if row.last_resort]
    if len(last) != 1:
        message = _("%(file)s, line %(line)s: exactly one department must be the owner of last resort.")
        raise (last[-1] if last else departments[0]).line.error("last_resort", message)


def check_owners(owners: tuple[OwnerRow, ...], departments: tuple[DepartmentRow, ...]) -> None:
    """Every component owner has a department."""
    by_key(owners)
    known = by_key(departments)
    for row in owners:
        refer(row.line, "department_key", known)


def check_sources(sources: tuple[SourceRow, ...]) -> None:
    """Keys once."""
    by_key(sources)


def check_rules(
    *,
    rules: tuple[RuleRow, ...],
    categories: tuple[CategoryRow, ...],
    departments: tuple[DepartmentRow, ...],
    owners: tuple[OwnerRow, ...],
    sources: tuple[SourceRow, ...],
) -> None:
    """References exist, no two rules match on the same, and every category has a rule that always matches."""
    by_key(rules)
    prefixes = {prefix for category in categories for prefix in category.prefixes}
    named: dict[str, Collection[str]] = {
        "department_key": by_key(departments),
        "component_owner": by_key(owners),
        "source": by_key(sources),
    }
    once(rules, lambda row: row.condition)
    for row in rules:
        for column, known in named.items():
            if row.line.cells[column]:
                refer(row.line, column, known)
        if row.category_key:
            refer(row.line, "category_key", prefixes)
        if row.component_owner and not row.category_key.startswith("C"):
            raise row.line.bad("component_owner")
    always = {row.category_key for row in rules if row.category_key and not any(row.condition[1:])}
    for category in categories:
        if always.isdisjoint(category.prefixes):
            raise category.line.error(
                "no_route",
                _("%(file)s, line %(line)s: no rule sends %(key)s to a department."),
                key=category.key,
            )


def by_key(rows: Iterable[K]) -> dict[str, K]:
    """Rows by their key, each once."""
    found: dict[str, K] = {}
    for row in rows:
        if row.key in found:
            raise _twice(row.line, row.key)
        found[row.key] = row
    return found


def once(rows: Iterable[Any], identity: Callable[[Any], Hashable]) -> None:
    """No two rows have the same identity. Error catalogue_duplicate."""
    seen: set[Hashable] = set()
    for row in rows:
        found = identity(row)
        if found in seen:
            raise _twice(row.line, getattr(row, "key", row.line.cells.get("action", "")))
        seen.add(found)


def _twice(line: Line, key: str) -> DomainError:
    return line.error("duplicate", _("%(file)s, line %(line)s: “%(key)s” is there twice."), key=key)


def refer(line: Line, column: str, known: Collection[str]) -> None:
    """The value of a column is one that exists. Error catalogue_unknown_reference."""
    if line.cells[column] not in known:
        raise line.error(
            "unknown_reference",
            _("%(file)s, line %(line)s: column %(column)s names “%(value)s”, which does not exist."),
            column=column,
            value=line.cells[column],
        )
