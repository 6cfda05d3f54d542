"""One row of a flow put, moved or taken out: flow in, flow out. Pure; storing is ``flow_actions.save_draft``'s work.

Rows are told apart by their key, steps by stage, action and condition. Who gets a new key takes along what names it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from geodata.errors import DomainError
from geodata.errors import mark as _
from gridmgmt.cases.flow_diff import Row, step_key
from gridmgmt.cases.flow_files import check_number, check_twice
from gridmgmt.cases.workflow import FieldDef, Flow, RequestDef, StageDef, TransitionDef

Key = str | tuple[str, str, str]
TABLES = ("stages", "transitions", "requests", "fields")
UP, DOWN = -1, 1


def rows_of(flow: Flow, table: str) -> list[Row]:
    """The rows of a table in their order."""
    if table == "transitions":
        return list(flow.transitions)
    found: dict[str, Row] = getattr(flow, table)
    return list(found.values())


def key_of(row: Row) -> Key:
    """What tells a row from the others of its table."""
    return step_key(row) if isinstance(row, TransitionDef) else row.key


def find(flow: Flow, table: str, key: Key) -> Row:
    """A row by its key. Error flow_row_gone 409."""
    found = next((row for row in rows_of(flow, table) if key_of(row) == key), None)
    if found is None:
        raise DomainError(code="flow_row_gone", status=409, message=_("This row is no longer in the draft."))
    return found


def put(flow: Flow, table: str, row: Row, *, was: Key | None = None) -> Flow:
    """Replace the row ``was``, or add one. Errors: flow_row_gone, flow_row_twice, flow_too_many_rows."""
    rows = rows_of(flow, table)
    if was is None:
        rows.insert(_place_for(rows, row), row)
    else:
        rows[rows.index(find(flow, table, was))] = row
    check_number(table, len(rows))
    check_twice(table, rows)
    changed = _with(flow, table, rows)
    key = key_of(row)
    return (
        RENAMED[table](changed, was, key)
        if isinstance(was, str) and isinstance(key, str) and was != key
        else changed
    )


def remove(flow: Flow, table: str, key: Key) -> Flow:
    """Take a row out; what still names it becomes a finding. Error flow_row_gone."""
    gone = find(flow, table, key)
    return _with(flow, table, [row for row in rows_of(flow, table) if row is not gone])


def move(flow: Flow, table: str, key: Key, by: int) -> Flow:
    """One place up or down; a step among those from the same stage. At the end it stays. Error flow_row_gone."""
    rows, row = rows_of(flow, table), find(flow, table, key)
    peers = [n for n, other in enumerate(rows) if _origin(other) == _origin(row)]
    here = rows.index(row)
    there = peers.index(here) + by
    if 0 <= there < len(peers):
        rows[here], rows[peers[there]] = rows[peers[there]], row
    return _with(flow, table, rows)


def _origin(row: Row) -> str:
    return row.from_stage if isinstance(row, TransitionDef) else ""


def _place_for(rows: Sequence[Row], row: Row) -> int:
    """A new step stands after the others from its stage; everything else at the end."""
    peers = [n for n, other in enumerate(rows) if _origin(other) == _origin(row)]
    return peers[-1] + 1 if peers else len(rows)


def _with(flow: Flow, table: str, rows: list[Row]) -> Flow:
    if table == "stages":
        stages = [replace(row, order=n) for n, row in enumerate(rows, 1) if isinstance(row, StageDef)]
        return replace(flow, stages={row.key: row for row in stages})
    if table == "requests":
        return replace(flow, requests={row.key: row for row in rows if isinstance(row, RequestDef)})
    if table == "fields":
        return replace(flow, fields={row.key: row for row in rows if isinstance(row, FieldDef)})
    return replace(flow, transitions=tuple(row for row in rows if isinstance(row, TransitionDef)))


def _stage_renamed(flow: Flow, was: str, key: str) -> Flow:
    def renamed(step: TransitionDef) -> TransitionDef:
        origin = key if step.from_stage == was else step.from_stage
        target = key if step.to_stage == was and not step.to_procedure else step.to_stage
        return replace(step, from_stage=origin, to_stage=target)

    return replace(flow, transitions=tuple(renamed(step) for step in flow.transitions))


def _request_renamed(flow: Flow, was: str, key: str) -> Flow:
    steps = (replace(step, request=key) if step.request == was else step for step in flow.transitions)
    return replace(flow, transitions=tuple(steps))


def _field_renamed(flow: Flow, was: str, key: str) -> Flow:
    def renamed(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(key if name == was else name for name in names)

    steps = (replace(s, requires=renamed(s.requires), takes=renamed(s.takes)) for s in flow.transitions)
    return replace(flow, transitions=tuple(steps))


RENAMED: dict[str, Callable[[Flow, str, str], Flow]] = {
    "stages": _stage_renamed,
    "requests": _request_renamed,
    "fields": _field_renamed,
}
