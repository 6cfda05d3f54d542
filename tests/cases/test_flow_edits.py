"""One row of a flow put, moved, taken out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from geodata.errors import DomainError
from gridmgmt.cases.flow_checks import findings
from gridmgmt.cases.flow_edits import DOWN, UP, key_of, move, put, remove, rows_of
from gridmgmt.cases.workflow import FieldDef, RequestDef
from tests.cases.test_flow_checks import ASK, DELAY, GRANT, REFUSE, STAGES, flow, stage
from tests.cases.test_flow_checks import move as step


def keys(subject, table: str) -> list[object]:
    return [key_of(row) for row in rows_of(subject, table)]


def test_a_new_stage_stands_last_and_the_order_is_counted_anew() -> None:
    changed = put(flow(), "stages", stage("limbo"))
    assert keys(changed, "stages")[-1] == "limbo"
    assert [row.order for row in changed.stages.values()] == [1, 2, 3, 4, 5]


def test_a_new_step_stands_behind_the_others_of_its_stage() -> None:
    changed = put(flow(), "transitions", step("received", "refuse", "done", clock_effect="stop"))
    assert [key[1] for key in keys(changed, "transitions")] == [
        "receive",
        "examine",
        "refuse",
        "wait",
        "go_on",
        "finish",
    ]


def test_a_stage_with_a_new_key_takes_its_steps_along() -> None:
    changed = put(flow(), "stages", replace(STAGES[1], key="looked_at"), was="examined")
    assert keys(changed, "stages") == ["received", "looked_at", "waiting", "done"]
    assert findings(changed) == []
    assert "examined" not in {
        name for each in changed.transitions for name in (each.from_stage, each.to_stage)
    }


def test_a_stage_of_another_flow_of_the_same_key_is_not_renamed() -> None:
    subject = flow(step("received", "x", "examined", to_procedure="other"))
    changed = put(subject, "stages", replace(STAGES[1], key="looked_at"), was="examined")
    assert changed.transitions[-1].to_stage == "examined"


def test_requests_and_fields_with_new_keys_take_their_steps_along() -> None:
    subject = flow(
        ASK, GRANT, REFUSE, step("received", "x", "*", requires=("why",), takes=("how",)), requests=DELAY
    )
    subject = put(
        put(subject, "fields", FieldDef("why", "为何", "", "text")),
        "fields",
        FieldDef("how", "怎样", "", "text"),
    )
    changed = put(subject, "requests", RequestDef("later", "延期", ""), was="delay")
    changed = put(changed, "fields", FieldDef("cause", "为何", "", "text"), was="why")
    assert {each.request for each in changed.transitions} == {"", "later"}
    last = next(each for each in changed.transitions if each.action == "x")
    assert (last.requires, last.takes) == (("cause",), ("how",))
    assert findings(changed) == []


def test_what_is_taken_out_becomes_findings_where_it_is_named() -> None:
    changed = remove(flow(), "stages", "waiting")
    assert {found.code for found in findings(changed)} == {"unknown_stage"}
    changed = remove(flow(), "transitions", ("waiting", "go_on", ""))
    assert "never_resumed" in {found.code for found in findings(changed)}


def test_rows_move_by_one_and_stop_at_the_ends() -> None:
    assert keys(move(flow(), "stages", "examined", UP), "stages")[:2] == ["examined", "received"]
    assert keys(move(flow(), "stages", "received", UP), "stages") == keys(flow(), "stages")
    assert keys(move(flow(), "stages", "done", DOWN), "stages") == keys(flow(), "stages")


def test_a_step_moves_among_those_of_its_stage() -> None:
    changed = move(flow(), "transitions", ("examined", "finish", ""), UP)
    assert [key[1] for key in keys(changed, "transitions")] == [
        "receive",
        "examine",
        "finish",
        "go_on",
        "wait",
    ]
    assert move(flow(), "transitions", ("waiting", "go_on", ""), UP) == flow()


@pytest.mark.parametrize(
    ("table", "row", "code"),
    [
        ("stages", STAGES[0], "flow_row_twice"),
        ("transitions", step("received", "examine", "done"), "flow_row_twice"),
    ],
)
def test_a_row_is_not_added_twice(table: str, row, code: str) -> None:
    with pytest.raises(DomainError) as error:
        put(flow(), table, row)
    assert error.value.code == code


@pytest.mark.parametrize("table", ["stages", "requests", "fields", "transitions"])
def test_what_is_gone_is_neither_replaced_moved_nor_taken_out(table: str) -> None:
    key = ("a", "b", "") if table == "transitions" else "gone"
    for act in (
        lambda: put(flow(), table, stage("x"), was=key),
        lambda: remove(flow(), table, key),
        lambda: move(flow(), table, key, UP),
    ):
        with pytest.raises(DomainError) as error:
            act()
        assert (error.value.code, error.value.status) == ("flow_row_gone", 409)


def test_no_flow_grows_without_bound() -> None:
    subject = flow(stages=tuple(stage(f"s{number}") for number in range(100)))
    with pytest.raises(DomainError) as error:
        put(subject, "stages", stage("one_more"))
    assert error.value.code == "flow_too_many_rows"
