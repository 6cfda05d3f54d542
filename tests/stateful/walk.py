"""The machine: rules that people follow, each answered as the model says, with every promise looked at after each."""

from __future__ import annotations

import csv
import io
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis.stateful import initialize, invariant, rule
from hypothesis.strategies import DataObject, booleans, data, integers, lists, sampled_from

from geodata.ids import uuid7
from gridmgmt.cases.jobs import take_due_steps
from gridmgmt.cases.models import Case, CaseTask
from gridmgmt.supervision.jobs import watch
from tests.stateful import choosing, flowtable
from tests.stateful.doors import Told, step_body
from tests.stateful.invariants import Invariants, ask, forget, mark
from tests.stateful.model import DONE, Attempt, Matter, Person
from tests.stateful.steps import Steps
from tests.world import AT

REPORTERS = ("worker", "other_worker", "acceptor", "neighbour", "handler", "leader", "next_acceptor")
CATEGORIES = ("E0110", "E0110", "E0112", "C0101", "E0111")
PHOTOS = ("", "", "before", "after")  # one of the work done: it was fixed on the spot
SOURCES = ("worker", "worker", "hotline", "wechat")
USUAL_WAY = ("accept", "register", "dispatch", "sign", "feed_back", "check_pass")
LENGTHS = (0, 2, 3, 4, 4, 4, 6, 6)  # most of what can be asked for is asked for while a case is handled
MAY_REPORT = {"worker", "leader", "acceptor"}
MOVES_TIME = (
    timedelta(minutes=1),
    timedelta(minutes=50),
    timedelta(hours=5),
    timedelta(days=1),
    timedelta(days=3),
)


def _inviting(row: flowtable.Row) -> int:
    """People go on more often than they correct or give up."""
    ends = (
        row.to_stage not in ("*", "closed")
        and flowtable.STAGES[row.to_procedure or row.procedure, row.to_stage].is_final
    )
    return 1 if ends or row.from_stage == "*" else 5


