"""Where the stages and arrows of a flow stand on a drawing: beginning left, ends right, paused stages below. Pure.

The way forward is one row of boxes; arrows that leap over boxes run in lanes above it, those that lead back in lanes
below it, one lane for each target and tone. Columns and boxes come from here, the arrows from ``flow_arrows``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from gridmgmt.cases.workflow import ANY_STAGE, BEGINNING, Flow, TransitionDef
from map_ui.flow_text import wrapped

WIDTH, MARGIN, GAP, ROW_GAP = 134.0, 14.0, 104.0, 30.0
FIRST_LINE = 26.0  # where arrows meet a box, from its top
NAME_SIZE, LABEL_SIZE, NOTE_SIZE = 17, 15, 13
NAME_STEP, NOTE_STEP = 21.0, 18.0
NAME_WIDTH, NOTE_WIDTH = WIDTH - 22, WIDTH - 18
START, EVERYWHERE, ELSEWHERE, UNKNOWN = "start", "everywhere", "elsewhere", "unknown"
RIGHT = frozenset({"final", ELSEWHERE})
TONES = ("go", "refuse", "aside")
Words = Callable[[TransitionDef], str]


@dataclass(slots=True)
class Box:
    """A stage, the beginning, "everywhere", a stage of another flow, or one that does not exist."""

    key: str
    kind: str
    name: list[str]
    notes: list[str] = field(default_factory=list)
    loops: list[tuple[str, str]] = field(default_factory=list)
    column: int = 0
    row: int = 0
    x: float = 0.0
    y: float = 0.0

    @property
    def height(self) -> float:
        """As tall as its words."""
        if self.kind == START:
            return 2 * FIRST_LINE
        rows = len(self.notes) + len(self.loops)
        return max(2 * FIRST_LINE, 14 + NAME_STEP * len(self.name) + NOTE_STEP * rows)

    @property
    def width(self) -> float:
        """The beginning is a dot; everything else a box."""
        return 20.0 if self.kind == START else WIDTH

    @property
    def line_y(self) -> float:
        """Where level arrows meet it."""
        return self.y + FIRST_LINE

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.y + self.height


@dataclass(slots=True)
class Arrow:
    """All steps from one box to another."""

    origin: Box
    target: Box
    places: list[int]
    tone: str
    label: list[tuple[str, str]]
    points: list[tuple[float, float]] = field(default_factory=list)
    label_x: float = 0.0
    label_y: float = 0.0
    anchor: str = "middle"


@dataclass(slots=True)
class Plan:
    """Boxes in columns and the arrows between them, not yet routed."""

    boxes: dict[str, Box]
    arrows: list[Arrow]

    def main(self) -> list[Box]:
        """What stands in the row of the way forward, from the left."""
        aside = ("paused", EVERYWHERE)
        return sorted(
            (b for b in self.boxes.values() if b.kind not in aside), key=lambda b: (b.column, b.row)
        )

    def aside(self) -> list[Box]:
        """What stands below."""
        return [box for box in self.boxes.values() if box.kind in ("paused", EVERYWHERE)]


def plan(flow: Flow, *, stage_words: Callable[[str], tuple[str, list[str]]], step_words: Words) -> Plan:
    """Boxes with their columns and rows, arrows grouped by pair. ``stage_words``: name and notes of a box's key."""
    boxes: dict[str, Box] = {}
    pairs: dict[tuple[str, str], list[int]] = defaultdict(list)
    loops: dict[str, list[int]] = defaultdict(list)
    for key, kind in _keys(flow):
        name, notes = stage_words(key)
        lines = [line for note in notes for line in wrapped(note, NOTE_WIDTH, NOTE_SIZE)]
        boxes[key] = Box(key, kind, wrapped(name, NAME_WIDTH, NAME_SIZE) or [""], lines)
    for place, step in enumerate(flow.transitions):
        target = target_key(step)
        if target == step.from_stage:
            loops[step.from_stage].append(place)
        else:
            pairs[step.from_stage, target].append(place)
    for key, places in loops.items():
        boxes[key].loops = _lines(flow, places, step_words, WIDTH - 10)
    arrows = [
        Arrow(boxes[a], boxes[b], places, _tone(flow, places), _lines(flow, places, step_words, GAP - 2))
        for (a, b), places in pairs.items()
    ]
    found = Plan(boxes, arrows)
    _place(found)
    return found


