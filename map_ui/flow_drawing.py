"""A flow as an SVG drawing. Tone is told by colour, line and sign; the same facts stand in the table beside it."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from gridmgmt.cases.workflow import ANY_STAGE, BEGINNING, Flow, TransitionDef
from map_ui import words
from map_ui.flow_arrows import LABEL_STEP, Router
from map_ui.flow_layout import ELSEWHERE, NAME_STEP, NOTE_STEP, START, UNKNOWN, Arrow, Box, plan
from map_ui.flow_terms import CONDITIONS, name_of, role
from map_ui.language import in_language

SIGNS = {"go": "\u25b8", "refuse": "\u2715", "aside": "\u25e6", "": ""}
CORNER = 7.0
# Heads of arrows: filled, open, a diamond – so that a tone shows without its colour.
HEADS = (
    ("go", '<path d="M0 0L10 5L0 10z"></path>'),
    ("refuse", '<path class="open" d="M1 1L9 5L1 9"></path>'),
    ("aside", '<path d="M0 5L5 1L10 5L5 9z"></path>'),
)


def draw(flow: Flow, *, flow_names: dict[str, str] | None = None) -> SafeString:
    """The whole drawing. ``flow_names``: names of other flows that steps lead to, by key."""
    names = flow_names or {}
    found = plan(flow, stage_words=lambda key: _box_words(flow, key, names), step_words=step_words)
    router = Router(found)
    router.run()
    return format_html(
        '<svg class="flow-svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img"'
        ' aria-labelledby="flow-drawn flow-told"><title id="flow-drawn">{title}</title><desc id="flow-told">{told}</desc>'
        "<defs>{heads}</defs>{arrows}{boxes}{labels}</svg>",
        w=f"{router.width:.0f}",
        h=f"{router.height:.0f}",
        title=gettext("Drawing of the flow %(name)s") % {"name": in_language(flow)},
        told=told(flow),
        heads=_heads(),
        arrows=format_html_join("", "{}", ((_arrow(arrow),) for arrow in reversed(found.arrows))),
        boxes=format_html_join("", "{}", ((_box(box),) for box in found.boxes.values())),
        labels=format_html_join("", "{}", ((_label(arrow),) for arrow in found.arrows)),
    )


def told(flow: Flow) -> str:
    """The drawing in a sentence, for screen readers."""
    begin = next((step.to_stage for step in flow.transitions if step.from_stage == BEGINNING), "")
    first = in_language(flow.stages[begin]) if begin in flow.stages else gettext("nowhere")
    ends = [in_language(stage) for stage in flow.stages.values() if stage.is_final]
    return gettext(
        "%(stages)d stages and %(steps)d steps. It begins with “%(first)s” and ends with: %(ends)s. "
        "The tables below the drawing say the same."
    ) % {
        "stages": len(flow.stages),
        "steps": len(flow.transitions),
        "first": first,
        "ends": ", ".join(ends) or gettext("nothing"),
    }


def step_words(step: TransitionDef) -> str:
    """A step on an arrow: its name, and for whose reports when not for all."""
    name = in_language(step)
    return f"{name} ({name_of(step.condition, CONDITIONS)})" if step.condition else name


def _box_words(flow: Flow, key: str, flow_names: dict[str, str]) -> tuple[str, list[str]]:
    stage = flow.stages.get(key)
    if stage is not None:
        limit = words.limit(stage.limit_value, stage.limit_unit)
        owner = role(stage.owner_role) if stage.owner_role else ""
        return in_language(stage), [note for note in (owner, limit) if note]
    if key == BEGINNING:
        return "", []
    if key == ANY_STAGE:
        return gettext("any stage"), [gettext("that is not an end:")]
    procedure, slash, _stage = key.partition("/")
    if slash:
        return flow_names.get(key, key), [gettext("goes on in another flow"), procedure]
    return key, [gettext("no such stage")]


def _heads() -> SafeString:
    return format_html_join(
        "",
        '<marker id="flow-head-{0}" class="flow-head flow-{0}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9"'
        ' markerHeight="9" markerUnits="userSpaceOnUse" orient="auto">{1}</marker>',
        ((tone, SafeString(shape)) for tone, shape in HEADS),
    )


def _arrow(arrow: Arrow) -> SafeString:
    return format_html(
        '<path class="flow-arrow flow-{tone}" d="{way}" marker-end="url(#flow-head-{tone})"'
        ' data-from="{origin}" data-to="{target}"></path>',
        tone=arrow.tone,
        way=_way(arrow.points),
        origin=arrow.origin.key,
        target=arrow.target.key,
    )


def _way(points: list[tuple[float, float]]) -> str:
    """A line with rounded corners."""
    kept = [p for n, p in enumerate(points) if n == 0 or p != points[n - 1]]
    way = [f"M{kept[0][0]:.1f} {kept[0][1]:.1f}"]
    for (ax, ay), (bx, by), (cx, cy) in zip(kept, kept[1:], kept[2:], strict=False):
        before, after = _towards(bx, by, ax, ay), _towards(bx, by, cx, cy)
        way.append(f"L{before[0]:.1f} {before[1]:.1f}Q{bx:.1f} {by:.1f} {after[0]:.1f} {after[1]:.1f}")
    way.append(f"L{kept[-1][0]:.1f} {kept[-1][1]:.1f}")
    return "".join(way)


def _towards(x: float, y: float, to_x: float, to_y: float) -> tuple[float, float]:
    """The point a corner's radius away, or half-way when that is nearer."""
    length = max(abs(to_x - x), abs(to_y - y)) or 1.0
    share = min(CORNER, length / 2) / length
    return x + (to_x - x) * share, y + (to_y - y) * share


