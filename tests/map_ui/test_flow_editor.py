"""The editor of flows: each kind of row put, changed, moved, taken out; findings; two editors at one draft; forged forms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from gridmgmt.cases import flow_actions
from gridmgmt.cases.flow_rows import read_flow, same_content
from gridmgmt.cases.models import Procedure
from gridmgmt.organisation.models import User
from tests.map_ui.flow_people import EDIT, draft, draft_of, form_of, store, text
from tests.world import AT

Browser = Callable[[str], Client]
SIGN = ("pending_handle", "sign", "")


@pytest.fixture(autouse=True)
def begun(editor: User) -> Procedure:
    """The draft that is edited."""
    return draft_of(editor)


UNCHANGED: list[tuple[str, Any]] = [
    ("stages", "handling"), ("stages", "closed"), ("requests", "delay"), ("fields", "reason_class"), ("transitions", SIGN),
    ("transitions", ("pending_verify", "verify_overdue", "")), ("transitions", ("handling", "request_hang", "")),
    ("transitions", ("", "report", "")), ("transitions", ("*", "urge", "")), ("transitions", ("reported", "accept", "own")),
    ("transitions", ("closed", "endorse_appeal", "")),
]  # fmt: skip


def test_storing_an_unchanged_row_changes_nothing(office: Client) -> None:
    before = read_flow(draft())
    for table, key in UNCHANGED:
        store(office, form_of(table, key))
        assert same_content(read_flow(draft()), before), key
    assert draft().edits == len(UNCHANGED)


def test_every_row_opens_in_its_form(office: Client) -> None:
    flow = read_flow(draft())
    for table, keys in (("stages", flow.stages), ("requests", flow.requests), ("fields", flow.fields)):
        for key in keys:
            assert f'value="{key}"' in text(office, f"{EDIT}?table={table}&key={key}")
    for step in flow.transitions:
        page = text(office, f"{EDIT}?table=transitions&key={step.from_stage}|{step.action}|{step.condition}")
        assert f'name="action" value="{step.action}"' in page
    for table in ("stages", "transitions", "requests", "fields"):
        assert 'name="was" value=""' in text(office, f"{EDIT}?table={table}")
    assert 'name="note"' in text(office, f"{EDIT}?table=head")


def test_a_stage_is_added_and_its_findings_stand_beside_it(office: Client) -> None:
    new = {
        "table": "stages", "was": "", "edits": "0", "key": "limbo", "name": "停滞", "clock": "running", "owner_role": "leader",
        "limit_value": "3", "limit_unit": "work_day",
    }  # fmt: skip
    store(office, new)
    stage = read_flow(draft()).stages["limbo"]
    assert (stage.order, stage.limit_value, stage.limit_unit) == (15, 3, "work_day")
    page = text(office, EDIT)
    row = page[page.index('id="stage-limbo"') :]
    assert "没有步骤通向该环节" in row[: row.index("</li>")]
    assert 'data-box="limbo"' in page
    assert 'href="#stage-limbo"' in page


def test_a_stage_is_changed_and_renamed_with_its_steps(office: Client) -> None:
    store(office, form_of("stages", "hung") | {"key": "shelved", "name": "搁置", "limit_value": ""})
    flow = read_flow(draft())
    assert "hung" not in flow.stages
    assert flow.find("shelved", "resume", is_public=False) is not None
    assert flow_actions.findings_of(draft()) == []


def test_a_step_takes_every_kind_of_word(office: Client) -> None:
    new = {
        "table": "transitions", "was": "", "edits": "0", "action": "hand_on", "name": "转办", "name_en": "Hand on",
        "tone": "aside", "from_stage": "handling", "to": "*", "condition": "public", "roles": ["handler", "dispatcher"],
        "relation": "own_department", "field_reason": "requires", "field_staff": "takes", "field_reason_class": "takes",
        "clock_effect": "none",
        "effects": ["unassign", "mark"], "effects_mark": "handed_on twice", "guards": ["assigned", "unmarked"],
        "guards_unmarked": "handed_on", "request": "", "request_move": "", "request_level": "", "trigger": "",
        "notify": ["assignee", "reporter"],
    }  # fmt: skip
    store(office, new)
    step = read_flow(draft()).find("handling", "hand_on", is_public=True)
    assert step is not None
    assert (step.requires, step.takes) == (("reason",), ("reason_class", "staff"))
    assert step.effects == ("unassign", "mark:handed_on", "mark:twice")
    assert step.guards == ("assigned", "unmarked:handed_on")
    assert (step.roles, step.notify) == (frozenset({"handler", "dispatcher"}), "assignee|reporter")


def test_a_step_leads_into_another_flow(office: Client, editor: User) -> None:
    flow = replace(read_flow(draft()), key="other", name="另一流程")
    other = flow_actions.import_flow(flow=flow, note="", by=editor, at=AT)
    flow_actions.publish_unasked(other, at=AT)
    assert 'value="other/pending_register"' in text(
        office, f"{EDIT}?table=transitions&key=handling|feed_back|"
    )
    store(
        office, form_of("transitions", ("handling", "withdraw_sign", "")) | {"to": "other/pending_register"}
    )
    step = read_flow(draft()).find("handling", "withdraw_sign", is_public=False)
    assert step is not None
    assert (step.to_procedure, step.to_stage) == ("other", "pending_register")
    assert 'data-box="other/pending_register"' in text(office, EDIT)


def test_requests_and_fields_are_added_and_changed(office: Client) -> None:
    store(
        office,
        {"table": "requests", "was": "", "edits": "0", "key": "help", "name": "协助", "most_granted": "3"},
    )
    store(
        office,
        {
            "table": "fields",
            "was": "",
            "edits": "1",
            "key": "team",
            "name": "队伍",
            "kind": "choice",
            "choices": "一队\n二队\n",
        },
    )
    flow = read_flow(draft())
    assert flow.requests["help"].most_granted == 3
    assert flow.fields["team"].choices == ("一队", "二队")
    row = text(office, EDIT).partition("?table=requests&amp;key=help")[2]
    assert "help" in row[: row.index("</a>")].partition("flow-finding")[2]


def test_rows_move_and_are_taken_out(office: Client) -> None:
    move = {"table": "stages", "was": "pending_verify", "edits": "0", "act": "up"}
    store(office, move)
    assert next(iter(read_flow(draft()).stages)) == "pending_verify"
    store(office, {"table": "transitions", "was": "reported|merge|", "edits": "1", "act": "remove"})
    assert read_flow(draft()).find("reported", "merge", is_public=False) is None
    store(office, {"table": "transitions", "was": "handling|feed_back|", "edits": "2", "act": "down"})
    names = [step.action for step in read_flow(draft()).transitions if step.from_stage == "handling"]
    assert names.index("feed_back") == 3


def test_name_kind_and_note_are_stored(office: Client) -> None:
    store(
        office,
        {
            "table": "head",
            "edits": "0",
            "name": "街道流程",
            "name_en": "Street",
            "kind": "contact",
            "note": "试行",
        },
    )
    row = draft()
    assert (row.name, row.name_en, row.kind, row.note) == ("街道流程", "Street", "contact", "试行")


BAD: list[tuple[str, Any, dict[str, Any], str]] = [
    ("stages", "handling", {"key": "Bad Key"}, "key"), ("stages", "handling", {"name": ""}, "name"),
    ("stages", "handling", {"key": "closed"}, "key"), ("stages", "handling", {"limit_value": "many"}, "limit_value"),
    ("stages", "handling", {"limit_value": "400", "limit_unit": "work_day"}, "limit_value"),
    ("requests", "delay", {"most_granted": "0"}, "most_granted"), ("fields", "reason_class", {"choices": ""}, "choices"),
    ("transitions", SIGN, {"action": "return_case"}, "action"), ("transitions", SIGN, {"effects": ["mark"]}, "effects"),
    ("transitions", SIGN, {"guards": ["marked"], "guards_marked": "A B"}, "guards"),
    ("transitions", SIGN, {"roles": ["king"]}, "roles"), ("transitions", SIGN, {"name": "x" * 41}, "name"),
    ("head", None, {"name": ""}, "name"), ("head", None, {"note": "x" * 201}, "note"),
]  # fmt: skip


def test_a_bad_value_is_told_and_nothing_typed_is_lost(office: Client) -> None:
    start = {
        "table": "head",
        "name": "名称",
        "name_en": "",
        "kind": "incident",
        "note": "",
        "edits": "0",
        "was": "",
    }
    for table, key, changes, column in BAD:
        sent = (form_of(table, key) if key else start) | {"name_en": "typed before"} | changes
        page = store(office, sent, 422)
        assert "typed before" in page, changes
        assert f'data-column="{column}"' in page, changes
    assert draft().edits == 0


def test_the_slower_editor_is_told_what_is_stored_and_keeps_what_was_typed(office: Client) -> None:
    slow = form_of("stages", "handling") | {"name": "我的名字", "limit_value": "5", "limit_unit": "work_day"}
    store(office, form_of("stages", "handling") | {"name": "别人的名字"})
    page = store(office, slow, 409)
    assert "期间有人修改了这份草稿" in page
    assert 'value="我的名字"' in page
    assert "<del>别人的名字</del> → <ins>我的名字</ins>" in page
    assert read_flow(draft()).stages["handling"].name == "别人的名字"
    assert 'name="edits" value="1"' in page
    store(office, slow | {"edits": "1"})
    stage = read_flow(draft()).stages["handling"]
    assert (stage.name, stage.limit_value) == ("我的名字", 5)


def test_a_row_that_somebody_took_out_meanwhile_can_be_added_again(office: Client) -> None:
    slow = form_of("transitions", SIGN) | {"name": "签收确认"}
    store(office, {"table": "transitions", "was": "pending_handle|sign|", "edits": "0", "act": "remove"})
    page = store(office, slow, 409)
    assert "草稿中已没有这一行" in page
    assert 'name="was" value=""' in page
    store(office, slow | {"edits": "1", "was": ""})
    step = read_flow(draft()).find("pending_handle", "sign", is_public=False)
    assert step is not None
    assert step.name == "签收确认"


def test_a_new_row_of_the_slower_editor_is_kept_too(office: Client) -> None:
    store(
        office,
        {"table": "requests", "was": "", "edits": "0", "key": "help", "name": "协助", "most_granted": ""},
    )
    page = store(
        office,
        {"table": "requests", "was": "", "edits": "0", "key": "more", "name": "增援", "most_granted": "7"},
        409,
    )
    assert 'value="增援"' in page
    assert 'value="7"' in page


def test_moving_and_taking_out_with_an_old_page_is_refused(office: Client) -> None:
    store(office, form_of("stages", "handling"))
    for act in ("up", "down", "remove"):
        page = store(office, {"table": "stages", "was": "reported", "edits": "0", "act": act}, 409)
        assert "您的修改没有保存" in page
    assert next(iter(read_flow(draft()).stages)) == "reported"


def test_a_row_that_is_gone_is_said(office: Client) -> None:
    page = store(office, {"table": "stages", "was": "nothing", "edits": "0", "act": "remove"}, 409)
    assert "草稿中已没有这一行" in page
    assert "草稿中已没有这一行" in text(office, f"{EDIT}?table=stages&key=nothing", 409)


FORGED: list[dict[str, str]] = [
    {}, {"table": "stages"}, {"table": "users", "edits": "0"}, {"table": "stages", "edits": "x", "act": "save"},
    {"table": "stages", "edits": "0", "act": "destroy"}, {"table": "stages", "edits": "0", "act": "remove"},
    {"table": "head", "edits": "0", "act": "remove", "was": "x"}, {"table": "stages", "edits": "-1", "name": "x"},
    {"table": "transitions", "edits": "0"}, {"table": "stages", "edits": "0", "key": "a\x00b", "name": "x"},
]  # fmt: skip


def test_a_forged_form_is_refused_and_writes_nothing(office: Client) -> None:
    for sent in FORGED:
        store(office, sent, 422)
    assert draft().edits == 0


def test_names_are_text_in_every_part_of_the_editor(office: Client) -> None:
    bad = "<script>alert(1)</script>"
    for table, key in (
        ("stages", "handling"),
        ("requests", "delay"),
        ("fields", "reason_class"),
        ("transitions", SIGN),
    ):
        store(office, form_of(table, key) | {"name": bad, "name_en": '"><img src=x>'})
    store(office, form_of("fields", "reason_class") | {"choices": bad})
    store(
        office,
        {
            "table": "head",
            "edits": str(draft().edits),
            "name": bad,
            "name_en": "",
            "kind": "incident",
            "note": bad,
        },
    )
    addresses = [
        EDIT,
        f"{EDIT}?table=head",
        f"{EDIT}?table=stages&key=handling",
        "/flows",
        "/flows/street_case/4/publish",
    ]
    addresses += [
        f"{EDIT}?table=transitions&key=pending_handle|sign|",
        f"{EDIT}?table=transitions&from_stage={bad}",
    ]
    for address in addresses:
        page = text(office, address)
        assert "<script>alert" not in page, address
        assert "<img src=x" not in page, address


def test_a_published_version_has_no_editor(office: Client) -> None:
    text(office, "/flows/street_case/3/edit", 409)
    assert office.post("/flows/street_case/3/edit", {"table": "stages", "edits": "0"}).status_code == 409


def test_the_editor_asks_a_bounded_number_of_queries(
    office: Client, django_assert_max_num_queries: Any
) -> None:
    office.get(EDIT)
    with django_assert_max_num_queries(40):
        office.get(f"{EDIT}?table=transitions&key=pending_handle|sign|")
