"""Who hears an event, and what a frame looks like on the line."""

from __future__ import annotations

import json

import pytest

from gridmgmt.events import stream
from gridmgmt.events.stream import Entry
from gridmgmt.organisation.models import Role
from gridmgmt.organisation.scope import NOBODY, Held, Scope

CELL = "009901001001007"
WORKER = Scope(None, (Held(Role.WORKER, CELL),))
NEIGHBOUR = Scope(None, (Held(Role.WORKER, "009901002"),))
LEADER = Scope(None, (Held(Role.LEADER, "009901001"),))
HANDLER = Scope(
    None, (Held(Role.HANDLER, "009901001", department_path="/street_office/sanitation_station/"),)
)
ADMIN = Scope(None, everything=True)
EVERYBODY = {"worker": WORKER, "neighbour": NEIGHBOUR, "leader": LEADER, "handler": HANDLER, "admin": ADMIN}


def hearers(topic: str, cell_code: str, department_path: str = "") -> set[str]:
    entry = Entry((1, 0), topic, cell_code, department_path, b"")
    assert not entry.heard_by(NOBODY)
    return {name for name, scope in EVERYBODY.items() if entry.heard_by(scope)}


@pytest.mark.parametrize(
    ("department_path", "expected"),
    [
        ("", {"worker", "leader", "admin"}),
        ("/street_office/sanitation_station/", {"worker", "leader", "admin", "handler"}),
        ("/street_office/sanitation_station/team/", {"worker", "leader", "admin", "handler"}),
        ("/street_office/enforcement_squad/", {"worker", "leader", "admin"}),
    ],
)
def test_a_case_is_heard_where_it_may_be_seen(department_path: str, expected: set[str]) -> None:
    assert hearers("case.stepped", CELL, department_path) == expected


def test_a_change_of_the_map_is_heard_by_everybody_whose_area_it_touches() -> None:
    assert hearers("tiles.changed", "009901001") == {"worker", "leader", "handler", "admin"}
    assert hearers("edition.activated", "009901002") == {"neighbour", "admin"}
    assert hearers("tiles.changed", "") == set(EVERYBODY)


def test_a_frame_is_one_event_whatever_is_in_the_text() -> None:
    raw = {
        "event_id": "e",
        "topic": "case.reported",
        "payload": json.dumps({"text": "a\n\ndata: b\r\nid: 9"}),
    }
    entry = stream.read("5-1", raw)
    assert entry is not None
    lines = entry.frame.decode().split("\n")
    assert lines[:2] == ["id: 5-1", "event: case.reported"]
    assert lines[3:] == ["", ""]
    assert json.loads(lines[2].removeprefix("data: ")) == {"event_id": "e", "text": "a\n\ndata: b\r\nid: 9"}


def test_the_marker_of_a_new_stream_is_no_event() -> None:
    assert stream.read("1-0", {"topic": stream.OPENED}) is None


def test_ids_compare_by_number_and_not_by_letter() -> None:
    assert stream.entry_key("9-10") > stream.entry_key("9-9")
    assert stream.entry_key("10-0") > stream.entry_key("9-99")


@pytest.mark.parametrize("bad", ["", "5", "-", "5-", "a-1", "5-1 ", "5-1-1", "$", "99999999999999999999-1"])
def test_what_is_no_id_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="not a stream id"):
        stream.entry_key(bad)