def target_key(step: TransitionDef) -> str:
    """The box a step leads to: a stage, itself, or "flow/stage"."""
    if step.to_procedure:
        return f"{step.to_procedure}/{step.to_stage}"
    return step.leads_to(step.from_stage)


def _keys(flow: Flow) -> Iterable[tuple[str, str]]:
    """(key, kind) of every box, in the order they are placed."""
    seen = set(flow.stages)
    if any(step.from_stage == BEGINNING for step in flow.transitions):
        yield BEGINNING, START
    for stage in flow.stages.values():
        yield stage.key, stage.clock
    for step in flow.transitions:
        kinds = {step.from_stage: UNKNOWN, target_key(step): ELSEWHERE if step.to_procedure else UNKNOWN}
        for key, kind in kinds.items():
            if key not in seen and key != BEGINNING:
                seen.add(key)
                yield key, EVERYWHERE if key == ANY_STAGE else kind


def _lines(flow: Flow, places: list[int], words: Words, width: float) -> list[tuple[str, str]]:
    """(tone, line) of the names of steps; the tone stands with the first line of each."""
    found = []
    for place in places:
        step = flow.transitions[place]
        lines = wrapped(words(step), width - 16, LABEL_SIZE)
        found += [(step.tone if n == 0 else "", line) for n, line in enumerate(lines)]
    return found


def _tone(flow: Flow, places: list[int]) -> str:
    tones = {flow.transitions[place].tone for place in places}
    return next((tone for tone in TONES if tone in tones), "aside")


def _place(found: Plan) -> None:
    """Columns and rows. What leads on by the order of stages leads right; a leap back does not count."""
    order = {key: number for number, key in enumerate(found.boxes)}
    main = [box for box in found.main() if box.kind not in RIGHT]
    first = int(any(box.kind == START for box in main))  # the beginning has a narrow column of its own
    ahead: dict[str, list[Box]] = defaultdict(list)
    for arrow in found.arrows:
        if order[arrow.origin.key] < order[arrow.target.key]:
            ahead[arrow.target.key].append(arrow.origin)
    for box in sorted(main, key=lambda b: order[b.key]):
        before = [origin.column for origin in ahead[box.key] if origin in main]
        box.column = 0 if box.kind == START else max(before, default=first - 1) + 1
    last = max((box.column for box in main), default=0) + 1
    for box in found.boxes.values():
        if box.kind in RIGHT:
            box.column = last
    _rows(found, main, last)
    _place_aside(found, order, range(first, last + len(order)))


def _rows(found: Plan, main: list[Box], last: int) -> None:
    """Boxes of one column stand below each other; ends above the one that the row leads to."""
    filled: dict[int, int] = defaultdict(int)
    for box in main:
        box.row, filled[box.column] = filled[box.column], filled[box.column] + 1
    ends = [box for box in found.boxes.values() if box.kind in RIGHT]
    level = {a.target.key for a in found.arrows if a.origin.column == last - 1 and a.origin.row == 0}
    ends.sort(key=lambda box: box.key not in level)
    for number, box in enumerate(ends):
        box.row = -number


def _place_aside(found: Plan, order: dict[str, int], columns: range) -> None:
    """Each below the first stage that leads to it, or in the nearest free column."""
    taken: set[int] = set()
    for box in found.aside():
        origins = [
            a.origin for a in found.arrows if a.target is box and a.origin.kind not in ("paused", EVERYWHERE)
        ]
        wanted = min(origins, key=lambda b: order[b.key]).column if origins else columns.start
        free = [column for column in columns if column not in taken]
        box.column = min(free, key=lambda column: (abs(column - wanted), column))
        taken.add(box.column)
