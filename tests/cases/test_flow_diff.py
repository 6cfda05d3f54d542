"""What differs between two versions of a flow."""

from __future__ import annotations

from dataclasses import replace

from gridmgmt.cases.flow_diff import differences, step_key
from tests.cases.test_flow_checks import DELAY, STAGES, flow, move


def told(before, after) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(each.table, each.state, each.columns) for each in differences(before, after)]


def test_a_flow_does_not_differ_from_itself() -> None:
    assert differences(flow(), flow()) == []


def test_rows_that_came_went_and_changed() -> None:
    stages = (replace(STAGES[0], limit_value=4, name="收到"), *STAGES[1:])
    after = flow(
        move("received", "refuse", "done", clock_effect="stop"), without="wait", stages=stages, requests=DELAY
    )
    assert told(flow(), after) == [
        ("stages", "changed", ("name", "limit_value")),
        ("transitions", "added", ()),
        ("transitions", "removed", ()),
        ("requests", "added", ()),
    ]


def test_another_order_is_told_once_and_is_no_change_of_rows() -> None:
    turned = flow(stages=tuple(replace(stage, order=n) for n, stage in enumerate(reversed(STAGES))))
    assert told(flow(), turned) == [("stages", "moved", ())]


def test_steps_of_one_name_for_own_and_public_matters_are_two() -> None:
    one, two = move("received", "x", "*", condition="own"), move("received", "x", "*", condition="public")
    assert step_key(one) != step_key(two)
    assert told(flow(one), flow(two)) == [("transitions", "added", ()), ("transitions", "removed", ())]
