"""One case being lived through in memory, by the same table and clock as a live one, and written by COPY later.

`take` mirrors gridmgmt.cases.actions and ledger without a database; tests play the same story through the live
actions and compare.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, NamedTuple
from uuid import UUID

from gridmgmt.cases import clock_book, ledger
from gridmgmt.cases.clock_book import Kind
from gridmgmt.cases.flow_words import argument_of, word_of
from gridmgmt.cases.intake import FIXED
from gridmgmt.cases.reference import Reference, StandardRef
from gridmgmt.cases.routing import DepartmentRef
from gridmgmt.cases.workflow import REPORT, Flow, TransitionDef


class IllegalStepError(Exception):
    """The table has no such step: a fault of the story, never of its data."""


@dataclass(slots=True)
class Entry:
    """A row of history."""

    seq: int
    action: str
    from_stage: str
    to_stage: str
    actor: UUID | None
    role: str
    department: str | None
    at: datetime
    text: str
    data: dict[str, Any]


class Tick(NamedTuple):
    """A row of the clock's ledger."""

    entry: clock_book.Entry
    due_at: datetime | None


@dataclass(slots=True)
class Asked:
    """A row of requests; names as in cases.models.CaseRequest."""

    kind: str
    seq: int
    at: datetime
    by: UUID | None
    department: str | None
    text: str
    data: dict[str, Any]
    state: str = "open"
    level: int = 0
    endorsed_by: UUID | None = None
    decided_seq: int | None = None
    decided_at: datetime | None = None
    decided_by: UUID | None = None
    decision: str = ""


