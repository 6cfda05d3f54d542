"""Who would answer in every cell for every category, by grouping cells that get the same answers. Pure.

The answer depends on a cell only through the area codes that rules name and through the departments its areas have.
Cells alike in both are one *group*, so a district of 2,000 cells needs a few dozen decisions per category.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from gridmgmt.cases.routing import Decision, Directory, RuleBook, areas_of, decide

SOUND, TIED, LAST_RESORT, MISSING, NOBODY = "sound", "tied", "last_resort", "missing", "nobody"
STATES = (NOBODY, MISSING, LAST_RESORT, TIED, SOUND)
"""Worst first: nobody owns it; the rule's department is missing there; no rule, so the owner of last resort; two
equally specific rules for two departments; one rule, one department."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is held fixed over the matrix."""

    source: str
    at: datetime
    local: time
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One square of the matrix, in keys."""

    state: str
    department: str
    rule: str
    rule_id: str
    other_rule: str = ""
    other_department: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Cells that get the same answer for every category. ``cells`` are codes in order."""

    cells: tuple[str, ...]
    answers: tuple[Answer, ...]

    def counts(self) -> Counter[str]:
        """How many categories are in which state."""
        return Counter(answer.state for answer in self.answers)


@dataclass(frozen=True, slots=True)
class Matrix:
    """Groups of cells × categories; ``groups[i].answers[j]`` is about ``categories[j]``."""

    categories: tuple[str, ...]
    groups: tuple[Group, ...]

    def counts(self) -> Counter[str]:
        """How many squares (cell × category) are in which state."""
        total: Counter[str] = Counter()
        for group in self.groups:
            for state, number in group.counts().items():
                total[state] += number * len(group.cells)
        return total


def matrix(
    book: RuleBook,
    directory: Directory,
    *,
    cells: Iterable[str],
    categories: Sequence[str],
    question: Question,
) -> Matrix:
    """The matrix of some cells; groups with the most cells first."""
    prefixes = sorted({rule.area_code for rule in book.rules if rule.area_code})
    keys_of_area = _keys_by_area(directory)
    alike: dict[tuple[object, ...], list[str]] = defaultdict(list)
    memo: dict[str, tuple[object, ...]] = {}
    for code in sorted(cells):
        community = code[:12]
        if community not in memo:
            memo[community] = (
                tuple(keys_of_area.get(area) for area in areas_of(community)),
                directory.owner_of_last_resort(community),
            )
        named = tuple(p for p in prefixes if code.startswith(p))
        alike[(named, *memo[community])].append(code)
    same: dict[tuple[Answer, ...], list[str]] = defaultdict(list)
    for members in alike.values():
        answers = tuple(_answer(book, directory, category, members[0], question) for category in categories)
        same[answers] += members
    groups = sorted(
        (Group(tuple(sorted(members)), answers) for answers, members in same.items()),
        key=lambda group: (-len(group.cells), group.cells[0]),
    )
    return Matrix(tuple(categories), tuple(groups))


def _keys_by_area(directory: Directory) -> dict[str, frozenset[str]]:
    keys: dict[str, set[str]] = defaultdict(set)
    for area, key in directory.by_key:
        keys[area].add(key)
    return {area: frozenset(found) for area, found in keys.items()}


def _answer(book: RuleBook, directory: Directory, category: str, code: str, asked: Question) -> Answer:
    decision = decide(
        book, directory, category_key=category, cell_code=code, source=asked.source, at=asked.at,
        local=asked.local, owner=asked.owner,
    )  # fmt: skip
    rule, second = decision.match.rule, decision.match.runner_up
    state = state_of(decision)
    return Answer(
        state=state,
        department=decision.department.key if decision.department else "",
        rule=rule.key if rule else "",
        rule_id=rule.id if rule else "",
        other_rule=second.key if second and state == TIED else "",
        other_department=second.department_key if second and state == TIED else "",
    )


def state_of(decision: Decision) -> str:
    """The state of a square; rules that tie for the same department are sound."""
    if decision.department is None:
        return NOBODY
    if decision.reason != "rule":
        return MISSING if decision.reason == "department_missing" else LAST_RESORT
    rule, second = decision.match.rule, decision.match.runner_up
    if decision.match.tied and rule and second and rule.department_key != second.department_key:
        return TIED
    return SOUND


def worst(answers: Iterable[Answer]) -> str:
    """The worst state of several squares."""
    found = {answer.state for answer in answers}
    return next((state for state in STATES if state in found), SOUND)
