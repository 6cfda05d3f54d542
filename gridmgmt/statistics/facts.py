"""History and ledger of one case told again as facts: how it stood when, and who had which stage in hand. Pure.

Steps are known by the words of the flows (``dispatch``, ``feed_back`` …), deadlines by the ledger alone. What is told
about an instant depends only on what happened until then; the one exception is said at ``State.excused_at``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

DERIVATION = 4
"""Raise it when this module tells something else: every fact is then made again (refresh.stale)."""

# Stages whose end is somebody's work with a limit of its own.
WORKS: dict[str, str] = {
    "reported": "accept",
    "pending_verify": "verify",
    "pending_register": "register",
    "pending_dispatch": "dispatch",
    "returned": "redispatch",
    "pending_check": "check",
}
DISPATCHES = frozenset({"dispatch", "redispatch", "dispatch_joint"})
# Decisions by which a report is taken on; what was fixed on the spot is taken on by whatever is decided about that.
ACCEPTS = frozenset({"accept", "self_handle", "spot_check", "not_fixed"})
SAME_AS = {"dispatch_joint": "dispatch"}
REFUSALS = frozenset({"not_accept", "verify_false"})
WAITS = frozenset({"pause", "special", "supplement"})
COLLECTOR = "worker"
# Where somebody's work is done: the check of a case, the end of a branch.
FINISHED = frozenset({"pending_check", "done"})
REWORKS = frozenset({"check_fail", "check_fail_joint", "redo"})


class Head(NamedTuple):
    """What does not move: ``repeated`` is judged once, when the case was reported; ``branch``: one part of a joint case."""

    case_id: UUID
    cell_code: str
    category: str
    reporter: UUID | None
    public: bool
    branch: bool
    repeated: bool
    duty: UUID | None


class StepRow(NamedTuple):
    """A row of history."""

    seq: int
    action: str
    to_stage: str
    actor: UUID | None
    role: str
    department: UUID | None
    at: datetime
    cell_code: str = ""
    category: str = ""


class Tick(NamedTuple):
    """A row of the ledger."""

    kind: str
    at: datetime
    due_at: datetime | None
    limit_value: int | None
    limit_unit: str
    version: int = 0
    hours_path: str = ""


class Spent(NamedTuple):
    """The clock's own time by the calendar and hours of a tick: seconds from a start to it without waits, and of its limit."""

    until: Callable[[datetime, Tick, Sequence[tuple[datetime, datetime]]], int]
    limit: Callable[[Tick], int]


@dataclass(slots=True)
class State:
    """How a case stands; names as in models.CaseState.

    ``excused_at`` is when an appeal was upheld against lateness that this state shows: known only later, therefore a
    figure asks whether it lies before the instant it is read for.
    """

    cell_code: str
    category: str
    reported_at: datetime
    department: UUID | None = None
    collector: UUID | None = None
    acceptor: UUID | None = None
    registrar: UUID | None = None
    handler: UUID | None = None
    joint: bool = False
    merged: bool = False
    accepted_at: datetime | None = None
    refused_at: datetime | None = None
    registered_at: datetime | None = None
    fixed_at: datetime | None = None
    voided_at: datetime | None = None
    closed_at: datetime | None = None
    dispatched_at: datetime | None = None
    due_at: datetime | None = None
    finished_at: datetime | None = None
    late: bool = False
    paused: bool = False
    hung: bool = False
    extended: bool = False
    reworks: int = 0
    used_s: int = 0
    limit_s: int = 0
    excused_at: datetime | None = None


class Told(NamedTuple):
    """A state with the instants it holds for; ``until`` None: to this day."""

    seq: int
    since: datetime
    until: datetime | None
    state: State


@dataclass(slots=True)
class Work:
    """A stay in a stage; names as in models.StageWork."""

    seq: int
    work: str
    entered_at: datetime
    left_at: datetime | None = None
    action: str = ""
    person: UUID | None = None
    acceptor: UUID | None = None
    department: UUID | None = None
    cell_code: str = ""
    category: str = ""
    wrong_at: datetime | None = None


