"""A step into another flow: the version new cases take, its stage and limit; what was asked lapses; no half of it happens."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from geodata.errors import DomainError
from gridmgmt.cases import flow_actions, reference
from gridmgmt.cases.flow_rows import read_flow
from gridmgmt.cases.models import Case, CaseHistory, CaseRequest, Procedure
from tests.cases.test_steps import open_case, step, to_handling
from tests.world import AT, World, county_administrator

LATER = AT + timedelta(hours=3)


@pytest.fixture
def other(world: World) -> Procedure:
    """Another published flow, and the street's flow in a version with a step into it from "handling"."""
    by = county_administrator(world)
    street = read_flow(Procedure.objects.get(key="street_case", state="published"))
    made = flow_actions.import_flow(
        flow=replace(street, key="transfer", name="移交流程"), note="", by=by, at=AT
    )
    flow_actions.publish(procedure_id=made.pk, edits=0, by=by, at=AT)
    draft = flow_actions.begin_draft(key="street_case", by=by, at=AT)
    sign = next(each for each in street.transitions if each.action == "withdraw_sign")
    leading = replace(
        sign,
        action="hand_over",
        name="移交",
        to_procedure="transfer",
        to_stage="pending_dispatch",
        requires=("reason",),
    )
    flow = replace(street, transitions=(*street.transitions, leading))
    draft = flow_actions.save_draft(procedure_id=draft.pk, flow=flow, edits=0, by=by)
    flow_actions.publish(procedure_id=draft.pk, edits=1, by=by, at=AT)
    return made


def handed_over(world: World, case: Case) -> Case:
    return step(world, case, "handler", "hand_over", text="归口单位办理", at=LATER)


def test_a_case_goes_on_in_the_published_version_of_the_other_flow(world: World, other: Procedure) -> None:
    case = open_case(world)
    to_handling(world, case)
    newer = flow_actions.begin_draft(key="transfer", by=world.county_administrator, at=AT)
    flow_actions.publish(procedure_id=newer.pk, edits=0, by=world.county_administrator, at=AT)
    case = handed_over(world, case)
    assert (case.procedure.key, case.procedure.version, case.stage) == ("transfer", 2, "pending_dispatch")
    assert case.stage_since == LATER
    assert case.stage_due_at is not None
    assert case.stage_due_at > LATER
    row = CaseHistory.objects.filter(case=case).latest("seq")
    assert (row.from_stage, row.to_stage, row.data["procedure"]) == (
        "handling",
        "pending_dispatch",
        "transfer v2",
    )
    offered = {
        each.action
        for each in reference.current().flows[case.procedure_id].offers(case.stage, is_public=False)
    }
    assert "dispatch" in offered
    department = world.department("sanitation_station").pk
    assert (
        step(world, case, "dispatcher", "dispatch", department=department, at=LATER).stage == "pending_handle"
    )


def test_what_was_asked_before_lapses_with_the_change(world: World, other: Procedure) -> None:
    case = open_case(world)
    to_handling(world, case)
    step(world, case, "handler", "request_delay", text="下雨", days=1, at=AT + timedelta(hours=1))
    handed_over(world, case)
    assert CaseRequest.objects.get(case=case).state == "lapsed"


def test_without_a_published_target_the_step_is_refused_whole(world: World, other: Procedure) -> None:
    case = open_case(world)
    to_handling(world, case)
    Procedure.objects.filter(pk=other.pk).update(state="retired")
    with pytest.raises(DomainError) as error:
        handed_over(world, case)
    assert (error.value.code, error.value.status) == ("no_procedure", 503)
    before = case.version
    case.refresh_from_db()
    assert (case.procedure.key, case.stage, case.version) == ("street_case", "handling", before)
    assert not CaseHistory.objects.filter(case=case, action="hand_over").exists()


def test_a_flow_that_others_lead_to_keeps_its_stages_and_stays_in_use(world: World, other: Procedure) -> None:
    by = world.county_administrator
    with pytest.raises(DomainError) as error:
        flow_actions.retire(procedure_id=other.pk, by=by, at=AT)
    assert (error.value.code, error.value.data["flows"]) == ("flow_in_use", ["street_case"])
    draft = flow_actions.begin_draft(key="transfer", by=by, at=AT)
    flow = read_flow(draft)
    stages = {key: row for key, row in flow.stages.items() if key != "pending_dispatch"}
    draft = flow_actions.save_draft(procedure_id=draft.pk, flow=replace(flow, stages=stages), edits=0, by=by)
    assert "entry_removed" in {found.code for found in flow_actions.faults_of(draft)}
