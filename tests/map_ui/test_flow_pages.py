"""Pages of flows: who may read them, what the list and a version show, the difference between versions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from gridmgmt.cases import flow_actions
from gridmgmt.cases.flow_rows import read_flow
from gridmgmt.cases.models import Case, Procedure
from gridmgmt.organisation.models import User
from map_ui import flow_differences
from tests.map_ui.flow_people import draft_of, text

Browser = Callable[[str], Client]


def changed(draft: Procedure, editor: User, **columns: Any) -> Procedure:
    """The draft with other columns in the stage "handling"."""
    flow = read_flow(draft)
    stages = {key: replace(row, **columns) if key == "handling" else row for key, row in flow.stages.items()}
    return flow_actions.save_draft(
        procedure_id=draft.pk, flow=replace(flow, stages=stages), edits=draft.edits, by=editor
    )


READ = ["/flows", "/flows/street_case/3", "/flows/street_case/3/since/3"]


@pytest.mark.parametrize("address", READ)
def test_administrators_leaders_and_dispatchers_may_read(as_person: Browser, address: str) -> None:
    for name in ("worker", "handler", "acceptor", "importer"):
        assert as_person(name).get(address).status_code == 403
    for name in ("leader", "dispatcher", "administrator"):
        assert as_person(name).get(address).status_code == 200
    assert Client().get(address).status_code == 302


def test_the_entry_of_the_navigation_is_offered_to_readers_only(as_person: Browser) -> None:
    assert 'href="/flows"' in text(as_person("leader"), "/cases")
    assert 'href="/flows"' not in text(as_person("worker"), "/cases")


def test_a_draft_is_shown_to_those_who_write_only(as_person: Browser, office: Client, editor: User) -> None:
    draft_of(editor)
    assert "/flows/street_case/4" in text(office, "/flows")
    for name in ("leader", "administrator"):
        assert "/flows/street_case/4" not in text(as_person(name), "/flows")
        text(as_person(name), "/flows/street_case/4", 404)
        text(as_person(name), "/flows/street_case/3/since/4", 404)


def test_the_list_tells_what_runs_and_what_leads_there(office: Client, new_case: Callable[..., Case]) -> None:
    new_case("A")
    new_case("B")
    page = text(office, "/flows")
    assert "街道案件流程" in page
    assert '<span class="number">2</span>' in page
    assert "全部上报" in page


def test_a_version_shows_every_stage_step_request_and_field(office: Client) -> None:
    page = text(office, "/flows/street_case/3")
    flow = read_flow(Procedure.objects.get(key="street_case"))
    for row in (*flow.stages.values(), *flow.requests.values(), *flow.fields.values()):
        assert row.name in page
    assert page.count("<code>merge</code>") == 4
    assert "资金 · 规划" in page


@pytest.mark.parametrize(
    ("query", "there", "gone"),
    [
        ("stage=hung", "resume", "sign"),
        ("stage=-", "report", "sign"),
        ("stage=*", "urge", "sign"),
        ("role=supervisor", "reopen", "sign"),
        ("text=签收", "sign", "resume"),
        ("text=FEED", "feed_back", "resume"),
    ],
)
def test_each_filter_of_the_steps(office: Client, query: str, there: str, gone: str) -> None:
    page = text(office, f"/flows/street_case/3?{query}")
    assert f"<code>{there}</code>" in page
    assert f"<code>{gone}</code>" not in page


def test_a_filter_that_nothing_fits_offers_the_way_back(office: Client) -> None:
    assert "没有符合条件的步骤" in text(office, "/flows/street_case/3?text=zzz")


def test_the_drawing_has_every_stage_and_every_way(office: Client) -> None:
    page = text(office, "/flows/street_case/3")
    flow = read_flow(Procedure.objects.get(key="street_case"))
    for key in ("", "*", *flow.stages):
        assert page.count(f'data-box="{key}"') == 1
    pairs = {(s.from_stage, s.to_stage) for s in flow.transitions if not s.stays}
    assert page.count('<path class="flow-arrow') == len(pairs)
    for origin, target in pairs:
        assert f'data-from="{origin}" data-to="{target}"' in page
    assert '<title id="flow-drawn">' in page
    assert f"共 {len(flow.stages)} 个环节、{len(flow.transitions)} 个步骤" in page


def test_findings_of_a_draft_stand_beside_what_they_are_about(office: Client, editor: User) -> None:
    changed(draft_of(editor), editor, owner_role="worker")
    page = text(office, "/flows/street_case/4")
    row = page[page.index('id="stage-handling"') :]
    assert "flow-finding" in row[: row.index("</tr>")]
    assert "还有 1 个问题" in page


def test_the_difference_names_rows_and_columns(office: Client, editor: User) -> None:
    changed(draft_of(editor), editor, name="处理中", limit_value=9, limit_unit="work_day")
    page = text(office, "/flows/street_case/4/since/3")
    assert "<del>处置中</del> → <ins>处理中</ins>" in page
    assert "<ins>9</ins>" in page
    assert "没有差别" in text(office, "/flows/street_case/3/since/3")


def test_names_are_text_wherever_they_stand(office: Client, editor: User) -> None:
    changed(draft_of(editor), editor, name="<script>alert(1)</script>", name_en="<b>x</b>")
    for address in ("/flows/street_case/4", "/flows/street_case/4/since/3"):
        page = text(office, address)
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    "address",
    [
        "/flows/nothing/1",
        "/flows/street_case/99",
        "/flows/street_case/99999999999999999999",
        "/flows/street_case/3/since/98",
    ],
)
def test_what_is_not_there_is_said(office: Client, address: str) -> None:
    text(office, address, 404)


def test_the_list_asks_a_fixed_number_of_queries(office: Client, django_assert_max_num_queries: Any) -> None:
    office.get("/flows")
    with django_assert_max_num_queries(16):
        office.get("/flows")


def test_every_column_of_a_row_has_a_name() -> None:
    from gridmgmt.cases.workflow import FieldDef, RequestDef, StageDef, TransitionDef

    rows = (StageDef, TransitionDef, RequestDef, FieldDef)
    columns = {name for row in rows for name in row.__dataclass_fields__}
    assert columns - {"key", "order", "from_stage", "action", "condition"} <= set(flow_differences.COLUMNS)