class Walk(Steps):
    """A few days in two streets."""

    @initialize(choice=data(), lengths=lists(sampled_from(LENGTHS), min_size=3, max_size=3))
    def begin(self, choice: DataObject, lengths: list[int]) -> None:
        """Three cases, each so far along the usual way."""
        forget()
        self.street.matters.clear()
        self.kept: list[tuple[str, str, bytes, Told]] = []  # who, where, bytes, first answer
        self.sent: list[tuple[Matter, str, bytes, Told]] = []
        self.promises = Invariants()
        self._at(AT)
        for source, length in zip(("worker", "worker", "hotline"), lengths, strict=True):
            self._report(self.street.people["worker"], "A", "E0110", source, photo="")
            matter = list(self.street.matters.values())[-1]
            for action in USUAL_WAY[:length]:
                self._take(
                    choice, matter, lambda row, action=action: int(row.action == action), by_phone=False
                )

    # --- reports ------------------------------------------------------------------------------------------------

    @rule(
        name=sampled_from(REPORTERS), letter=sampled_from("AABd*"), category=sampled_from(CATEGORIES),
        source=sampled_from(SOURCES), photo=sampled_from(PHOTOS),
    )  # fmt: skip
    def report(self, name: str, letter: str, category: str, source: str, photo: str) -> None:
        self._report(self.street.people[name], letter, category, source, photo=photo)

    def _report(self, person: Person, letter: str, category: str, source: str, *, photo: str) -> None:
        lon, lat = self.spots[letter]
        report_id = uuid7()
        body: dict[str, Any] = {
            "category": category, "source": source, "text": "路边有一堆垃圾", "captured_at": self.now.isoformat(),
            "point": {"x": lon, "y": lat, "datum": "wgs84", "accuracy_m": 8.0},
        }  # fmt: skip
        if photo:
            body["photos"] = [
                {"id": str(uuid7()), "sha256": "ab" * 32, "role": photo}
            ]  # announced, never sent
        raw, path = json.dumps(body, ensure_ascii=False).encode(), f"reports/{report_id}"
        before = mark(photos=True)
        told = self.doors.phone(person.name, "put", path, raw)
        if not {role for _prefix, role, _path in person.held} & MAY_REPORT:
            assert (told.status, told.code) == (403, "report_not_permitted"), told
            assert mark(photos=True) == before
            return
        assert told.status == 201, told
        self._count("report")
        self.kept.append((person.name, path, raw, told))
        case = Case.objects.select_related("department").get(pk=UUID(told.body["case"]))
        self.street.matters[case.number] = Matter(
            id=str(case.pk), number=case.number, category=category, standard=min(flowtable.STANDARDS[category]),
            code=case.cell_code, public=source in flowtable.PUBLIC_SOURCES, reporter=person.name, at=self.now,
            department=self.street.offices.get(str(case.department_id)),
            procedure=flowtable.PROCEDURES["fixed" if photo == "after" else ""],
        )  # fmt: skip

    @rule(choice=data(), other=booleans())
    def send_a_report_again(self, choice: DataObject, other: bool) -> None:
        """P1: the same bytes for ever the same; other bytes are a conflict and change nothing."""
        name, path, raw, first = choice.draw(sampled_from(self.kept))
        before = mark(photos=False)
        told = self.doors.phone(name, "put", path, raw + b" " if other else raw)
        assert mark(photos=False) == before
        self._count("report again")
        if other:
            assert (told.status, told.code) == (409, "report_conflict"), told
        else:
            assert told.status == 200, told
            assert (told.body["number"], told.body["case"]) == (first.body["number"], first.body["case"])

    # --- steps --------------------------------------------------------------------------------------------------

    @rule(choice=data(), by_phone=booleans(), steps=integers(1, 5))
    def go_on(self, choice: DataObject, by_phone: bool, steps: int) -> None:
        """Who may takes steps that the flow offers, with what they ask for, one after the other."""
        matter = self._any(choice)
        for _ in range(steps):
            self._take(choice, matter, _inviting, by_phone=by_phone)

    @rule(choice=data(), by_phone=booleans())
    def go_astray(self, choice: DataObject, by_phone: bool) -> None:
        """Anybody tries anything, well or badly made."""
        matter = self._any(choice)
        rows = [
            row
            for row in flowtable.ROWS
            if row.procedure == matter.procedure and row.from_stage and row.is_understood
        ]
        row = choice.draw(sampled_from(rows))
        person = self.street.people[choosing.sampled(choice, self.street.people)]
        attempt = choosing.fitting(choice, self.street, matter, person, row, self.now)
        choosing.spoil(choice, attempt, row)
        self._try(matter, attempt, by_phone=by_phone)

    @rule(choice=data(), by_phone=booleans())
    def get_it_wrong(self, choice: DataObject, by_phone: bool) -> None:
        """Who may, with something missing, stale or impossible."""
        matter = self._any(choice)
        if possible := self._possible(choice, matter):
            row, person = possible
            attempt = choosing.fitting(choice, self.street, matter, person, row, self.now)
            choosing.spoil(choice, attempt, row)
            self._try(matter, attempt, by_phone=by_phone)

    @rule(choice=data())
    def race(self, choice: DataObject) -> None:
        """P4: two at once with the same version; one takes the step, the other is told where the case stands now."""
        matter = self._any(choice)
        possible = self._possible(choice, matter)
        if possible is None:
            return
        row, person = possible
        others = [one for one in self.street.people.values() if self.street.role_for(row, matter, one)]
        pair = [person, choice.draw(sampled_from(others))]
        attempts = [choosing.fitting(choice, self.street, matter, one, row, self.now) for one in pair]
        unfit = any(attempt.photos or choosing.BY_PAGE_ONLY & set(attempt.fields) for attempt in attempts)
        if unfit or any(self._expected(matter, attempt) != DONE for attempt in attempts):
            return
        bodies = [(one.name, step_body(attempt)) for one, attempt in zip(pair, attempts, strict=True)]
        with ThreadPoolExecutor(2) as pool:
            told = list(pool.map(lambda given: self._alone(matter, *given), bodies))
        self._count("race")
        assert sorted(one.status for one in told) == [200, 409], told
        won = next(place for place, one in enumerate(told) if one.status == 200)
        assert told[1 - won].code == "case_version_stale"
        assert told[1 - won].body["data"]["version"] == matter.version + 1
        self._taken(matter, attempts[won])
        self.sent.append((matter, *bodies[won], told[won]))

    def _alone(self, matter: Matter, name: str, body: bytes) -> Told:
        try:
            return self.doors.send(matter, name, body)
        finally:
            connection.close()

    @rule(choice=data(), other=booleans())
    def send_a_step_again(self, choice: DataObject, other: bool) -> None:
        """The same key: the same answer to the byte; with other content a conflict."""
        if not self.sent:
            return
        matter, name, body, first = choice.draw(sampled_from(self.sent))
        before = mark(photos=False)
        told = self.doors.send(matter, name, body + b" " if other else body)
        assert mark(photos=False) == before
        self._count("step again")
        if other:
            assert (told.status, told.code) in ((409, "step_key_taken"), (404, "case_unknown")), told
        else:
            assert (told.status, told.raw) == (200, first.raw)

    # --- hands --------------------------------------------------------------------------------------------------

    @rule(choice=data(), act=sampled_from(["claim", "claim", "release"]))
    def change_hands(self, choice: DataObject, act: str) -> None:
        matter = self._read(self._any(choice))
        task = CaseTask.objects.select_related("department").filter(case=matter.id).latest("made_at")
        could = [
            one for one in self.street.people.values() if self._of_hands(matter, task, one, "claim") == DONE
        ]
        anybody = not could or choice.draw(sampled_from([False, False, False, True]))
        person = choice.draw(sampled_from(list(self.street.people.values()) if anybody else could))
        expected = self._of_hands(matter, task, person, act)
        before = mark(photos=False)
        told = self.doors.phone(person.name, "post", f"tasks/{task.pk}/{act}", b"{}")
        assert (told.status, told.code) == expected, (told, person, matter)
        self._count(f"{act} {told.code or 'done'}")
        if expected != DONE:
            assert mark(photos=False) == before
            return
        self._read(matter)
        assert (matter.holder, matter.claimed) == ((person.name, True) if act == "claim" else ("", False))

    def _of_hands(self, matter: Matter, task: CaseTask, person: Person, act: str) -> tuple[int, str]:
        path = task.department.path if task.department else ""
        mine = matter.holder == person.name
        if not person.sees(task.cell_code, path):
            return 404, "task_unknown"
        if task.state not in ("open", "claimed"):
            return 409, "task_over"
        if act == "release":
            assigns = any(person.holds(role, task.cell_code) for role in ("dispatcher", "registrar"))
            if not mine and not assigns:
                return 403, "task_not_yours"
            return DONE if mine else (422, "task_reason_missing")
        if not any(
            role == task.role
            and task.cell_code.startswith(prefix)
            and (role != "handler" or path.startswith(own))
            for prefix, role, own in person.held
        ):
            return 403, "task_not_permitted"
        offered = matter.holder and not mine and (matter.claimed or task.role != "worker")
        return (409, "task_taken") if offered else DONE

    # --- time, eyes, vandals ------------------------------------------------------------------------------------

    @rule(by=sampled_from(MOVES_TIME))
    def time_passes(self, by: timedelta) -> None:
        """What the platform does by itself: dates reached, limits passed, cards; a second time nothing more."""
        self._at(self.now + by)
        due = [matter for matter in self.street.matters.values() if self._due(matter)]
        assert take_due_steps(self.now) == len(due)
        for matter in due:
            self._taken(matter, Attempt(self.street.people["worker"], self._due(matter), matter.version))
        watch(self.now)
        before = mark(photos=False)
        assert take_due_steps(self.now) == 0
        watch(self.now)
        assert mark(photos=False) == before, "the second look did something"
        self._count("time")
        assert ask(UNCARDED, {"now": self.now}) == []

    def _due(self, matter: Matter) -> str:
        """The step that the platform must take, "" for none: 24 hours of a verification, the day of a pause."""
        if matter.paused_until and matter.paused_until <= self.now:
            return "resume"
        late = matter.stage == "pending_verify" and matter.since + timedelta(hours=24) <= self.now
        return "verify_overdue" if late and "verify_overdue" not in matter.marks else ""

    @rule(choice=data(), where=sampled_from(["list", "map", "tray", "case", "case"]))
    def look(self, choice: DataObject, where: str) -> None:
        """P8: list, map, tray and case page show exactly what is somebody's to see."""
        person = self.street.people[choosing.sampled(choice, self.street.people)]
        seen = {number for number, matter in self.street.matters.items() if matter.seen_by(person)}
        running = {number for number in seen if not self.street.matters[number].final}
        client = self.doors.browser(person.name)
        if where == "list":
            assert self._numbers(client.get("/cases.csv?state=all")) == seen
        elif where == "tray":
            assert self._numbers(client.get("/tasks.csv?view=pool")) <= running
        elif where == "map":
            points = client.get("/map/state").json()["cases"]["features"]
            drawn = {point["properties"]["number"] for point in points}
            assert running <= drawn <= seen
        else:
            matter = self._any(choice)
            shown = client.get(f"/cases/{matter.number}/panel").status_code
            assert shown == (200 if matter.seen_by(person) else 404)
        self._count(f"look at {where}")

    def _numbers(self, answer: Any) -> set[str]:
        """Numbers of cases in the first column of a file."""
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        return {row[0] for row in csv.reader(io.StringIO(text)) if row} & set(self.street.matters)

    @rule(
        statement=sampled_from(["UPDATE cases_casehistory SET text = 'x'", "DELETE FROM cases_casehistory"])
    )
    def vandalise(self, statement: str) -> None:
        """P3: history is append-only for SQL as well."""
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            ask(statement)

    @invariant()
    def promises_hold(self) -> None:
        if hasattr(self, "promises"):
            self.promises.check()

    def teardown(self) -> None:
        if hasattr(self, "promises"):
            self.promises.files()
            self.promises.figures(self.street.people["leader"].id, self.now)


# Handling clocks that have run out unexcused without a card, after a scan.
UNCARDED = """
SELECT c.number FROM cases_case c WHERE c.closed_at IS NULL AND c.paused_at IS NULL AND c.clock_stopped_at IS NULL
  AND c.clock_started_at IS NOT NULL AND NOT c.exempt AND c.due_at <= %(now)s AND NOT EXISTS (
    SELECT FROM supervision_card k WHERE k.object_id = c.id AND k.rule_key = 'case_over'
      AND k.run = (extract(epoch FROM c.clock_started_at) * 1000000)::bigint)
"""