@dataclass(slots=True)
class _Round:
    """The handling clock between a start and a stop."""

    started_at: datetime
    waits: list[tuple[datetime, datetime]] = field(default_factory=list)
    waiting_since: datetime | None = None


class Teller:
    """Goes through steps and ticks once and keeps what it saw."""

    def __init__(self, head: Head, spent: Spent) -> None:
        self.head, self.spent = head, spent
        self.told: list[Told] = []
        self.works: list[Work] = []
        self.state: State | None = None
        self.round: _Round | None = None
        self.seq, self.stage = 0, ""
        self.reworking = False
        self.finisher: UUID | None = None

    def tell(self, steps: Sequence[StepRow], ticks: Sequence[Tick]) -> None:
        """Everything in order of time; ticks of a step come after it."""
        at_once: dict[datetime, tuple[list[StepRow], list[Tick]]] = {}
        for step in steps:
            at_once.setdefault(step.at, ([], []))[0].append(step)
        for tick in ticks:
            at_once.setdefault(tick.at, ([], []))[1].append(tick)
        for at in sorted(at_once):
            for step in at_once[at][0]:
                self._step(step)
            for tick in at_once[at][1]:
                self._tick(tick)
            self._keep(at)

    def _step(self, step: StepRow) -> None:
        state = self.state
        if state is None:
            state = self.state = State(
                cell_code=step.cell_code or self.head.cell_code,
                category=step.category or self.head.category, reported_at=step.at,
                collector=step.actor if step.role == COLLECTOR else None,
            )  # fmt: skip
        self._follow_stages(state, step)
        state.department = step.department
        state.cell_code, state.category = step.cell_code or state.cell_code, step.category or state.category
        _mean(state, step)
        if step.action == "approve_appeal":
            self._excuse(step.at)
        self.reworking = step.action in REWORKS or (self.reworking and step.action not in DISPATCHES)
        if step.to_stage in FINISHED and self.stage not in FINISHED:
            self.finisher = step.actor
        self.seq, self.stage = step.seq, step.to_stage

    def _follow_stages(self, state: State, step: StepRow) -> None:
        """Ends the work of a stage that is left and begins that of the one entered."""
        if step.to_stage == self.stage:
            return
        for work in self.works[-1:]:
            if work.left_at is None:
                work.left_at, work.person = step.at, step.actor
                work.action = SAME_AS.get(step.action, step.action)
                work.department, work.cell_code, work.category = (
                    step.department,
                    state.cell_code,
                    state.category,
                )
                work.acceptor = state.acceptor or (step.actor if step.action in ACCEPTS else None)
        if step.action in DISPATCHES:
            self._mark_wrong(step, state.department)
        if step.to_stage in WORKS:
            self.works.append(
                Work(
                    step.seq,
                    WORKS[step.to_stage],
                    step.at,
                    acceptor=state.acceptor,
                    department=step.department,
                    cell_code=step.cell_code or state.cell_code,
                    category=step.category or state.category,
                )
            )

    def _mark_wrong(self, step: StepRow, before: UUID | None) -> None:
        """A redispatch to another department shows that the dispatch before it was wrong."""
        if step.action != "redispatch" or before == step.department:
            return
        for work in reversed(self.works[:-1]):  # the last is the stay in "returned" that just ended
            if work.action in DISPATCHES:
                work.wrong_at = work.wrong_at or step.at
                return

    def _tick(self, tick: Tick) -> None:
        state = self.state
        if state is None:
            return  # a promise made with the report needs no telling
        if tick.kind == "start":
            self._start(state, tick)
        elif tick.kind == "stop":
            self._stop(state, tick)
        elif tick.kind == "joint":
            self._follow_branches(state, tick)
        elif tick.kind in WAITS and self.round is not None:
            state.paused, self.round.waiting_since = True, tick.at
        elif tick.kind == "resume":
            self._resume(tick.at)
            state.paused = False
        elif tick.kind == "extend":
            state.extended = True
        state.due_at = tick.due_at if state.dispatched_at is not None else None

    def _follow_branches(self, state: State, tick: Tick) -> None:
        """Due at the latest of its branches: the first entry after a start says so, a later one may bring more time."""
        later = bool(tick.due_at and state.due_at and tick.due_at > state.due_at)
        state.extended = state.extended or (state.joint and later)
        state.joint = True
        if tick.due_at is None and self.round is not None:
            state.paused, self.round.waiting_since = True, tick.at
        else:
            self._resume(tick.at)
            state.paused = False

    def _start(self, state: State, tick: Tick) -> None:
        """A dispatch begins anew; a failed check is another round of the same department's work."""
        self.round = _Round(tick.at)
        if self.reworking:
            state.reworks, self.reworking = state.reworks + 1, False
        else:
            state.late, state.reworks, state.used_s, state.limit_s, state.excused_at = False, 0, 0, 0, None
        state.dispatched_at = state.dispatched_at if state.reworks else tick.at
        state.finished_at, state.handler, state.paused, state.extended = None, None, False, False
        state.joint = False

    def _stop(self, state: State, tick: Tick) -> None:
        """Work is reported done; a case that ends otherwise was not handled."""
        if self.round is not None:
            self._resume(tick.at)
            if tick.limit_unit:
                state.used_s += self.spent.until(self.round.started_at, tick, self.round.waits)
                state.limit_s += self.spent.limit(tick)
            self.round = None
        state.paused = False
        if state.merged or state.voided_at or state.refused_at:
            return
        state.finished_at = tick.at
        state.handler = self.finisher
        state.late = state.late or (tick.due_at is not None and tick.at > tick.due_at)

    def _resume(self, at: datetime) -> None:
        if self.round is not None and self.round.waiting_since is not None:
            self.round.waits.append((self.round.waiting_since, at))
            self.round.waiting_since = None

    def _excuse(self, at: datetime) -> None:
        """The decision holds for what it was about: the present assignment since it was finished."""
        if self.state is None or self.state.excused_at is not None:
            return
        self.state.excused_at = at
        for number, told in reversed(list(enumerate(self.told))):
            if told.state.dispatched_at != self.state.dispatched_at or told.state.excused_at is not None:
                return
            self.told[number] = told._replace(state=replace(told.state, excused_at=at))

    def _keep(self, at: datetime) -> None:
        """A row only when something that figures read has changed."""
        if self.state is None or (self.told and self.told[-1].state == self.state):
            return
        if self.told:
            self.told[-1] = self.told[-1]._replace(until=at)
        self.told.append(Told(self.seq, at, None, replace(self.state)))


