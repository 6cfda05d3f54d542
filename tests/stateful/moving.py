"""What a step that was taken does to the model."""

from __future__ import annotations

from datetime import datetime

from tests.stateful.flowtable import STANDARDS, Row
from tests.stateful.model import ENDS, Asked, Attempt, Matter, Street, midnight


def move(street: Street, matter: Matter, row: Row, attempt: Attempt, now: datetime) -> None:
    """Fields, effects, requests, clock, stage and version, in that order."""
    asked = matter.open_request(row.request) if row.move else None
    given = street.with_what_was_asked(row, asked, attempt)
    before = matter.department
    _fields(street, matter, given)
    for effect in row.effects:
        _effect(matter, effect, changed=before != matter.department and before is not None)
    _request(matter, row, attempt, given)
    _clock(matter, row, given, now)
    matter.procedure = row.to_procedure or matter.procedure
    to_stage = matter.stage if row.to_stage == "*" else row.to_stage
    if to_stage != matter.stage:
        for one in matter.asked:
            if one.state == "open" and one.kind != row.request:
                one.state = "lapsed"
        matter.stage, matter.since = to_stage, now
    matter.version += 1


def _fields(street: Street, matter: Matter, given: dict[str, object]) -> None:
    if "department" in given:
        matter.department, matter.assignee = street.offices[str(given["department"])], ""
    if "standard" in given:
        matter.standard = int(str(given["standard"]))
    if "staff" in given:
        matter.assignee = next(one.name for one in street.people.values() if one.id == given["staff"])
    if "master" in given:
        matter.master = str(given["master"])
    if "category" in given:
        matter.category = str(given["category"])
        matter.standard = min(STANDARDS[matter.category])
    if "point" in given:
        matter.code = street.places[str(given["point"])]


def _effect(matter: Matter, effect: str, *, changed: bool) -> None:
    word, _, argument = effect.partition(":")
    if word == "rework":
        matter.rework += 1
    elif word == "misdispatch":
        matter.misdispatch += changed
    elif word == "mark":
        matter.marks.add(argument)
    elif word == "unassign":
        matter.assignee = ""
    elif word == "unmerge":
        matter.master = ""
    else:
        setattr(matter, word, True)


def _request(matter: Matter, row: Row, attempt: Attempt, given: dict[str, object]) -> None:
    if row.move == "ask":
        kept = {name: value for name, value in given.items() if name in ("days", "until")}
        matter.asked.append(Asked(row.request, attempt.person.name, kept))
    elif row.move:
        asked = matter.open_request(row.request)
        assert asked is not None
        if row.move == "endorse":
            asked.level += 1
            asked.endorsed_by = attempt.person.name
        else:
            asked.state = ENDS[row.move]


def _clock(matter: Matter, row: Row, given: dict[str, object], now: datetime) -> None:
    if row.clock in ("start_handle", "restart_handle"):
        matter.begun, matter.paused = now, False
    elif row.clock in ("stop", "stop_handle", "resume"):
        matter.paused = False
    elif row.clock == "pause":
        matter.paused = True
    elif row.clock == "extend":
        matter.extensions += 1
    if not matter.paused:
        matter.paused_until = None
    elif row.clock == "pause" and "until" in given:
        matter.paused_until = midnight(str(given["until"]))
