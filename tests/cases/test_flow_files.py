"""Flows as files: the way out and back changes nothing, a broken file names its place and writes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from geodata.errors import DomainError
from gridmgmt.cases.catalogue_files import load_catalogue
from gridmgmt.cases.catalogue_flow import flow_of
from gridmgmt.cases.flow_files import MOST_BYTES, read, write
from gridmgmt.cases.flow_rows import same_content
from gridmgmt.cases.workflow import Flow


def shipped() -> list[Flow]:
    files = load_catalogue()
    return [
        flow_of(row, files.stages, files.transitions, files.requests, files.fields)
        for row in files.procedures
    ]


@pytest.mark.parametrize("subject", shipped(), ids=lambda subject: subject.key)
def test_a_flow_comes_back_as_it_went(subject: Flow) -> None:
    found, note = read(write(subject, note="第一版").encode())
    assert same_content(found, subject)
    assert (found.version, found.name, found.name_en, note) == (
        subject.version,
        subject.name,
        subject.name_en,
        "第一版",
    )


def test_a_byte_order_mark_does_no_harm() -> None:
    subject = shipped()[0]
    assert same_content(read(b"\xef\xbb\xbf" + write(subject).encode())[0], subject)


def broken(change: Any) -> bytes:
    content = json.loads(write(shipped()[0]))
    change(content)
    return json.dumps(content).encode()


def put(table: str, place: int, column: str, value: Any) -> Any:
    def change(content: dict[str, Any]) -> None:
        content[table][place][column] = value

    return change


HEAD: list[tuple[str, Any]] = [
    ("format", "grid-flow/9"), ("key", "Street"), ("key", ""), ("kind", "party"), ("name", ""), ("name", "x" * 61), ("name", 7),
    ("note", "x" * 201), ("version", -1), ("version", True), ("stages", {}), ("stages", ["x"]), ("transitions", "x"), ("more", 1),
    ("stages", [{}] * 101), ("name", "a\x00b"), ("name", "a\nb"), ("version", 1.5),
]  # fmt: skip
ROWS: list[tuple[str, str, Any]] = [
    ("stages", "key", "Reported"), ("stages", "key", "x" * 25), ("stages", "clock", "ticking"), ("stages", "owner_role", "king"),
    ("stages", "limit_value", 0), ("stages", "limit_value", 366), ("stages", "limit_value", "2"), ("stages", "limit_value", None),
    ("stages", "limit_unit", "moon"), ("stages", "name", ""), ("stages", "name", "x" * 41), ("stages", "order", 3),
    ("transitions", "roles", ["king"]), ("transitions", "roles", "worker"), ("transitions", "roles", ["worker", "worker"]),
    ("transitions", "roles", [["worker"]]), ("transitions", "relation", "cousin"), ("transitions", "requires", ["A B"]),
    ("transitions", "clock_effect", "rewind"), ("transitions", "effects", ["party"]), ("transitions", "effects", ["mark"]),
    ("transitions", "effects", ["mark:A B"]), ("transitions", "guards", ["sunny"]), ("transitions", "guards", ["overdue:x"]),
    ("transitions", "request_move", "beg"), ("transitions", "request_level", 10), ("transitions", "trigger", "moon"),
    ("transitions", "tone", "loud"), ("transitions", "condition", "friends"), ("transitions", "notify", ["press"]),
    ("transitions", "notify", ["worker", "acceptor", "registrar", "dispatcher", "handler", "leader", "supervisor"]),
    ("transitions", "to_stage", ""), ("transitions", "from_stage", "**"), ("transitions", "action", ""),
    ("transitions", "nonsense", 1),
    ("requests", "most_granted", 0), ("requests", "name", None), ("fields", "kind", "colour"), ("fields", "choices", []),
    ("fields", "choices", ["a", "a"]), ("fields", "choices", ["x" * 41]), ("fields", "choices", [" "]),
]  # fmt: skip


@pytest.mark.parametrize(("column", "value"), HEAD)
def test_a_bad_head_is_refused_with_a_code(column: str, value: Any) -> None:
    with pytest.raises(DomainError) as error:
        read(broken(lambda content: content.update({column: value})))
    assert error.value.code.startswith("flow_")
    assert error.value.status == 422


@pytest.mark.parametrize(("table", "column", "value"), ROWS)
def test_a_bad_row_is_refused_and_named(table: str, column: str, value: Any) -> None:
    with pytest.raises(DomainError) as error:
        read(broken(put(table, 0, column, value)))
    assert error.value.data["place"] == f"{table}[1]"
    assert error.value.data["column"] in (column, "limit_unit")
    assert f"{table}[1]" in error.value.text()


@pytest.mark.parametrize("table", ["stages", "transitions", "requests", "fields"])
def test_a_row_that_is_there_twice_is_named(table: str) -> None:
    with pytest.raises(DomainError) as error:
        read(broken(lambda content: content[table].append(content[table][0])))
    assert error.value.code == "flow_row_twice"
    assert error.value.data["place"].startswith(table)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "flow_file_unreadable"), (b"{", "flow_file_unreadable"), (b"\xff\xfe", "flow_file_unreadable"),
        (b"[" * 100_000, "flow_file_unreadable"), (b'{"a": 1, "a": 2}', "flow_file_unreadable"), (b"[]", "flow_row_unreadable"),
        (b'"x"', "flow_row_unreadable"), (b"null", "flow_row_unreadable"), (b"{}", "flow_file_not_a_flow"),
        (b'{"version": ' + b"9" * 9000 + b"}", "flow_file_unreadable"), (b" " * (MOST_BYTES + 1), "flow_file_too_large"),
    ],
)  # fmt: skip
def test_what_is_no_flow_at_all_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(DomainError) as error:
        read(content)
    assert error.value.code == code
