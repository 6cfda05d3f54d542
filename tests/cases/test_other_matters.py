"""The engine knows no incident: an application at the counter runs by a flow of its own (docs/adr/0008)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from geodata.errors import DomainError
from gridmgmt.cases import flow_actions
from gridmgmt.cases.actions import permitted_steps, take_step
from gridmgmt.cases.intake import submit_report
from gridmgmt.cases.jobs import take_due_steps
from gridmgmt.cases.models import Case, CaseStandard, Category, ProcedureRule
from gridmgmt.cases.workflow import FieldDef, Flow, RequestDef, StageDef, TransitionDef
from gridmgmt.organisation.actions import grant_role
from gridmgmt.organisation.models import User
from tests.world import AT, COUNTY, STREET, draft, sender


def stage(key: str, name: str, owner: str = "staff", clock: str = "running") -> StageDef:
    return StageDef(key, 1, name, key, owner, clock, None, "")


def move(origin: str, action: str, to: str, roles: str = "staff", **changes: object) -> TransitionDef:
    values: dict[str, object] = {
        "condition": "", "name": action, "name_en": action, "roles": frozenset(roles.split("|")), "relation": "any",
        "requires": (), "clock_effect": "none", "notify": "",
    }  # fmt: skip
    return TransitionDef(from_stage=origin, action=action, to_stage=to, **{**values, **changes})  # type: ignore[arg-type]


PERMIT = Flow.of(
    0,
    "permit",
    1,
    active=False,
    kind="application",
    name="临时占道许可",
    name_en="Permit to use a pavement",
    stages=[
        stage("received", "已收件"),
        stage("examined", "审查中"),
        stage("supplement", "待补正", clock="paused"),
        stage("decided", "待发证"),
        stage("issued", "已办结", "", "final"),
        stage("rejected", "不予许可", "", "final"),
        stage("withdrawn", "已撤回", "", "final"),
    ],
    transitions=[
        move("", "apply", "received", "worker|staff"),
        move("received", "take_on", "examined", clock_effect="start_handle", requires=("papers",)),
        move("examined", "ask_papers", "supplement", clock_effect="pause", requires=("reason", "until")),
        move("supplement", "papers_in", "examined", "staff|system", clock_effect="resume", trigger="until"),
        move("examined", "ask_longer", "*", requires=("days", "reason"), request="longer", request_move="ask"),
        move("examined", "allow_longer", "*", "leader", clock_effect="extend", requires=("days",), request="longer",
             request_move="grant", guards=("not_overdue",)),
        move("examined", "deny_longer", "*", "leader", requires=("reason",), request="longer", request_move="refuse"),
        move("examined", "approve", "decided", clock_effect="stop_handle"),
        move("examined", "reject", "rejected", clock_effect="stop", requires=("reason",), tone="refuse"),
        move("decided", "hand_over", "issued", clock_effect="stop"),
        move("*", "withdraw", "withdrawn", clock_effect="stop", requires=("reason",), tone="aside"),
    ],
    requests=[RequestDef("longer", "延长办理", "More time", 1)],
    fields=[FieldDef("papers", "材料份数", "Number of papers", "number")],
)  # fmt: skip


@pytest.fixture
def application(world) -> Case:
    """An application somebody brought: a service item as category, the hall as place."""
    Category.objects.create(
        key="S0101", kind="service", major_code="01", major="许可", minor_code="01", name="临时占道许可"
    )
    CaseStandard.objects.create(category_id="S0101", seq=1, condition="材料齐全", closing="发证", limit_value=5,
                                limit_unit="work_day", before_photos=0, after_photos=0)  # fmt: skip
    admin = User.objects.create(username="admin", name="admin")
    grant_role(user=admin, role="admin", scope_code=COUNTY, at=AT)
    clerk = User.objects.create(username="clerk", name="clerk")
    grant_role(user=clerk, role="staff", scope_code=STREET, at=AT - timedelta(days=9))
    world.people["clerk"] = clerk
    made = flow_actions.import_flow(flow=PERMIT, note="", by=admin, at=AT)
    flow_actions.publish(procedure_id=made.pk, edits=0, by=admin, at=AT)
    ProcedureRule.objects.create(key="services", procedure_key="permit", category_key="S")
    report = draft(world, category_key="S0101", source="counter", text="")
    return Case.objects.get(pk=submit_report(draft=report, sender=sender(world), at=AT).case_id)


def step(world, case: Case, who: str, action: str, *, at=AT, text: str = "", **fields: object) -> Case:
    case.refresh_from_db()
    return take_step(case_id=case.pk, action=action, by=world.people[who], expected_version=case.version, at=at,
                     text=text, fields=fields)  # fmt: skip


def test_an_application_runs_by_its_own_stages_fields_clock_and_requests(world, application: Case) -> None:
    assert (application.procedure.key, application.procedure.kind, application.stage) == (
        "permit", "application", "received",
    )  # fmt: skip
    with pytest.raises(DomainError) as error:
        step(world, application, "clerk", "take_on")
    assert error.value.data["fields"] == ["papers"]
    running = step(world, application, "clerk", "take_on", papers="3")
    assert running.history.get(seq=2).data == {"papers": 3}
    due = running.due_at
    until = (AT + timedelta(days=3)).date()
    step(world, application, "clerk", "ask_papers", text="缺照片", until=until)
    assert take_due_steps(AT + timedelta(days=4)) == 1
    application.refresh_from_db()
    assert application.stage == "examined"
    assert application.due_at > due
    later = AT + timedelta(days=4)
    step(world, application, "clerk", "ask_longer", text="需现场勘查", days=2, at=later)
    longer = step(world, application, "leader", "allow_longer", at=later)
    assert longer.extensions == 1
    step(world, application, "clerk", "approve", at=later)
    issued = step(world, application, "clerk", "hand_over", at=later + timedelta(hours=1))
    assert (issued.stage, issued.closed_at) == ("issued", later + timedelta(hours=1))


def test_an_application_is_withdrawn_from_any_stage_and_offers_nothing_of_incidents(
    world, application: Case
) -> None:
    assert {offer.action for offer in permitted_steps(application, world.clerk, at=AT)} == {
        "take_on",
        "withdraw",
    }
    assert permitted_steps(application, world.dispatcher, at=AT) == []
    assert step(world, application, "clerk", "withdraw", text="不办了").stage == "withdrawn"
    assert replace(PERMIT).find("withdrawn", "withdraw", is_public=True) is None
