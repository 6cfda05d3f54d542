"""Which department answers: rules by category, area, source, time and component owner; the most specific wins.

Pure: knows no database. Order of specificity (domain rule): a rule for the component's owner, then the longer
category key (E0110 before E01 before E), then the longer area code, then a named source, then a time window.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the routing table; empty text and None match everything. Times are local, may wrap midnight."""

    id: str
    key: str
    department_key: str
    category_key: str = ""
    area_code: str = ""
    source: str = ""
    component_owner: str = ""
    time_from: time | None = None
    time_to: time | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    rank: tuple[int, int, int, int, int] = field(init=False, compare=False, repr=False)
    """How specific the rule is; larger wins."""

    def __post_init__(self) -> None:
        rank = (
            int(bool(self.component_owner)),
            len(self.category_key),
            len(self.area_code),
            int(bool(self.source)),
            int(self.time_from is not None),
        )
        object.__setattr__(self, "rank", rank)

    def in_force(self, at: datetime, local: time) -> bool:
        """True inside the validity dates and the daily time window."""
        if self.valid_from is not None and at < self.valid_from:
            return False
        if self.valid_to is not None and at >= self.valid_to:
            return False
        if self.time_from is None or self.time_to is None:
            return True
        if self.time_from <= self.time_to:
            return self.time_from <= local < self.time_to
        return local >= self.time_from or local < self.time_to


@dataclass(frozen=True, slots=True)
class Match:
    """The winning rule and the next one; ``tied`` when both are equally specific (the smaller key won)."""

    rule: Rule | None
    runner_up: Rule | None = None
    tied: bool = False


def category_levels(category_key: str) -> tuple[str, ...]:
    """Keys a rule may name for a category: the minor, its major, its kind, any."""
    return (category_key, category_key[:3], category_key[:1], "")


@dataclass(slots=True)
class RuleBook:
    """All rules, with the candidates for each (category, source, owner) sorted once and kept."""

    rules: Sequence[Rule]
    _candidates: dict[tuple[str, str, str], tuple[Rule, ...]] = field(default_factory=dict)

    def candidates(self, category_key: str, source: str, owner: str) -> tuple[Rule, ...]:
        """Rules that fit but for place and time, most specific first."""
        wanted = (category_key, source, owner)
        found = self._candidates.get(wanted)
        if found is None:
            levels = category_levels(category_key)
            fitting = (
                rule
                for rule in self.rules
                if rule.category_key in levels
                and rule.source in ("", source)
                and rule.component_owner in ("", owner)
            )
            found = tuple(
                sorted(fitting, key=lambda rule: (*(-part for part in rule.rank), rule.key, rule.id))
            )
            self._candidates[wanted] = found
        return found

    def match(
        self, *, category_key: str, cell_code: str, source: str, at: datetime, local: time, owner: str = ""
    ) -> Match:
        """The rule in force at an instant (``local`` is its local time of day) for a place."""
        best: Rule | None = None
        for rule in self.candidates(category_key, source, owner):
            if cell_code.startswith(rule.area_code) and rule.in_force(at, local):
                if best is not None:
                    return Match(best, rule, tied=best.rank == rule.rank)
                best = rule
        return Match(best)


@dataclass(frozen=True, slots=True)
class DepartmentRef:
    """What routing needs of a department."""

    id: str
    key: str
    name: str
    name_en: str
    path: str
    scope_code: str
    last_resort: bool = False


@dataclass(slots=True)
class Directory:
    """Departments by key in the areas they belong to, nearest first: community, street, county."""

    by_key: dict[tuple[str, str], DepartmentRef]
    last_resorts: dict[str, DepartmentRef]

    @classmethod
    def of(cls, departments: Iterable[DepartmentRef]) -> Directory:
        """A directory of active departments."""
        rows = list(departments)
        return cls(
            by_key={(d.scope_code, d.key): d for d in rows},
            last_resorts={d.scope_code: d for d in rows if d.last_resort},
        )

    def find(self, key: str, code: str) -> DepartmentRef | None:
        """The department with a key that serves a place."""
        for area in areas_of(code):
            found = self.by_key.get((area, key))
            if found is not None:
                return found
        return None

    def owner_of_last_resort(self, code: str) -> DepartmentRef | None:
        """Who takes what nobody else does."""
        return next((d for area in areas_of(code) if (d := self.last_resorts.get(area))), None)


def areas_of(code: str) -> tuple[str, ...]:
    """The area codes above a place, nearest first."""
    return tuple(code[:digits] for digits in (12, 9, 6) if len(code) >= digits)


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a report goes and why. ``reason``: rule | department_missing | no_rule | no_owner."""

    department: DepartmentRef | None
    match: Match
    reason: str

    def record(self) -> dict[str, object]:
        """What is stored with the case, so that "why did this come to me?" has an answer."""
        rule, second = self.match.rule, self.match.runner_up
        return {
            "reason": self.reason,
            "rule": rule and rule.key,
            "rule_id": rule and rule.id,
            "department": self.department and self.department.key,
            "runner_up": second and second.key,
            "runner_up_department": second and second.department_key,
            "tied": self.match.tied,
        }


def decide(
    book: RuleBook,
    directory: Directory,
    *,
    category_key: str,
    cell_code: str,
    source: str,
    at: datetime,
    local: time,
    owner: str = "",
) -> Decision:
    """The department for a report; without a rule or department the owner of last resort, else nobody (visible)."""
    match = book.match(
        category_key=category_key, cell_code=cell_code, source=source, at=at, local=local, owner=owner
    )
    department = directory.find(match.rule.department_key, cell_code) if match.rule else None
    if department is not None:
        return Decision(department, match, "rule")
    resort = directory.owner_of_last_resort(cell_code)
    if resort is None:
        return Decision(None, match, "no_owner")
    return Decision(resort, match, "department_missing" if match.rule else "no_rule")
