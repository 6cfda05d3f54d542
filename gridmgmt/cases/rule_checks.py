"""What is wrong with a routing rule, and what is only worth a look. Pure: knows no database.

A *fault* is refused: an unknown category, department, source or owner, an area code that is no place, times or dates
that can never hold. A *finding* is shown and may be confirmed: a rule that ties with another, or a department
that some of the places do not have.
"""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from geodata.errors import mark as _
from gridmgmt.cases.routing import Directory, Rule

AREA = re.compile(r"\d{6}|\d{9}|\d{12}|\d{15}")
DAY_END = time.max


@dataclass(frozen=True, slots=True)
class Problem:
    """One remark about a field. ``message`` is an English msgid filled from ``data``."""

    code: str
    field: str
    message: str
    data: dict[str, object] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """What exists: category prefixes (E, E01, E0110), codes of areas and cells, sources, owners, departments."""

    categories: Collection[str]
    places: Collection[str]
    sources: Collection[str]
    owners: Collection[str]
    directory: Directory


def faults(rule: Rule, known: Known, *, at: datetime) -> list[Problem]:
    """Everything that makes a new rule impossible, in the order of the form."""
    found = [problem for check in CHECKS if (problem := check(rule, known))]
    if rule.valid_from is not None and rule.valid_from < at:
        found.append(Problem("rule_begins_in_the_past", "valid_from", _("A rule cannot begin in the past.")))
    return found


def _category(rule: Rule, known: Known) -> Problem | None:
    if rule.category_key and rule.category_key not in known.categories:
        return Problem(
            "rule_category_unknown",
            "category_key",
            _("There is no category %(value)s."),
            {"value": rule.category_key},
        )
    return None


def _area(rule: Rule, known: Known) -> Problem | None:
    code = rule.area_code
    if not code:
        return None
    if not AREA.fullmatch(code):
        message = _("An area code has 6, 9, 12 or 15 digits.")
        return Problem("rule_area_malformed", "area_code", message, {"value": code})
    if code not in known.places:
        return Problem("rule_area_unknown", "area_code", _("There is no place %(value)s."), {"value": code})
    return None


def _source(rule: Rule, known: Known) -> Problem | None:
    if rule.source and rule.source not in known.sources:
        return Problem(
            "rule_source_unknown", "source", _("There is no source %(value)s."), {"value": rule.source}
        )
    return None


def _owner(rule: Rule, known: Known) -> Problem | None:
    if not rule.component_owner:
        return None
    if rule.component_owner not in known.owners:
        message = _("There is no component owner %(value)s.")
        return Problem("rule_owner_unknown", "component_owner", message, {"value": rule.component_owner})
    if not rule.category_key.startswith("C"):
        message = _("Only components have owners: choose a category of components.")
        return Problem("rule_owner_without_component", "component_owner", message)
    return None


def _times(rule: Rule, _known: Known) -> Problem | None:
    if (rule.time_from is None) != (rule.time_to is None):
        return Problem("rule_times_unpaired", "time_to", _("A time window needs both its times."))
    if rule.time_from is not None and rule.time_from == rule.time_to:
        message = _(
            "A time window that ends when it begins never holds; leave both times empty for the whole day."
        )
        return Problem("rule_times_empty", "time_to", message)
    return None


def _department(rule: Rule, known: Known) -> Problem | None:
    if departments_serving(known.directory, rule.department_key, rule.area_code):
        return None
    message = _("No department %(value)s serves this area.")
    return Problem("rule_department_unknown", "department_key", message, {"value": rule.department_key})


def _dates(rule: Rule, _known: Known) -> Problem | None:
    if rule.valid_from is not None and rule.valid_to is not None and rule.valid_to <= rule.valid_from:
        return Problem("rule_ends_before_it_begins", "valid_to", _("The rule ends before it begins."))
    return None


CHECKS: tuple[Callable[[Rule, Known], Problem | None], ...] = (
    _category, _area, _source, _owner, _times, _department, _dates,
)  # fmt: skip


def departments_serving(directory: Directory, key: str, area_code: str) -> list[str]:
    """Codes of the areas in which a department of a key serves places of an area: above it or below it."""
    return sorted(
        scope
        for scope, name in directory.by_key
        if name == key and (scope.startswith(area_code) or area_code.startswith(scope))
    )


def can_both_match(one: Rule, other: Rule) -> bool:
    """Whether two rules are equally specific and some report fits both at some instant."""
    same = ("category_key", "area_code", "source", "component_owner")
    return (
        all(getattr(one, name) == getattr(other, name) for name in same)
        and (one.time_from is None) == (other.time_from is None)
        and _windows_meet(one, other)
        and _dates_meet(one, other)
    )


def ties_of(rule: Rule, others: Iterable[Rule]) -> list[Rule]:
    """Rules of the table that tie with a rule and name another department."""
    return [
        other
        for other in others
        if other.id != rule.id and other.department_key != rule.department_key and can_both_match(rule, other)
    ]


def all_ties(rules: Sequence[Rule]) -> list[tuple[Rule, Rule]]:
    """Every tied pair of the whole table."""
    alike: dict[tuple[str, ...], list[Rule]] = defaultdict(list)
    for rule in rules:
        alike[rule.category_key, rule.area_code, rule.source, rule.component_owner].append(rule)
    return [
        (one, other)
        for group in alike.values()
        for place, one in enumerate(group)
        for other in ties_of(one, group[place + 1 :])
    ]


def _windows_meet(one: Rule, other: Rule) -> bool:
    return any(a < d and c < b for a, b in _pieces(one) for c, d in _pieces(other))


def _pieces(rule: Rule) -> list[tuple[time, time]]:
    """A daily window as pieces that do not wrap."""
    if rule.time_from is None or rule.time_to is None:
        return [(time.min, DAY_END)]
    if rule.time_from < rule.time_to:
        return [(rule.time_from, rule.time_to)]
    return [(rule.time_from, DAY_END), (time.min, rule.time_to)]


def _dates_meet(one: Rule, other: Rule) -> bool:
    begins = max((r.valid_from for r in (one, other) if r.valid_from), default=None)
    ends = min((r.valid_to for r in (one, other) if r.valid_to), default=None)
    return begins is None or ends is None or begins < ends
