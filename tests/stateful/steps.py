"""A step through a door: what the model expects, what was answered, and what the case is afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from hypothesis.stateful import RuleBasedStateMachine
from hypothesis.strategies import DataObject, sampled_from

from gridmgmt.cases.models import Case, CaseRequest, CaseTask
from tests.stateful import choosing, flowtable
from tests.stateful.doors import Doors
from tests.stateful.invariants import ask, mark
from tests.stateful.model import DONE, Attempt, Matter, Person, Street
from tests.stateful.moving import move

COMPARED = (
    "procedure",
    "stage", "version", "category", "assignee", "master", "marks", "rework", "misdispatch", "extensions", "reopened",
    "exempt", "paused",
)  # fmt: skip


class Steps(RuleBasedStateMachine):
    """What rules of a walk share. Everything is set by the test before the first walk."""

    street: ClassVar[Street]
    doors: ClassVar[Doors]
    spots: ClassVar[dict[str, tuple[float, float]]]
    clock: ClassVar[Any]  # moves the time of this process
    counted: ClassVar[dict[str, int]] = {}

    def _at(self, now: Any) -> None:
        self.now = self.doors.now = now
        self.clock.move_to(now, tick=False)

    def _count(self, what: str) -> None:
        self.counted[what] = self.counted.get(what, 0) + 1

    def _take(
        self, choice: DataObject, matter: Matter, weight: Callable[[flowtable.Row], int], *, by_phone: bool
    ) -> None:
        if possible := self._possible(choice, matter, weight):
            row, person = possible
            attempt = choosing.fitting(choice, self.street, matter, person, row, self.now)
            self._try(matter, attempt, by_phone=by_phone)

    def _any(self, choice: DataObject) -> Matter:
        return self.street.matters[choosing.sampled(choice, self.street.matters)]

    def _possible(
        self, choice: DataObject, matter: Matter, weight: Callable[[flowtable.Row], int] = lambda row: 1
    ) -> tuple[flowtable.Row, Person] | None:
        """A line that the flow offers for the case, and somebody who may take it; None when there is none."""
        self._read(matter)
        found = {
            row: [one for one in self.street.people.values() if self.street.role_for(row, matter, one)]
            for row in flowtable.offers(matter.procedure, matter.stage, public=matter.public)
            if row.is_understood and not self.street.is_blocked(row, matter)
        }
        rows = [row for row, people in found.items() if people for _ in range(weight(row))]
        if not rows:
            return None
        row = choice.draw(sampled_from(rows))
        return row, choice.draw(sampled_from(found[row]))

    def _read(self, matter: Matter) -> Matter:
        """What the model takes from the case: whether it is late, and who has it in hand."""
        [(due, stopped, paused)] = ask(
            "SELECT due_at, clock_stopped_at, paused_at FROM cases_case WHERE id = %s", [matter.id]
        )
        matter.overdue = due is not None and due <= (stopped or paused or self.now)
        held = CaseTask.objects.filter(case=matter.id, state__in=["open", "claimed"]).select_related(
            "assignee"
        )
        task = held.first()
        matter.holder = task.assignee.username if task and task.assignee else ""
        matter.claimed = task is not None and task.state == "claimed"
        return matter

    def _try(self, matter: Matter, attempt: Attempt, *, by_phone: bool) -> None:
        """Through a door; the answer is the model's, and a refusal leaves everything as it was."""
        by_phone = (
            by_phone and not choosing.BY_PAGE_ONLY & set(attempt.fields) and attempt.fields.get("days") != 366
        )
        if attempt.action == "urge" and not by_phone:
            attempt.fields.clear()  # the page asks for a day instead, which is supervision's
        expected = self._expected(matter, attempt)
        before = mark(photos=bool(attempt.photos))
        told = self.doors.step(matter, attempt, by_phone=by_phone)
        assert (told.status, told.code) == expected, (told, attempt, matter)
        self._count(f"{attempt.action} {told.code or 'taken'}")
        if expected != DONE:
            assert mark(photos=bool(attempt.photos)) == before, "a refused step left something"
            return
        self._taken(matter, attempt)

    def _expected(self, matter: Matter, attempt: Attempt) -> tuple[int, str]:
        """Photos are kept first, whatever becomes of the step; only who may take it some time brings some."""
        self._read(matter)
        if attempt.photos and matter.seen_by(attempt.person):
            rows = [
                row
                for row in flowtable.ROWS
                if row.procedure == matter.procedure and row.action == attempt.action
            ]
            if not any(self.street.role_for(row, matter, attempt.person) for row in rows):
                return 403, "step_not_permitted"
            role = "site" if any("photo_site" in row.fields for row in rows) else "after"
            matter.photos += [(role, self.now)] * attempt.photos
        return self.street.judge(matter, attempt, self.now)

    def _taken(self, matter: Matter, attempt: Attempt) -> None:
        row = self.street.row_of(matter, attempt.action)
        assert row is not None
        move(self.street, matter, row, attempt, self.now)
        case = Case.objects.select_related("procedure", "department", "assignee", "master").get(pk=matter.id)
        if "decision" in case.history.latest("seq").data and matter.begun is None:
            # A correction before the first dispatch: the rules chose again, which has proofs of its own.
            chosen = self.street.offices.get(str(case.department_id))
            matter.assignee = matter.assignee if chosen == matter.department else ""
            matter.department = chosen
        self._compare(matter, case)

    def _compare(self, matter: Matter, case: Case) -> None:
        stored = {
            "procedure": case.procedure.key,
            "stage": case.stage, "version": case.version, "category": case.category_id,
            "assignee": case.assignee.username if case.assignee else "", "marks": set(case.marks),
            "master": case.master.number if case.master else "", "rework": case.rework_count,
            "misdispatch": case.misdispatch_count, "extensions": case.extensions, "reopened": case.reopened,
            "exempt": case.exempt, "paused": case.paused_at is not None,
        }  # fmt: skip
        assert stored == {name: getattr(matter, name) for name in COMPARED}
        assert (str(case.department_id or ""), case.cell_code) == (
            matter.department.id if matter.department else "", matter.code,
        )  # fmt: skip
        assert (case.standard.seq if case.standard else None) == matter.standard
        assert case.paused_until == matter.paused_until
        rows = (
            CaseRequest.objects.filter(case=case)
            .order_by("asked_seq", "kind")
            .values_list("kind", "state", "level")
        )
        assert list(rows) == [(one.kind, one.state, one.level) for one in matter.asked]
