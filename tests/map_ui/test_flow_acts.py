"""What is done with whole versions of flows: rights of every route, begin, copy, export, import, publish, retire, discard."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from gridmgmt.cases import flow_actions, flow_files
from gridmgmt.cases.flow_rows import read_flow, same_content
from gridmgmt.cases.models import Case, Procedure, ProcedureRule
from gridmgmt.organisation.models import User
from tests.map_ui.flow_people import draft, draft_of, form_of, store, text
from tests.world import AT, World

Browser = Callable[[str], Client]
Report = Callable[..., Case]
WRITES = [
    "/flows/import", "/flows/copy", "/flows/rules/add", "/flows/rules/remove", "/flows/street_case/draft",
    "/flows/street_case/4/discard", "/flows/street_case/3/retire", "/flows/street_case/4/publish", "/flows/street_case/4/edit",
]  # fmt: skip


def test_only_an_administrator_of_the_county_writes(as_person: Browser, editor: User) -> None:
    draft_of(editor)
    sent = {"edits": "0", "table": "stages", "source": "street_case/3", "key": "x", "name": "x"}
    for name in ("worker", "leader", "dispatcher", "administrator", "importer"):
        client = as_person(name)
        for address in WRITES:
            assert client.post(address, sent).status_code == 403, (name, address)
        for address in ("/flows/street_case/4/edit", "/flows/street_case/4/publish"):
            text(client, address, 403)
    assert 'action="/flows/import"' not in text(as_person("leader"), "/flows")
    for address in WRITES:
        assert Client().post(address).status_code == 302
    versions = Procedure.objects.filter(key="street_case").order_by("version")
    assert list(versions.values_list("version", "state", "edits")) == [(3, "published", 0), (4, "draft", 0)]


def test_writing_needs_a_post(office: Client) -> None:
    for address in WRITES[:7]:
        assert office.get(address).status_code == 405


def test_a_draft_is_begun_once(office: Client) -> None:
    assert office.post("/flows/street_case/draft").headers["Location"] == "/flows/street_case/4/edit"
    answer = office.post("/flows/street_case/draft")
    assert answer.status_code == 409
    assert "该流程已有草稿" in answer.content.decode()
    assert office.post("/flows/nothing/draft").status_code == 404


def test_a_draft_is_discarded_and_a_published_flow_is_not(office: Client, editor: User) -> None:
    draft_of(editor)
    assert office.post("/flows/street_case/4/discard").status_code == 302
    assert not Procedure.objects.filter(state="draft").exists()
    assert office.post("/flows/street_case/3/discard").status_code == 409
    assert office.post("/flows/street_case/4/discard").status_code == 404


def test_a_flow_in_use_is_not_retired_and_the_page_says_why(office: Client) -> None:
    answer = office.post("/flows/street_case/3/retire")
    assert answer.status_code == 409
    assert "usual" in answer.content.decode()
    ProcedureRule.objects.all().delete()
    Procedure.objects.exclude(key="street_case").update(state="retired")
    assert office.post("/flows/street_case/3/retire").status_code == 302
    assert Procedure.objects.get(key="street_case").state == "retired"


def test_a_copy_is_a_new_procedure(office: Client) -> None:
    sent = {"source": "street_case/3", "key": "street_short", "name": "简易流程", "name_en": "Short"}
    assert office.post("/flows/copy", sent).headers["Location"] == "/flows/street_short/1/edit"
    made = Procedure.objects.get(key="street_short")
    assert (made.version, made.state, made.name) == (1, "draft", "简易流程")
    for changes, status in (
        ({}, 409), ({"key": "Bad Key"}, 422), ({"key": ""}, 422), ({"key": "y", "name": ""}, 422),
        ({"key": "y", "source": "x"}, 404),
        ({"key": "y", "source": "street_case/x"}, 404), ({"key": "y", "name": "a\x00"}, 422),
    ):  # fmt: skip
        assert office.post("/flows/copy", sent | changes).status_code == status, changes
    assert Procedure.objects.filter(state="draft").count() == 1


def upload(content: bytes) -> dict[str, Any]:
    return {"file": SimpleUploadedFile("flow.json", content, "application/json")}


def test_what_is_exported_is_imported_equal(office: Client, as_person: Browser) -> None:
    answer = as_person("leader").get("/flows/street_case/3.json")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="flow-street_case-3.json"'
    assert (
        office.post("/flows/import", upload(answer.content)).headers["Location"]
        == "/flows/street_case/4/edit"
    )
    published = Procedure.objects.get(key="street_case", version=3)
    assert same_content(read_flow(draft()), read_flow(published))
    assert (draft().name_en, draft().note) == (published.name_en, published.note)
    again = office.post("/flows/import", upload(answer.content))
    assert again.status_code == 409
    renamed = json.loads(answer.content) | {"key": "elsewhere"}
    assert office.post("/flows/import", upload(json.dumps(renamed).encode())).status_code == 302
    assert Procedure.objects.get(key="elsewhere").version == 1


def test_a_draft_is_not_exported_for_readers(office: Client, as_person: Browser, editor: User) -> None:
    draft_of(editor)
    assert office.get("/flows/street_case/4.json").status_code == 200
    assert as_person("leader").get("/flows/street_case/4.json").status_code == 404
    assert as_person("worker").get("/flows/street_case/3.json").status_code == 403


BROKEN: list[tuple[bytes, int, str]] = [
    (b"", 422, "JSON"), (b"not json", 422, "JSON"), (b"{}", 422, "grid-flow/1"), (b"[1]", 422, "flow"),
    (b"x" * (flow_files.MOST_BYTES + 1), 413, "300"),
    (b'{"format": "grid-flow/1", "key": "x", "kind": "incident", "name": "x", "transitions": [{}]}', 422, "transitions[1]"),
    (b'{"format": "grid-flow/1", "key": "x", "kind": "incident", "name": "x", "stages": [{"key": "<b>"}]}', 422, "stages[1]"),
]  # fmt: skip


def test_a_broken_file_is_named_and_writes_nothing(office: Client) -> None:
    for content, status, said in BROKEN:
        answer = office.post("/flows/import", upload(content))
        page = answer.content.decode()
        assert answer.status_code == status
        alert = page[page.index('role="alert"') :]
        alert = alert[: alert.index("</div>")]
        assert said in alert
        assert "<b>" not in alert
    assert not Procedure.objects.filter(state="draft").exists()


def test_an_import_without_a_file_is_refused(office: Client) -> None:
    assert office.post("/flows/import", {}).status_code == 422


def test_publishing_says_what_stays_and_new_cases_take_the_new_version(
    office: Client, editor: User, new_case: Report
) -> None:  # fmt: skip
    running = new_case("A")
    draft_of(editor)
    store(office, form_of("stages", "handling") | {"name": "处理中"})
    page = text(office, "/flows/street_case/4/publish")
    assert '<strong class="number">1</strong> 件在办案件仍按第 3 版办完' in page
    assert "<del>处置中</del>" in page
    assert office.post("/flows/street_case/4/publish", {"edits": "0"}).status_code == 409
    assert (
        office.post("/flows/street_case/4/publish", {"edits": "1"}).headers["Location"]
        == "/flows/street_case/4"
    )
    fresh = new_case("B", payload_sha256=b"\x05" * 32)
    running.refresh_from_db()
    assert (running.procedure.version, fresh.procedure.version) == (3, 4)
    assert Procedure.objects.get(key="street_case", version=4).published_by == editor


def test_a_draft_with_findings_is_not_published_and_the_page_lists_them(office: Client, editor: User) -> None:
    draft_of(editor)
    store(office, {"table": "transitions", "was": "pending_handle|sign|", "edits": "0", "act": "remove"})
    page = text(office, "/flows/street_case/4/publish")
    assert "不能发布" in page
    assert "没有步骤通向该环节" in page
    assert 'class="btn btn-primary"' not in page
    answer = office.post("/flows/street_case/4/publish", {"edits": "1"})
    assert answer.status_code == 422
    assert draft().state == "draft"
    assert office.post("/flows/street_case/4/publish", {"edits": "many"}).status_code == 422


def test_a_stage_that_another_flow_leads_to_is_missed_when_it_goes(
    office: Client, editor: User, world: World
) -> None:
    other = flow_actions.import_flow(
        flow=_leading(read_flow(Procedure.objects.get(key="street_case"))), note="", by=editor, at=AT
    )
    flow_actions.publish_unasked(other, at=AT)
    draft_of(editor)
    store(office, form_of("stages", "pending_register") | {"key": "to_be_filed"})
    assert "pending_register" in text(office, "/flows/street_case/4/publish")
    page = text(office, "/flows")
    assert "案件来自流程" in page


def _leading(flow: Any) -> Any:
    """A flow of its own with a step into the stage pending_register of street_case."""
    steps = tuple(
        replace(step, to_procedure="street_case", to_stage="pending_register")
        if step.action == "verify_ok"
        else step
        for step in flow.transitions
    )
    return replace(flow, key="leading", name="前置流程", transitions=steps)


RULE = {"procedure": "street_case", "category_key": "E01", "area_code": "", "source": "", "flag": ""}


def test_a_rule_sends_the_next_report_elsewhere_and_can_be_taken_away(
    office: Client, editor: User, new_case: Report
) -> None:
    copy = flow_actions.import_flow(
        flow=replace(read_flow(Procedure.objects.get(key="street_case")), key="rubbish", name="垃圾专项"),
        note="", by=editor, at=AT,
    )  # fmt: skip
    sent = RULE | {"procedure": "rubbish"}
    assert office.post("/flows/rules/add", sent).status_code == 409
    flow_actions.publish(procedure_id=copy.pk, edits=0, by=editor, at=AT)
    before = new_case()
    assert office.post("/flows/rules/add", sent).status_code == 302
    rule = ProcedureRule.objects.get(procedure_key="rubbish")
    assert new_case().procedure.key == "rubbish"
    assert Case.objects.get(pk=before.pk).procedure.key == "street_case"
    assert office.post("/flows/rules/add", sent | {"procedure": "street_case"}).status_code == 409
    assert office.post("/flows/rules/remove", {"rule": rule.key}).status_code == 302
    assert new_case().procedure.key == "street_case"


def test_a_rule_that_could_never_fit_is_refused(office: Client) -> None:
    for change in ({"category_key": "E0"}, {"area_code": "123"}, {"source": "dream"}, {"flag": "late"}):
        assert office.post("/flows/rules/add", RULE | change).status_code == 422, change


def test_the_rule_for_everything_stays(office: Client) -> None:
    rule = ProcedureRule.objects.get(category_key="", area_code="", source="", flag="")
    assert office.post("/flows/rules/remove", {"rule": rule.key}).status_code == 409
    assert office.post("/flows/rules/remove", {"rule": "none"}).status_code == 404
    assert ProcedureRule.objects.filter(pk=rule.pk).exists()