def _label(arrow: Arrow) -> SafeString:
    return _lines(
        arrow.label, arrow.label_x, arrow.label_y, LABEL_STEP, f"flow-label flow-{arrow.tone}", arrow.anchor
    )


def _lines(
    lines: Iterable[tuple[str, str]], x: float, y: float, step: float, css: str, anchor: str
) -> SafeString:
    """Lines of text, each step of its own tone with its sign."""
    drawn = (
        (
            f"{x:.1f}",
            f"{y + n * step:.1f}",
            f"flow-{tone}" if tone else "",
            f"{SIGNS[tone]}\u2009" if tone else "",
            line,
        )
        for n, (tone, line) in enumerate(lines)
    )
    spans = format_html_join("", '<tspan x="{}" y="{}"><tspan class="sign {}">{}</tspan>{}</tspan>', drawn)
    return format_html('<text class="{}" text-anchor="{}">{}</text>', css, anchor, spans)


def _box(box: Box) -> SafeString:
    if box.kind == START:
        return format_html(
            '<circle class="flow-start" data-box="" cx="{}" cy="{}" r="9"><title>{}</title></circle>',
            f"{box.x + 10:.1f}", f"{box.line_y:.1f}", gettext("beginning"),
        )  # fmt: skip
    middle, top = box.x + box.width / 2, box.y + 26
    name = format_html_join(
        "", '<tspan x="{}" y="{}">{}</tspan>',
        ((f"{middle:.1f}", f"{top + n * NAME_STEP:.1f}", line) for n, line in enumerate(box.name)),
    )  # fmt: skip
    after = top + NAME_STEP * len(box.name)
    notes = format_html_join(
        "", '<tspan x="{}" y="{}">{}</tspan>',
        ((f"{middle:.1f}", f"{after + n * NOTE_STEP:.1f}", line) for n, line in enumerate(box.notes)),
    )  # fmt: skip
    loops = _lines(
        box.loops, box.x + 10, after + NOTE_STEP * len(box.notes), NOTE_STEP, "flow-loops", "start"
    )
    return format_html(
        '<g class="flow-box flow-{kind}" data-box="{key}"><rect x="{x}" y="{y}" width="{w}" height="{h}" rx="{r}"></rect>'
        '{mark}<text class="flow-name" text-anchor="middle">{name}</text>'
        '<text class="flow-note" text-anchor="middle">{notes}</text>{loops}</g>',
        kind=box.kind, key=box.key, x=f"{box.x:.1f}", y=f"{box.y:.1f}", w=f"{box.width:.0f}", h=f"{box.height:.0f}",
        r=22 if box.kind == "final" else 3 if box.kind in (UNKNOWN, ELSEWHERE) else 8,
        mark=_mark(box), name=name, notes=notes, loops=loops,
    )  # fmt: skip


def _mark(box: Box) -> SafeString:
    """What a box is without its colour: two bars for a pause, a second edge for an end."""
    if box.kind == "paused":
        return format_html(
            '<path class="flow-bars" d="M{0} {1}v11M{2} {1}v11"></path>',
            f"{box.x + 10:.1f}", f"{box.bottom - 19:.1f}", f"{box.x + 15:.1f}",
        )  # fmt: skip
    if box.kind == "final":
        return format_html(
            '<rect class="flow-inner" x="{}" y="{}" width="{}" height="{}" rx="19"></rect>',
            f"{box.x + 3:.1f}", f"{box.y + 3:.1f}", f"{box.width - 6:.0f}", f"{box.height - 6:.0f}",
        )  # fmt: skip
    return SafeString("")
