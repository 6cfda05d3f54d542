"""The arrows of a flow's drawing: level between neighbours, else in a lane above or below the row, straight down to what
stands below. One lane for each target and tone. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from map_ui.flow_layout import GAP, MARGIN, RIGHT, ROW_GAP, START, WIDTH, Arrow, Box, Plan

LABEL_STEP, LANE_PAD, TRACK, PORT = 18.0, 12.0, 11.0, 13.0
LaneKey = tuple[str, str]


@dataclass(slots=True)
class Lane:
    """Where all arrows of one tone to one box run."""

    target: Box
    tone: str
    arrows: list[Arrow] = field(default_factory=list)
    y: float = 0.0

    @property
    def height(self) -> float:
        """Room for the tallest label above the line."""
        return LANE_PAD + LABEL_STEP * max(len(arrow.label) for arrow in self.arrows)


class Router:
    """Gives a plan its coordinates and every arrow its way."""

    def __init__(self, found: Plan) -> None:
        self.plan = found
        self.level = [arrow for arrow in found.arrows if _is_level(arrow)]
        self.direct = [arrow for arrow in found.arrows if self._is_direct(arrow)]
        rest = [a for a in found.arrows if a not in self.level and a not in self.direct]
        self.upper = self._lanes([a for a in rest if self._leaps(a)])
        self.lower = self._lanes([a for a in rest if not self._leaps(a)])
        self.ports: dict[tuple[str, str], list[object]] = defaultdict(list)
        self.width = self.height = 0.0

    def run(self) -> None:
        """Everything, in the order in which one thing rests on another."""
        self._columns()
        self._heights()
        self._name_ports()
        for arrow in self.level:
            self._draw_level(arrow)
        for arrow in self.direct:
            self._draw_direct(arrow)
        for lanes, above in ((self.upper, True), (self.lower, False)):
            for lane in lanes:
                for arrow in lane.arrows:
                    self._draw_in_lane(arrow, lane, above=above)

    def _is_direct(self, arrow: Arrow) -> bool:
        """Between a box of the row and what stands right below it."""
        low, high = self._asides(arrow)
        return (
            low is not None and high is not None and low.column == high.column and high is self._lowest(high)
        )

    def _asides(self, arrow: Arrow) -> tuple[Box | None, Box | None]:
        below = self.plan.aside()
        pair = (arrow.origin, arrow.target)
        low = [box for box in pair if box in below]
        high = [box for box in pair if box not in below and box.kind not in RIGHT]
        return (low[0], high[0]) if low and high else (None, None)

    def _lowest(self, box: Box) -> Box:
        same = [b for b in self.plan.main() if b.column == box.column]
        return max(same, key=lambda b: b.row)

    def _leaps(self, arrow: Arrow) -> bool:
        below = self.plan.aside()
        return (
            arrow.origin not in below
            and arrow.target not in below
            and arrow.origin.column < arrow.target.column
        )

    def _lanes(self, arrows: list[Arrow]) -> list[Lane]:
        found: dict[LaneKey, Lane] = {}
        for arrow in arrows:
            lane = found.setdefault((arrow.target.key, arrow.tone), Lane(arrow.target, arrow.tone))
            lane.arrows.append(arrow)
        # Far ends outermost, so that lanes to near boxes do not cross them.
        return sorted(found.values(), key=lambda lane: (-lane.target.column, lane.target.row, lane.tone))

    def _columns(self) -> None:
        last = max((box.column for box in self.plan.boxes.values()), default=0)
        tracks = sum(1 for lane in (*self.upper, *self.lower) if lane.target.kind in RIGHT)
        for box in self.plan.boxes.values():
            box.x = MARGIN + self._lead() + box.column * (WIDTH + GAP)
            if box.kind in RIGHT:
                box.x += tracks * TRACK
            if box.kind == START:
                box.x = MARGIN
        exits = sum(1 for lane in self.lower for a in lane.arrows if a.origin.kind in RIGHT)
        self.width = 2 * MARGIN + self._lead() + last * (WIDTH + GAP) + WIDTH + (tracks + exits + 1) * TRACK

    def _lead(self) -> float:
        """The beginning is a column of its own, but a narrow one."""
        return 20.0 - WIDTH if any(box.kind == START for box in self.plan.boxes.values()) else 0.0

    def _heights(self) -> None:
        rows = self.plan.main()
        clear = max([14.0, *(LABEL_STEP * len(arrow.label) - 12 for arrow in self.level)])
        above = sum(lane.height for lane in self.upper) + clear
        stacked = sum(box.height + 16 for box in rows if box.kind in RIGHT and box.row < 0)
        top = MARGIN + max(above, stacked)
        y = top - clear
        for lane in reversed(self.upper):
            lane.y = y
            y -= lane.height
        by_column: dict[int, float] = defaultdict(lambda: top)
        for box in rows:
            if box.row >= 0:
                box.y = by_column[box.column]
                by_column[box.column] += box.height + ROW_GAP
        rise = top
        for box in sorted((b for b in rows if b.row < 0), key=lambda b: -b.row):
            rise -= box.height + 16
            box.y = rise
        y = max((box.bottom for box in rows), default=top) + 6
        for lane in reversed(self.lower):
            y += lane.height
            lane.y = y
        low = y + 26 + LABEL_STEP * max((len(arrow.label) for arrow in self.direct), default=0)
        for box in self.plan.aside():
            box.y = low
        below = self.plan.aside()
        self.height = max([y + MARGIN, *(box.bottom + MARGIN for box in below)])

    def _name_ports(self) -> None:
        """Which line leaves or enters at which place of an edge, ordered so that labels are not crossed."""
        for lane in self.upper:
            self.ports[lane.target.key, "top"].append(lane)
        for lane in self.upper:
            for arrow in lane.arrows:
                self.ports[arrow.origin.key, "top"].append(arrow)
        for lane in reversed(self.lower):
            for arrow in lane.arrows:
                self.ports[arrow.origin.key, self._side(arrow.origin)].append(arrow)
        for arrow in self.direct:
            for box in (arrow.origin, arrow.target):
                self.ports[box.key, self._side(box)].append(arrow)
        for lane in self.lower:
            self.ports[lane.target.key, self._side(lane.target)].append(lane)

    def _side(self, box: Box) -> str:
        return "top" if box in self.plan.aside() else "bottom"

    def _port(self, box: Box, side: str, line: object) -> float:
        ports = self.ports[box.key, side]
        return box.x + box.width * (ports.index(line) + 1) / (len(ports) + 1)

    def _draw_level(self, arrow: Arrow) -> None:
        left, right = arrow.origin.x + arrow.origin.width, arrow.target.x
        arrow.points = [(left, arrow.origin.line_y), (right, arrow.target.line_y)]
        arrow.label_x = left + GAP / 2 if arrow.target.kind in RIGHT else (left + right) / 2
        arrow.label_y = arrow.origin.line_y - 8 - LABEL_STEP * (len(arrow.label) - 1)

    def _draw_direct(self, arrow: Arrow) -> None:
        low, high = self._asides(arrow)
        if low is None or high is None:
            return
        x_high, x_low = self._port(high, "bottom", arrow), self._port(low, "top", arrow)
        bend = low.y - 16 - LABEL_STEP * len(arrow.label)
        points = [(x_high, high.bottom), (x_high, bend), (x_low, bend), (x_low, low.y)]
        arrow.points = points if arrow.target is low else points[::-1]
        ports = self.ports[low.key, "top"]
        first = ports.index(arrow) < len(ports) / 2
        arrow.anchor = "end" if first else "start"
        arrow.label_x = x_low - 7 if first else x_low + 7
        arrow.label_y = bend + LABEL_STEP

    def _draw_in_lane(self, arrow: Arrow, lane: Lane, *, above: bool) -> None:
        leaving = self._leave(arrow, lane, above=above)
        entering = self._enter(lane, above=above)
        arrow.points = [*leaving, *entering]
        x = leaving[-1][0]
        forward = entering[0][0] >= x
        arrow.anchor = "start" if forward else "end"
        arrow.label_x = x + (8 if forward else -8)
        arrow.label_y = lane.y - 6 - LABEL_STEP * (len(arrow.label) - 1)

    def _leave(self, arrow: Arrow, lane: Lane, *, above: bool) -> list[tuple[float, float]]:
        """From the box to its lane."""
        box = arrow.origin
        side = "top" if above or self._side(box) == "top" else "bottom"
        if box.kind in RIGHT or not self._is_outermost(box, side):
            y = box.line_y + PORT * self.ports[box.key, side].index(arrow)
            x = box.x + box.width + TRACK * (1 + self._track(arrow))
            return [(box.x + box.width, y), (x, y), (x, lane.y)]
        x = self._port(box, side, arrow)
        return [(x, box.y if side == "top" else box.bottom), (x, lane.y)]

    def _enter(self, lane: Lane, *, above: bool) -> list[tuple[float, float]]:
        """From the lane to the box it leads to."""
        box = lane.target
        side = "top" if above or self._side(box) == "top" else "bottom"
        if box.kind in RIGHT or not self._is_outermost(box, side):
            ends = [each for each in (*self.upper, *self.lower) if each.target.kind in RIGHT or each is lane]
            x = box.x - TRACK * (ends.index(lane) + 1)
            same = [each for each in ends if each.target is box]
            y = box.line_y + PORT * (same.index(lane) + (1 if box.row == 0 else 0))
            y = min(y, box.bottom - 6)
            return [(x, lane.y), (x, y), (box.x, y)]
        x = self._port(box, side, lane)
        return [(x, lane.y), (x, box.y if side == "top" else box.bottom)]

    def _track(self, arrow: Arrow) -> int:
        """Which line beside its column an arrow out of an end uses."""
        leaving = [a for lane in self.lower for a in lane.arrows if a.origin.kind in RIGHT]
        return leaving[::-1].index(arrow) if arrow in leaving else 0

    def _is_outermost(self, box: Box, side: str) -> bool:
        if box in self.plan.aside():
            return True
        same = [b.row for b in self.plan.main() if b.column == box.column]
        return box.row == (min(same) if side == "top" else max(same))


def _is_level(arrow: Arrow) -> bool:
    """From a box of the row to its right neighbour."""
    aside = ("paused", "everywhere")
    if arrow.origin.kind in aside or arrow.target.kind in aside:
        return False
    return arrow.target.column == arrow.origin.column + 1 and arrow.origin.row == arrow.target.row == 0
