"""Is a procedure sound? One beginning, every stage reachable, no dead end, clocks that fit the lamps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext_noop as _

from gridmgmt.cases.catalogue_line import ANY_STAGE
from gridmgmt.cases.catalogue_rows import ProcedureRow, StageRow, TransitionRow

BEGINNING = ""
# Which effects a step may have when it enters or leaves a paused stage, or ends the case.
ENTER_PAUSED = frozenset({"pause", "wait_special", "wait_supplement"})
LEAVE_PAUSED = frozenset({"resume", "restart_handle"})
END = frozenset({"stop"})

Steps = Mapping[str, set[str]]


def check_flow(procedure: ProcedureRow, stages: list[StageRow], transitions: list[TransitionRow]) -> None:
    """Raises at the first fault; public reports and own ones are followed separately."""
    by_key = {row.key: row for row in stages}
    for row in transitions:
        _check_stages(row, by_key)
    _check_beginning(procedure, transitions)
    _check_conditions(transitions)
    for row in transitions:
        _check_clock(row, by_key)
    kinds = ("own", "public")
    reached = {kind: _reached(_steps(transitions, by_key, kind), BEGINNING) for kind in kinds}
    for stage in stages:
        if not any(stage.key in found for found in reached.values()):
            message = _("%(file)s, line %(line)s: no step leads to stage %(stage)s.")
            raise stage.line.error("unreachable_stage", message, stage=stage.key)
    for kind in kinds:
        steps = _steps(transitions, by_key, kind)
        for stage in stages:
            if stage.key in reached[kind]:
                _check_way_out(stage, steps, by_key)


def _check_stages(row: TransitionRow, by_key: Mapping[str, StageRow]) -> None:
    allowed = {"from_stage": {BEGINNING, ANY_STAGE, *by_key}, "to_stage": {ANY_STAGE, *by_key}}
    for column, known in allowed.items():
        if row.line.cells[column] not in known:
            raise row.line.error(
                "unknown_reference",
                _("%(file)s, line %(line)s: column %(column)s names “%(value)s”, which does not exist."),
                column=column,
                value=row.line.cells[column],
            )
    if row.from_stage in {BEGINNING, ANY_STAGE} and (row.from_stage == BEGINNING) == (
        row.to_stage == ANY_STAGE
    ):
        raise row.line.bad("to_stage")


def _check_beginning(procedure: ProcedureRow, transitions: list[TransitionRow]) -> None:
    first = [row for row in transitions if row.from_stage == BEGINNING]
    if len(first) != 1:
        message = _("%(file)s, line %(line)s: procedure %(procedure)s needs exactly one beginning.")
        line = first[-1].line if first else procedure.line
        raise line.error("no_beginning", message, procedure=procedure.key)


def _check_conditions(transitions: list[TransitionRow]) -> None:
    """A step is either for all reports, or given once for own and once for public ones."""
    conditions: dict[tuple[str, str], set[str]] = {}
    for row in transitions:
        conditions.setdefault((row.from_stage, row.action), set()).add(row.condition)
    for row in transitions:
        found = conditions[row.from_stage, row.action]
        if "" in found and len(found) > 1:
            raise row.line.bad("condition")


def _check_clock(row: TransitionRow, by_key: Mapping[str, StageRow]) -> None:
    """Into a paused stage: pause; out of it: resume or restart; into a final one: stop; else none of them."""
    if ANY_STAGE in {row.from_stage, row.to_stage} or row.from_stage == BEGINNING:
        expected = frozenset({"none", "extend"})
    else:
        before, after = by_key[row.from_stage].lamp, by_key[row.to_stage].lamp
        if after == "final":
            expected = END
        elif after == "paused":
            expected = ENTER_PAUSED
        elif before == "paused":
            expected = LEAVE_PAUSED
        else:
            expected = frozenset({"none", "start_handle", "stop_handle", "restart_handle"})
    if row.clock_effect not in expected:
        raise row.line.error(
            "clock_mismatch",
            _("%(file)s, line %(line)s: clock effect “%(value)s” does not fit the stages of this step."),
            value=row.clock_effect,
        )


def _steps(transitions: Iterable[TransitionRow], by_key: Mapping[str, StageRow], kind: str) -> Steps:
    """Stage to stages, one step each, for one kind of source; "*" written out."""
    steps: dict[str, set[str]] = {key: set() for key in (BEGINNING, *by_key)}
    running = [key for key, stage in by_key.items() if stage.lamp != "final"]
    for row in transitions:
        if row.condition in {"", kind}:
            for origin in running if row.from_stage == ANY_STAGE else [row.from_stage]:
                steps[origin].add(origin if row.to_stage == ANY_STAGE else row.to_stage)
    return steps


def _reached(steps: Steps, start: str) -> set[str]:
    found, todo = {start}, [start]
    while todo:
        for stage in steps[todo.pop()] - found:
            found.add(stage)
            todo.append(stage)
    return found


def _check_way_out(stage: StageRow, steps: Steps, by_key: Mapping[str, StageRow]) -> None:
    ways = _reached(steps, stage.key)
    if not any(by_key[key].lamp == "final" for key in ways):
        message = _("%(file)s, line %(line)s: from stage %(stage)s no step leads to an end.")
        raise stage.line.error("dead_end", message, stage=stage.key)
