"""What differs between two versions of a flow: rows added, removed, changed. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from gridmgmt.cases.workflow import FieldDef, Flow, RequestDef, StageDef, TransitionDef

Row = StageDef | TransitionDef | RequestDef | FieldDef
StepKey = tuple[str, str, str]
# Where a row stands is told once for all rows, not as a change of each.
PLACES = frozenset({"order"})


@dataclass(frozen=True, slots=True)
class Difference:
    """A row of one table (stages, transitions, requests, fields) that is not the same. ``columns``: what changed in it;
    a row without before was added, one without after removed. ``moved``: the table's order is another one."""

    table: str
    before: Row | None = None
    after: Row | None = None
    columns: tuple[str, ...] = ()
    moved: bool = False

    @property
    def state(self) -> str:
        """added, removed, changed or moved."""
        if self.moved:
            return "moved"
        return "changed" if self.before and self.after else "added" if self.after else "removed"

    @property
    def row(self) -> Row | None:
        """The row as it is now, or was."""
        return self.after or self.before


def step_key(step: TransitionDef) -> StepKey:
    """What tells a step from all others of its flow."""
    return step.from_stage, step.action, step.condition


def differences(before: Flow, after: Flow) -> list[Difference]:
    """All of them, table by table in the order of the newer flow, what was removed last."""
    return [
        *_compared("stages", before.stages, after.stages),
        *_compared("transitions", steps_by_key(before), steps_by_key(after)),
        *_compared("requests", before.requests, after.requests),
        *_compared("fields", before.fields, after.fields),
    ]


def steps_by_key(flow: Flow) -> dict[StepKey, TransitionDef]:
    """The steps of a flow by what tells them apart."""
    return {step_key(step): step for step in flow.transitions}


def _compared(table: str, before: Mapping[Any, Row], after: Mapping[Any, Row]) -> Iterator[Difference]:
    for key, row in after.items():
        old = before.get(key)
        if old is None:
            yield Difference(table, after=row)
        elif columns := columns_between(old, row):
            yield Difference(table, old, row, columns)
    for key, row in before.items():
        if key not in after:
            yield Difference(table, before=row)
    if [key for key in before if key in after] != [key for key in after if key in before]:
        yield Difference(table, moved=True)


def columns_between(before: Row, after: Row) -> tuple[str, ...]:
    """Columns in which two rows of one table are not the same."""
    names = [each.name for each in fields(before) if each.name not in PLACES]
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))
