"""A flow walked without a case: what would be offered, to whom, and what each step would do. Pure; nothing is written.

It follows `cases.actions._take` for stage, requests, marks, assignment and clock; a test walks a case and a trial side
by side. People, photos, departments and categories are not part of it: who may take a step is told, not checked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from geodata.errors import DomainError
from geodata.errors import mark as _
from gridmgmt.cases import clock, clock_book
from gridmgmt.cases.clock_book import Entry, Kind, State, Terms
from gridmgmt.cases.flow_words import argument_of, word_of
from gridmgmt.cases.guards import CHECKS, Facts, blocked
from gridmgmt.cases.workflow import BEGINNING, Flow, StageDef, TransitionDef

MOST_STEPS = 60
LONGEST = timedelta(days=3660)
CLOCK: Mapping[str, str] = {
    "start_handle": Kind.START, "restart_handle": Kind.START, "stop_handle": Kind.STOP, "stop": Kind.STOP, "pause": Kind.PAUSE,
    "wait_special": Kind.SPECIAL, "wait_supplement": Kind.SUPPLEMENT, "resume": Kind.RESUME, "extend": Kind.EXTEND,
}  # fmt: skip
USUAL_DAYS = 1


@dataclass(frozen=True, slots=True)
class Matter:
    """What is tried: whose report, from when, with which limit; drawn for a check on site or not."""

    is_public: bool
    begun: datetime
    limit_value: int
    limit_unit: str
    drawn: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """A step of the walk; days and date where the step asks for them."""

    action: str
    at: datetime
    days: int | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Switches:
    """Facts set by hand instead of those of the walk; None leaves them."""

    overdue: bool | None = None
    assigned: bool | None = None
    exempt: bool | None = None
    marks: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """Where the walk is: flow and stage, the clock, and what guards look at."""

    flow: Flow
    stage: str
    at: datetime
    clock: State
    stage_due: datetime | None = None
    assigned: bool = False
    exempt: bool = False
    marks: frozenset[str] = frozenset()
    open_requests: Mapping[str, int] = field(default_factory=dict)
    granted: Mapping[str, int] = field(default_factory=dict)
    lapsed: tuple[str, ...] = ()
    rework: int = 0
    reopened: bool = False
    paused_until: date | None = None

    @property
    def here(self) -> StageDef:
        """The present stage."""
        return self.flow.stages[self.stage]

    @property
    def overdue(self) -> bool:
        """Past the limit at the instant the clock stopped, stands still, or now."""
        until = self.clock.stopped_at or self.clock.paused_at or self.at
        return self.clock.due_at is not None and self.clock.due_at <= until


@dataclass(frozen=True, slots=True)
class Offer:
    """A step from the present stage: why it is not offered (empty when it is), and where it would lead."""

    step: TransitionDef
    reasons: tuple[str, ...] = ()
    after: Position | None = None
    refusal: DomainError | None = None

    @property
    def open(self) -> bool:
        """True when it can be taken now."""
        return not self.reasons and self.refusal is None


class Trial:
    """One flow tried on one matter. ``flows``: what other flows a step may lead to; ``terms``: calendar and hours."""

    def __init__(self, flow: Flow, matter: Matter, terms: Terms, flows: Mapping[str, Flow]) -> None:
        self.flow, self.matter, self.terms, self.flows = flow, matter, terms, flows

    def begin(self) -> Position:
        """The matter has come in. Error flow_not_walkable 422: no beginning that leads to a stage, or a
        condition nobody knows."""
        steps = self.flow.offers(BEGINNING, is_public=self.matter.is_public)
        unknown = any(word_of(term) not in CHECKS for step in self.flow.transitions for term in step.guards)
        if unknown or not steps or steps[0].to_stage not in self.flow.stages:
            raise _not_walkable()
        stage, at = self.flow.stages[steps[0].to_stage], self.matter.begun
        promise = Entry(Kind.PROMISE, at, self.matter.limit_value, self.matter.limit_unit)
        return Position(self.flow, stage.key, at, self._advance(State(), promise), self._stage_due(stage, at))

    def walk(self, taken: Sequence[Taken]) -> list[Position]:
        """Every position from the beginning on. Errors: flow_trial_impossible 422 for a step the table has not there,
        one before its predecessor, or too many; those of the clock."""
        found = [self.begin()]
        if len(taken) > MOST_STEPS:
            raise _impossible("", len(taken))
        for number, each in enumerate(taken, 1):
            step = found[-1].flow.find(found[-1].stage, each.action, is_public=self.matter.is_public)
            if step is None or not found[-1].at <= each.at <= self.matter.begun + LONGEST:
                raise _impossible(each.action, number)
            found.append(self.after(found[-1], step, each))
        return found

    def offers(
        self, here: Position, at: datetime, switches: Switches, *, days: int | None = None
    ) -> list[Offer]:
        """Every step the table has at this stage for this kind of matter, at an instant."""
        facts = self.facts(here, at, switches)
        found = []
        for step in here.flow.offers(here.stage, is_public=self.matter.is_public):
            reasons = tuple(blocked(here.flow, step, facts))
            try:
                after = self.after(here, step, Taken(step.action, at, days))
                found.append(Offer(step, reasons, after))
            except DomainError as error:
                found.append(Offer(step, reasons, None, error))
        return found

    def elsewhere(self, here: Position) -> list[TransitionDef]:
        """Steps of the flow that are not this stage's, or only for the other kind of matter."""
        shown = here.flow.offers(here.stage, is_public=self.matter.is_public)
        return [step for step in here.flow.transitions if step not in shown and step.from_stage]

    def facts(self, here: Position, at: datetime, switches: Switches) -> Facts:
        """What guards look at: the walk's own facts unless a switch says otherwise."""

        def chosen(switch: bool | None, fact: bool) -> bool:  # noqa: FBT001 - a choice of two
            return fact if switch is None else switch

        return Facts(
            overdue=chosen(switches.overdue, replace(here, at=at).overdue),
            assigned=chosen(switches.assigned, here.assigned),
            exempt=chosen(switches.exempt, here.exempt),
            marks=here.marks if switches.marks is None else switches.marks,
            draw=0 if self.matter.drawn else 99,
            open_requests=here.open_requests,
            granted=here.granted,
        )

    def after(self, here: Position, step: TransitionDef, taken: Taken) -> Position:
        """The position behind a step, guards not asked. Errors: flow_trial_refused 409 by the clock, no_procedure."""
        then = _requested(_effects(replace(here, at=taken.at), step), step)
        return self._moved(self._clocked(then, step, taken), step, taken.at)

    def _moved(self, here: Position, step: TransitionDef, at: datetime) -> Position:
        flow = self.flows.get(step.to_procedure) if step.to_procedure else here.flow
        if flow is None or (not step.stays and step.to_stage not in flow.stages):
            raise _not_walkable()
        to_stage = step.leads_to(here.stage)
        if to_stage == here.stage and not step.to_procedure:
            return here
        lapsed = tuple(kind for kind in here.open_requests if kind != step.request)
        kept = {kind: level for kind, level in here.open_requests.items() if kind not in lapsed}
        due = self._stage_due(flow.stages[to_stage], at)
        return replace(here, flow=flow, stage=to_stage, stage_due=due, open_requests=kept, lapsed=lapsed)

    def _stage_due(self, stage: StageDef, at: datetime) -> datetime | None:
        return clock.add(stage.limit_value, stage.limit_unit, at, *self.terms) if stage.limit_value else None

    def _clocked(self, here: Position, step: TransitionDef, taken: Taken) -> Position:
        """What ``ledger`` would enter."""
        kind, state = CLOCK.get(step.clock_effect), here.clock
        if kind is None:
            return here
        if kind == Kind.EXTEND:
            _check_extension(state, taken.at)
        skipped = (
            (kind == Kind.STOP and (state.started_at is None or state.stopped_at is not None))
            or (kind in clock_book.WAITS and state.paused_at is not None)
            or (kind == Kind.RESUME and state.paused_at is None)
        )
        if not skipped:
            state = self._advance(State() if kind == Kind.START else state, self._entry(kind, taken))
        if kind == Kind.STOP:
            state = replace(state, paused_at=None, wait_ends_at=None)
        until = taken.until if kind in clock_book.WAITS else here.paused_until
        return replace(here, clock=state, paused_until=until if state.paused_at else None)

    def _entry(self, kind: str, taken: Taken) -> Entry:
        days = (
            taken.days
            if kind == Kind.SPECIAL
            else (taken.days or USUAL_DAYS)
            if kind == Kind.EXTEND
            else None
        )
        unit = self.matter.limit_unit
        return Entry(
            kind, taken.at, self.matter.limit_value, unit, amount=days, amount_unit=clock_book.days_unit(unit) if days else ""
        )  # fmt: skip

    def _advance(self, state: State, entry: Entry) -> State:
        return clock_book.advance(state, entry, self.terms)


