"""A flow as a JSON file and back, equal in everything but the number of its version. A bad file names its place."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from geodata.errors import DomainError
from geodata.errors import mark as _
from gridmgmt.cases import flow_parse, flow_words
from gridmgmt.cases.flow_diff import Row, step_key
from gridmgmt.cases.flow_parse import RawRow
from gridmgmt.cases.workflow import FieldDef, Flow, RequestDef, StageDef, TransitionDef

FORMAT = "grid-flow/1"
MOST_BYTES = 300_000
MOST_ROWS = {"stages": 100, "transitions": 500, "requests": 30, "fields": 50}
HEAD = ("format", "key", "version", "kind", "name", "name_en", "note", *MOST_ROWS)
T = TypeVar("T", StageDef, TransitionDef, RequestDef, FieldDef)


def write(flow: Flow, *, note: str = "") -> str:
    """The file."""
    content = {
        "format": FORMAT, "key": flow.key, "version": flow.version, "kind": flow.kind, "name": flow.name,
        "name_en": flow.name_en, "note": note,
        "stages": [as_raw(row) for row in flow.stages.values()],
        "transitions": [as_raw(row) for row in flow.transitions],
        "requests": [as_raw(row) for row in flow.requests.values()],
        "fields": [as_raw(row) for row in flow.fields.values()],
    }  # fmt: skip
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def as_raw(row: Row) -> dict[str, Any]:
    """A row as plain values: what ``flow_parse`` reads again."""
    raw = {name: value for name, value in asdict(row).items() if name != "order"}
    for name, value in raw.items():
        if isinstance(value, frozenset):
            raw[name] = sorted(value)
        elif isinstance(value, tuple):
            raw[name] = list(value)
    if isinstance(row, TransitionDef):
        raw["notify"] = [word for word in row.notify.split("|") if word]
    return raw


def read(content: bytes) -> tuple[Flow, str]:
    """The flow of a file and its note. Errors: flow_file_too_large 413, flow_file_unreadable, flow_file_not_a_flow,
    flow_too_many_rows, flow_row_twice and those of flow_parse, all 422."""
    if len(content) > MOST_BYTES:
        raise DomainError(
            code="flow_file_too_large", status=413, message=_("The file is larger than %(most)s kB."),
            data={"most": MOST_BYTES // 1000},
        )  # fmt: skip
    row = RawRow(_json(content), "flow", HEAD)
    if row.raw.get("format") != FORMAT:
        raise DomainError(
            code="flow_file_not_a_flow", status=422, message=_("This is not an exported flow (format %(format)s)."),
            data={"format": FORMAT},
        )  # fmt: skip
    stages = _rows(row, "stages", flow_parse.stage)
    flow = Flow.of(
        0, row.key("key"), row.number("version", 0, 32_000) or 0, active=False, stages=stages,
        transitions=_rows(row, "transitions", lambda raw, place, _n: flow_parse.transition(raw, place)),
        requests=_rows(row, "requests", lambda raw, place, _n: flow_parse.request(raw, place)),
        fields=_rows(row, "fields", lambda raw, place, _n: flow_parse.field(raw, place)),
        kind=row.choice("kind", flow_words.KINDS), name=row.text("name", 60, needed=True), name_en=row.text("name_en", 80),
    )  # fmt: skip
    return flow, row.text("note", 200)


def _json(content: bytes) -> object:
    try:
        return json.loads(content.decode("utf-8-sig"), object_pairs_hook=_once)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 0)
        raise DomainError(
            code="flow_file_unreadable", status=422, message=_("The file is not JSON in UTF-8 (line %(line)s)."),
            data={"line": line or "?"},
        ) from None  # fmt: skip


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are there once; the later would silently win."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is there twice")
    return found


def _rows(row: RawRow, table: str, parse: Callable[[object, str, int], T]) -> list[T]:
    raws = row.raw.get(table, [])
    if not isinstance(raws, list):
        raise row.bad(table, raws)
    check_number(table, len(raws))
    found = [parse(raw, f"{table}[{n}]", n) for n, raw in enumerate(raws, 1)]
    check_twice(table, found)
    return found


def check_number(table: str, number: int) -> None:
    """No flow needs more rows than these. Error flow_too_many_rows."""
    if number > MOST_ROWS[table]:
        raise DomainError(
            code="flow_too_many_rows", status=422, message=_("%(table)s: at most %(most)s rows."),
            data={"table": table, "most": MOST_ROWS[table]},
        )  # fmt: skip


def check_twice(table: str, rows: Sequence[Row]) -> None:
    """Rows are told apart by their key, steps by stage, action and condition. Error flow_row_twice."""
    seen: set[object] = set()
    for number, row in enumerate(rows, 1):
        key = step_key(row) if isinstance(row, TransitionDef) else row.key
        if key in seen:
            raise DomainError(
                code="flow_row_twice", status=422, message=_("%(place)s: “%(key)s” is there already."),
                data={"place": f"{table}[{number}]", "key": " ".join(key) if isinstance(key, tuple) else key},
            )  # fmt: skip
        seen.add(key)