@dataclass(slots=True)
class Docket:
    """State of one case; names as in cases.models.Case."""

    known: Reference
    flow: Flow
    is_public: bool
    reported_at: datetime
    standard: StandardRef | None
    department: DepartmentRef | None
    code: str
    flags: tuple[str, ...] = ()
    stage: str = ""
    version: int = 1
    stage_since: datetime | None = None
    stage_due_at: datetime | None = None
    clock_started_at: datetime | None = None
    clock_stopped_at: datetime | None = None
    paused_at: datetime | None = None
    due_at: datetime | None = None
    near_at: datetime | None = None
    clock: clock_book.State = field(default_factory=clock_book.State)
    closed_at: datetime | None = None
    assignee: UUID | None = None
    master: UUID | None = None
    rework_count: int = 0
    extensions: int = 0
    reopened: bool = False
    exempt: bool = False
    misdispatch_count: int = 0
    marks: list[str] = field(default_factory=list)
    paused_until: datetime | None = None
    requests: list[Asked] = field(default_factory=list)
    history: list[Entry] = field(default_factory=list)
    ticks: list[Tick] = field(default_factory=list)

    @property
    def is_fixed(self) -> bool:
        """True when it was reported as put right on the spot."""
        return FIXED in self.flags

    def report(self, *, actor: UUID | None, role: str) -> None:
        """The first row, with the promised deadline."""
        self.stage = self.flow.first_stage(is_public=self.is_public)
        self._arrive(self.stage, self.reported_at)
        self._tick(Kind.PROMISE, self.reported_at)
        self._remember(REPORT, "", actor, role, self.reported_at, "", {"flags": list(self.flags)})

    def take(
        self,
        action: str,
        *,
        at: datetime,
        actor: UUID | None,
        role: str,
        text: str = "",
        data: dict[str, Any],
    ) -> None:
        """One step: table, effects on the clock, stage, version, history. `data` is what live steps remember."""
        step = self.flow.find(self.stage, action, is_public=self.is_public)
        if step is None or role not in step.roles:
            raise IllegalStepError(f"{role} cannot {action} from {self.stage}")
        from_stage = self.stage
        self._mark(step, data)
        self._request(step, actor, at, text, data)
        self._run_clock(step, at, data)
        to_stage = step.leads_to(self.stage)
        if step.to_procedure:
            before, self.flow = self.flow, self.known.active_flows[step.to_procedure]
            data |= {"procedure": f"{self.flow.key} v{self.flow.version}", "procedure_before": before.id}
        if to_stage != self.stage or step.to_procedure:
            self._lapse(step, at)
            self.stage = to_stage
            self._arrive(to_stage, at)
        self.version += 1
        self._remember(action, from_stage, actor, role, at, text, data)

    def _mark(self, step: TransitionDef, data: dict[str, Any]) -> None:
        """As gridmgmt.cases.step_effects."""
        for term in step.effects:
            word, argument = word_of(term), argument_of(term)
            if word == "rework":
                self.rework_count += 1
            elif word == "reopened":
                self.reopened = True
            elif word == "exempt":
                self.exempt = True
            elif word == "misdispatch":
                self.misdispatch_count += "department_before" in data
            elif word == "unassign":
                self.assignee = None
            elif word == "mark" and argument not in self.marks:
                self.marks.append(argument)

    def _request(
        self, step: TransitionDef, actor: UUID | None, at: datetime, text: str, data: dict[str, Any]
    ) -> None:
        """As gridmgmt.cases.case_requests."""
        if not step.request:
            return
        department = self.department.id if self.department else None
        if step.request_move == "ask":
            kept = dict(data)
            self.requests.append(Asked(step.request, self.version + 1, at, actor, department, text, kept))
            return
        asked = next((r for r in self.requests if r.kind == step.request and r.state == "open"), None)
        if asked is None:
            raise IllegalStepError(f"nobody asked for {step.request}")
        data["request"] = asked.seq
        if step.request_move == "endorse":
            asked.level, asked.endorsed_by = asked.level + 1, actor
            return
        asked.state = {"grant": "granted", "refuse": "refused", "withdraw": "withdrawn"}[step.request_move]
        asked.decided_seq, asked.decided_at, asked.decided_by = self.version + 1, at, actor
        asked.decision = text

    def _lapse(self, step: TransitionDef, at: datetime) -> None:
        for asked in self.requests:
            if asked.state == "open" and asked.kind != step.request:
                asked.state, asked.decided_seq, asked.decided_at = "lapsed", self.version + 1, at

    def _arrive(self, stage: str, at: datetime) -> None:
        self.stage_since = at
        self.stage_due_at = ledger.stage_due(self.flow.stages[stage], at, self.known, self.code)
        self.closed_at = at if self.flow.stages[stage].is_final else None

    def _run_clock(self, step: TransitionDef, at: datetime, data: dict[str, Any]) -> None:
        effect = step.clock_effect
        if effect in ("start_handle", "restart_handle"):
            self._tick(Kind.START, at)
        elif effect in ("stop_handle", "stop"):
            if self.clock_stopped_at is None and self.clock_started_at is not None:
                self._tick(Kind.STOP, at)
            self.paused_at = None
        elif effect == "pause" and self.paused_at is None:
            self._tick(Kind.PAUSE, at)
        elif effect == "resume" and self.paused_at is not None:
            self._tick(Kind.RESUME, at)
        elif effect == "extend":
            self._extend(at, data)
        self._keep_until(effect, data)

    def _keep_until(self, effect: str, data: dict[str, Any]) -> None:
        """As gridmgmt.cases.ledger."""
        if self.paused_at is None:
            self.paused_until = None
        elif effect == "pause" and "until" in data:
            day = date.fromisoformat(data["until"])
            self.paused_until = datetime.combine(day, time.min, tzinfo=self.known.zone)

    def _extend(self, at: datetime, data: dict[str, Any]) -> None:
        """By the granted days, at most by the original limit."""
        if self.due_at is None or self.standard is None:
            raise IllegalStepError("nothing to extend")
        self._tick(Kind.EXTEND, at, data["days"], clock_book.days_unit(self.standard.limit_unit))
        self.extensions += 1
        data["due_at"] = self.due_at.isoformat()

    def _tick(self, kind: Kind, at: datetime, days: int | None = None, unit: str = "") -> None:
        """One more entry of the ledger and the state after it."""
        path = self.department.path if self.department else ""
        value, running = (
            (self.standard.limit_value, self.standard.limit_unit) if self.standard else (None, "")
        )
        entry = clock_book.Entry(kind, at, value, running, self.known.calendar.version, path, days, unit)
        self.clock = clock_book.advance(self.clock, entry, self.known.terms(path))
        self._read_clock()
        if kind != Kind.PROMISE:
            self.ticks.append(Tick(entry, self.due_at))

    def _read_clock(self) -> None:
        state = self.clock
        self.clock_started_at, self.clock_stopped_at = state.started_at, state.stopped_at
        self.paused_at, self.due_at, self.near_at = state.paused_at, state.due_at, state.near_at

    def _remember(
        self,
        action: str,
        from_stage: str,
        actor: UUID | None,
        role: str,
        at: datetime,
        text: str,
        data: dict[str, Any],
    ) -> None:
        department = self.department.id if self.department else None
        row = Entry(self.version, action, from_stage, self.stage, actor, role, department, at, text, data)
        self.history.append(row)