def _mean(state: State, step: StepRow) -> None:
    """What a step says about the case as a whole."""
    action, stage = step.action, step.to_stage
    if action in ACCEPTS and state.accepted_at is None:
        state.accepted_at, state.acceptor = step.at, step.actor
    if action == "register" and state.registered_at is None:
        state.registered_at, state.registrar = step.at, step.actor
    elif action == "self_handle" or (stage == "closed" and state.registered_at is None):
        state.fixed_at = (
            state.fixed_at or step.at
        )  # closed without ever being filed: the reporter had put it right
    elif action in REFUSALS:
        state.refused_at = step.at
        state.acceptor = state.acceptor or step.actor
    state.merged = stage == "merged"
    state.voided_at = (state.voided_at or step.at) if stage == "voided" else None
    state.closed_at = (state.closed_at or step.at) if stage == "closed" else None
    state.hung = stage == "hung"


def tell(
    head: Head, steps: Sequence[StepRow], ticks: Sequence[Tick], spent: Spent
) -> tuple[list[Told], list[Work]]:
    """All states of a case, oldest first, and all work in its stages."""
    teller = Teller(head, spent)
    teller.tell(steps, ticks)
    return teller.told, teller.works


def grouped_by_case(
    heads: Sequence[Head], steps: Mapping[UUID, list[StepRow]], ticks: Mapping[UUID, list[Tick]], spent: Spent
) -> Iterator[tuple[Head, list[Told], list[Work]]]:
    """The same for many cases."""
    for head in heads:
        yield head, *tell(head, steps.get(head.case_id, []), ticks.get(head.case_id, []), spent)
