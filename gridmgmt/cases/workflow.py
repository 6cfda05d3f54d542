"""Flows as plain tables: which step is permitted from which stage. Pure: knows no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

REPORT = "report"
ANY_STAGE = "*"
SAME_STAGE = "*"


@dataclass(frozen=True, slots=True)
class StageDef:
    """A stage; ``clock`` is running, paused or final."""

    key: str
    order: int
    name: str
    name_en: str
    owner_role: str
    clock: str
    limit_value: int | None
    limit_unit: str

    @property
    def is_final(self) -> bool:
        """True when nothing more is due here."""
        return self.clock == "final"


@dataclass(frozen=True, slots=True)
class TransitionDef:
    """A permitted step. ``condition`` public/own binds it to the kind of source."""

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

    def leads_to(self, stage: str) -> str:
        """The stage after the step."""
        return stage if self.to_stage == SAME_STAGE else self.to_stage


@dataclass(frozen=True, slots=True)
class Flow:
    """One version of a procedure."""

    id: int
    key: str
    version: int
    active: bool
    stages: Mapping[str, StageDef]
    transitions: tuple[TransitionDef, ...]

    @classmethod
    def of(
        cls,
        id: int,  # noqa: A002 - the row's own name
        key: str,
        version: int,
        active: bool,  # noqa: FBT001 - a column
        *,
        stages: Sequence[StageDef],
        transitions: Sequence[TransitionDef],
    ) -> Flow:
        """A flow from its rows."""
        return cls(id, key, version, active, {stage.key: stage for stage in stages}, tuple(transitions))

    def offers(self, stage: str, *, is_public: bool) -> list[TransitionDef]:
        """All steps the table permits from a stage, for some role; empty stage is the beginning."""
        here = self.stages.get(stage)
        running = here is not None and not here.is_final
        condition = "public" if is_public else "own"
        return [
            t
            for t in self.transitions
            if (t.from_stage == stage or (t.from_stage == ANY_STAGE and running))
            and t.condition in ("", condition)
        ]

    def find(self, stage: str, action: str, *, is_public: bool) -> TransitionDef | None:
        """The step of a name from a stage, or None when the table has no such row."""
        return next((t for t in self.offers(stage, is_public=is_public) if t.action == action), None)

    def first_stage(self, *, is_public: bool) -> str:
        """Where a new report begins."""
        begin = self.find("", REPORT, is_public=is_public)
        if begin is None:
            raise LookupError(f"procedure {self.key} v{self.version} has no report step")
        return begin.to_stage

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
