"""The flow as its files say it, read here a second time: nothing of gridmgmt.cases is used."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "gridmgmt" / "cases" / "data"
GUARDS = {
    "overdue",
    "not_overdue",
    "assigned",
    "unassigned",
    "not_exempt",
    "marked",
    "unmarked",
    "undrawn",
    "not_joint",
}
# Nobody walks jointly here (tests/cases/test_joint.py does), so there are no branches to end.
EFFECTS = {"rework", "reopened", "exempt", "misdispatch", "unassign", "unmerge", "mark", "branches_end"}
FIELDS = {
    "text", "reason", "department", "standard", "photo_site", "photo_after", "master", "category", "point", "until",
    "staff", "days", "reason_class",
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One line of transitions.csv."""

    procedure: str
    from_stage: str
    action: str
    to_stage: str
    to_procedure: str
    condition: str
    roles: frozenset[str]
    relation: str
    requires: tuple[str, ...]
    takes: tuple[str, ...]
    clock: str
    effects: tuple[str, ...]
    guards: tuple[str, ...]
    request: str
    move: str
    level: int | None
    trigger: str

    @property
    def fields(self) -> frozenset[str]:
        return frozenset((*self.requires, *self.takes))

    @property
    def is_understood(self) -> bool:
        """Whether the model knows every word of the line."""
        return (
            {one.partition(":")[0] for one in self.guards} <= GUARDS
            and {one.partition(":")[0] for one in self.effects} <= EFFECTS
            and self.fields <= FIELDS
        )


@dataclass(frozen=True)
class Stage:
    """One line of stages.csv."""

    owner: str
    clock: str

    @property
    def is_final(self) -> bool:
        return self.clock == "final"


def _lines(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _list(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split("|")))


def _row(line: dict[str, str]) -> Row:
    return Row(
        line["procedure"], line["from_stage"], line["action"], line["to_stage"], line["to_procedure"], line["condition"],
        frozenset(_list(line["roles"])), line["relation"], _list(line["requires"]), _list(line["takes"]),
        line["clock_effect"], _list(line["effects"]), _list(line["guards"]), line["request"], line["request_move"],
        int(line["request_level"]) if line["request_level"] else None, line["trigger"],
    )  # fmt: skip


ROWS = [_row(line) for line in _lines("transitions.csv")]
STAGES = {
    (line["procedure"], line["key"]): Stage(line["owner_role"], line["lamp"]) for line in _lines("stages.csv")
}
MOST_GRANTED = {
    (line["procedure"], line["key"]): int(line["most_granted"]) if line["most_granted"] else None
    for line in _lines("request_kinds.csv")
}
# {fact of a report: procedure that it takes}; "" for all others.
PROCEDURES = {line["flag"]: line["procedure"] for line in _lines("procedure_rules.csv")}
CHOICES = {(line["procedure"], line["key"]): _list(line["choices"]) for line in _lines("step_fields.csv")}
PUBLIC_SOURCES = {line["key"] for line in _lines("case_sources.csv") if line["is_public"] == "1"}
# {category: {number of a standard: photos it wants after the work}}
STANDARDS: defaultdict[str, dict[int, int]] = defaultdict(dict)
for _line in _lines("case_standards.csv"):
    STANDARDS[_line["category_key"]][int(_line["seq"])] = int(_line["after_photos"])


def offers(procedure: str, stage: str, *, public: bool) -> list[Row]:
    """Lines that begin in a stage, those of every running stage among them."""
    final = STAGES[procedure, stage].is_final if stage else True
    return [
        row
        for row in ROWS
        if row.procedure == procedure
        and (row.from_stage == stage or (row.from_stage == "*" and not final))
        and row.condition in ("", "public" if public else "own")
    ]


def legal_moves() -> set[tuple[str, str, str]]:
    """(from, action, to) of every line, for whoever reads a history."""
    moves = set()
    for row in ROWS:
        running = [
            key for (flow, key), stage in STAGES.items() if flow == row.procedure and not stage.is_final
        ]
        for origin in running if row.from_stage == "*" else [row.from_stage]:
            moves.add((origin, row.action, origin if row.to_stage == "*" else row.to_stage))
    return moves
