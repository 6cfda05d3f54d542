"""Flows as plain tables: which step is permitted from which stage. Pure: knows no database and no kind of matter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

REPORT = "report"
ANY_STAGE = "*"
SAME_STAGE = "*"
BEGINNING = ""


@dataclass(frozen=True, slots=True)
class StageDef:
    """A stage; ``clock`` is running, paused or final. The public name is what a resident reads."""

    key: str
    order: int
    name: str
    name_en: str
    owner_role: str
    clock: str
    limit_value: int | None
    limit_unit: str
    public_name: str = ""
    public_name_en: str = ""

    @property
    def is_final(self) -> bool:
        """True when nothing more is due here."""
        return self.clock == "final"


@dataclass(frozen=True, slots=True)
class TransitionDef:
    """A permitted step; the words are those of flow_words. ``condition`` public/own binds it to the kind of source.

    ``to_procedure`` names another flow whose stage ``to_stage`` is: the matter goes on there. ``request`` and
    ``request_move`` tie the step to a request; ``request_level`` is how many endorsements it must have by then.
    """

    from_stage: str
    action: str
    to_stage: str
    condition: str
    name: str
    name_en: str
    roles: frozenset[str]
    relation: str
    requires: tuple[str, ...]
    clock_effect: str
    notify: str
    to_procedure: str = ""
    takes: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    request: str = ""
    request_move: str = ""
    request_level: int | None = None
    trigger: str = ""
    tone: str = "go"

    @property
    def stays(self) -> bool:
        """True when the stage remains what it is."""
        return self.to_stage == SAME_STAGE

    @property
    def fields(self) -> frozenset[str]:
        """Every field that may come with the step."""
        return frozenset((*self.requires, *self.takes))

    def leads_to(self, stage: str) -> str:
        """The stage after the step."""
        return stage if self.stays else self.to_stage

    def holds_for(self, *, is_public: bool) -> bool:
        """True when the step exists for this kind of source."""
        return self.condition in ("", "public" if is_public else "own")


@dataclass(frozen=True, slots=True)
class RequestDef:
    """Something one side may ask of another, as a delay. ``most_granted`` per matter; None: no bound."""

    key: str
    name: str
    name_en: str
    most_granted: int | None = None


@dataclass(frozen=True, slots=True)
class FieldDef:
    """A field a flow asks for that the engine only keeps: its value goes into the history row."""

    key: str
    name: str
    name_en: str
    kind: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Flow:
    """One version of a procedure. ``active``: new matters take it."""

    id: int
    key: str
    version: int
    active: bool
    stages: Mapping[str, StageDef]
    transitions: tuple[TransitionDef, ...]
    kind: str = "incident"
    requests: Mapping[str, RequestDef] = field(default_factory=dict)
    fields: Mapping[str, FieldDef] = field(default_factory=dict)
    name: str = ""
    name_en: str = ""

    @classmethod
    def of(
        cls,
        id: int,  # noqa: A002 - the row's own name
        key: str,
        version: int,
        *,
        active: bool,
        stages: Iterable[StageDef],
        transitions: Iterable[TransitionDef],
        kind: str = "incident",
        requests: Iterable[RequestDef] = (),
        fields: Iterable[FieldDef] = (),
        name: str = "",
        name_en: str = "",
    ) -> Flow:
        """A flow from its rows."""
        return cls(
            id,
            key,
            version,
            active,
            {stage.key: stage for stage in stages},
            tuple(transitions),
            kind,
            {request.key: request for request in requests},
            {each.key: each for each in fields},
            name,
            name_en,
        )

    def offers(self, stage: str, *, is_public: bool) -> list[TransitionDef]:
        """All steps the table permits from a stage, for some role; empty stage is the beginning."""
        here = self.stages.get(stage)
        running = here is not None and not here.is_final
        return [
            t
            for t in self.transitions
            if (t.from_stage == stage or (t.from_stage == ANY_STAGE and running))
            and t.holds_for(is_public=is_public)
        ]

    def find(self, stage: str, action: str, *, is_public: bool) -> TransitionDef | None:
        """The step of a name from a stage, or None when the table has no such row."""
        return next((t for t in self.offers(stage, is_public=is_public) if t.action == action), None)

    def beginning(self, *, is_public: bool) -> TransitionDef:
        """The step by which a matter comes in. LookupError when the flow has none, which checks rule out."""
        begin = next(iter(self.offers(BEGINNING, is_public=is_public)), None)
        if begin is None:
            raise LookupError(f"procedure {self.key} v{self.version} has no beginning")
        return begin

    def first_stage(self, *, is_public: bool) -> str:
        """Where a new matter begins."""
        return self.beginning(is_public=is_public).to_stage

    def legal_pairs(self) -> frozenset[tuple[str, str, str]]:
        """(from, action, to) of every permitted step: what history is checked against."""
        pairs: set[tuple[str, str, str]] = set()
        for t in self.transitions:
            origins = (
                [key for key, stage in self.stages.items() if not stage.is_final]
                if t.from_stage == ANY_STAGE
                else [t.from_stage]
            )
            pairs.update((origin, t.action, t.leads_to(origin)) for origin in origins)
        return frozenset(pairs)


def missing_fields(requires: Sequence[str], given: Mapping[str, object]) -> list[str]:
    """Required fields that are absent, empty or denied."""
    return [name for name in requires if given.get(name) in (None, "", False, [], ())]