def _check_extension(state: State, at: datetime) -> None:
    if state.due_at is None or at >= state.due_at:
        raise DomainError(
            code="flow_trial_refused",
            status=409,
            message=_("The clock refuses: an overdue case cannot be extended."),
        )


def _effects(here: Position, step: TransitionDef) -> Position:
    """Assignment by a field that is asked for, then each effect in its order."""
    if "department" in step.requires:
        here = replace(here, assigned=False)
    if "staff" in step.requires:
        here = replace(here, assigned=True)
    for term in step.effects:
        word = word_of(term)
        if word == "unassign":
            here = replace(here, assigned=False)
        elif word == "exempt":
            here = replace(here, exempt=True)
        elif word == "rework":
            here = replace(here, rework=here.rework + 1)
        elif word == "reopened":
            here = replace(here, reopened=True)
        elif word == "mark":
            here = replace(here, marks=here.marks | {argument_of(term)})
    return replace(here, lapsed=())


def _requested(here: Position, step: TransitionDef) -> Position:
    """Asked, endorsed, decided."""
    waiting, granted = dict(here.open_requests), dict(here.granted)
    if step.request_move == "ask":
        waiting[step.request] = 0
    elif step.request_move == "endorse":
        waiting[step.request] = waiting.get(step.request, 0) + 1
    elif step.request_move:
        waiting.pop(step.request, None)
        granted[step.request] = granted.get(step.request, 0) + (step.request_move == "grant")
    return replace(here, open_requests=waiting, granted=granted)


def _not_walkable() -> DomainError:
    return DomainError(
        code="flow_not_walkable", status=422, message=_("This flow cannot be tried yet: a step leads nowhere. See its findings.")
    )  # fmt: skip


def _impossible(action: str, number: int) -> DomainError:
    return DomainError(
        code="flow_trial_impossible", status=422,
        message=_("Step %(number)s of this trial, “%(action)s”, is not possible there."),
        data={"number": number, "action": action},
    )  # fmt: skip
