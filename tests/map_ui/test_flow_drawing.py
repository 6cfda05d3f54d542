"""The drawing of a flow: whatever the flow is, everything stands on the sheet and nothing on top of something else."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
from django.utils import translation

from gridmgmt.cases import flow_words
from gridmgmt.cases.catalogue_files import load_catalogue
from gridmgmt.cases.catalogue_flow import flow_of
from gridmgmt.cases.workflow import Flow
from map_ui import flow_terms
from map_ui.flow_arrows import Router
from map_ui.flow_drawing import draw
from map_ui.flow_layout import Box, plan
from map_ui.flow_text import width_of, wrapped
from tests.cases.test_flow_checks import STAGES, flow, move, stage


def shipped() -> list[Flow]:
    files = load_catalogue()
    return [
        flow_of(row, files.stages, files.transitions, files.requests, files.fields)
        for row in files.procedures
    ]


BESIDE = (
    move("received", "split", "one"), move("received", "split_too", "two"), move("one", "join", "done", clock_effect="stop"),
    move("two", "join_too", "done", clock_effect="stop"), move("two", "back", "received"), move("one", "over", "two"),
)  # fmt: skip
STRANGE = {
    "empty": Flow.of(1, "empty", 1, active=False, stages=(), transitions=()),
    "no stages": Flow.of(1, "x", 1, active=False, stages=(), transitions=(move("", "a", "b"), move("b", "c", "d"))),
    "no steps": Flow.of(1, "x", 1, active=False, stages=STAGES, transitions=()),
    "parallel": flow(*BESIDE, stages=(*STAGES, stage("one"), stage("two"))),
    "elsewhere": flow(move("received", "x", "pending", to_procedure="other"), move("*", "y", "done", clock_effect="stop")),
    "unknown": flow(move("received", "x", "moon"), move("mars", "y", "done")),
    "two pauses": flow(move("examined", "w2", "w2", clock_effect="pause"), stages=(*STAGES, stage("w2", "paused"))),
    "backwards": replace(flow(), stages=dict(reversed(flow().stages.items()))),
}  # fmt: skip


def laid_out(subject: Flow) -> tuple[Router, list[Box]]:
    found = plan(subject, stage_words=lambda key: (key or "·", ["owner"]), step_words=lambda step: step.name)
    router = Router(found)
    router.run()
    return router, list(found.boxes.values())


@pytest.mark.parametrize("subject", [*shipped(), *STRANGE.values()], ids=lambda subject: subject.key)
def test_boxes_and_ways_lie_on_the_sheet_and_boxes_apart(subject: Flow) -> None:
    router, boxes = laid_out(subject)
    for one, other in combinations(boxes, 2):
        apart_x = one.x + one.width <= other.x or other.x + other.width <= one.x
        apart_y = one.bottom <= other.y or other.bottom <= one.y
        assert apart_x or apart_y, (one.key, other.key)
    points = [point for arrow in router.plan.arrows for point in arrow.points]
    corners = [(box.x, box.y) for box in boxes] + [(box.x + box.width, box.bottom) for box in boxes]
    for x, y in (*points, *corners):
        assert 0 <= x <= router.width
        assert 0 <= y <= router.height


@pytest.mark.parametrize("subject", [*shipped(), *STRANGE.values()], ids=lambda subject: subject.key)
def test_every_way_begins_and_ends_at_its_boxes(subject: Flow) -> None:
    router, _boxes = laid_out(subject)
    for arrow in router.plan.arrows:
        for box, (x, y) in ((arrow.origin, arrow.points[0]), (arrow.target, arrow.points[-1])):
            assert box.x <= x <= box.x + box.width
            assert box.y <= y <= box.bottom


def test_the_beginning_is_left_and_ends_are_right() -> None:
    for subject in shipped():
        _router, boxes = laid_out(subject)
        assert min(boxes, key=lambda box: box.x).kind == "start"
        ends = min(box.x for box in boxes if box.kind == "final")
        assert all(box.x < ends for box in boxes if box.kind in ("running", "paused"))


@pytest.mark.parametrize("name", STRANGE)
def test_a_flow_that_is_not_sound_is_drawn_too(name: str) -> None:
    drawing = draw(STRANGE[name])
    assert drawing.startswith("<svg")
    assert drawing.count("data-from=") == len(laid_out(STRANGE[name])[0].plan.arrows)


def test_words_break_into_lines_that_fit() -> None:
    assert wrapped("受理并交核实", 45, 15) == ["受理并", "交核实"]
    assert wrapped("Accept and send", 60, 15) == ["Accept", "and", "send"]
    assert wrapped("", 60, 15) == []
    for line in wrapped("Donaudampfschifffahrtsgesellschaft", 80, 15):
        assert width_of(line, 15) <= 80
    assert wrapped("字" * 100, 45, 15)[-1].endswith("…")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_word_of_the_engine_is_explained(language: str) -> None:
    names = (
        "RELATIONS", "LAMPS", "EFFECTS", "CLOCK_EFFECTS", "GUARDS", "KINDS", "TRIGGERS", "MOVES", "CONDITIONS", "TONES",
        "LIMIT_UNITS", "FIELD_KINDS",
    )  # fmt: skip
    with translation.override(language):
        for name in names:
            assert set(getattr(flow_words, name)) <= set(getattr(flow_terms, name)), name
        assert {each.word for each in flow_terms.roles()} == flow_words.ROLES
        assert {each.word for each in flow_terms.audiences()} == flow_words.AUDIENCE
        fields = {each.word: each.name for each in flow_terms.fields_of(flow())}
        assert set(fields) >= flow_words.FIELDS
