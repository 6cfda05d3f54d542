"""Versions of flows: drafts change, published ones never; cases keep theirs; nothing is silently applied."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import DatabaseError, connection, transaction

from geodata.errors import DomainError
from gridmgmt.cases import flow_actions, reference
from gridmgmt.cases.flow_rows import read_flow
from gridmgmt.cases.models import Case, Procedure, ProcedureRule
from gridmgmt.events.models import OutboxEvent
from gridmgmt.organisation.actions import grant_role
from gridmgmt.organisation.models import User
from tests.cases.test_steps import open_case, step
from tests.world import AT, COUNTY, STREET


@pytest.fixture
def admin(world) -> User:
    user = User.objects.create(username="admin", name="admin")
    grant_role(user=user, role="admin", scope_code=COUNTY, at=AT)
    return user


def error_of(action, **arguments: object) -> DomainError:
    with pytest.raises(DomainError) as error:
        action(**arguments)
    return error.value


def draft_of(admin: User) -> Procedure:
    return flow_actions.begin_draft(key="street_case", by=admin, at=AT)


def without(flow, action: str):
    return replace(flow, transitions=tuple(t for t in flow.transitions if t.action != action))


def test_new_cases_take_the_new_version_and_running_ones_keep_theirs(world, admin: User) -> None:
    running = open_case(world)
    draft = draft_of(admin)
    flow = read_flow(draft)
    changed = without(without(flow, "merge"), "unmerge")
    changed = replace(changed, stages={k: v for k, v in flow.stages.items() if k != "merged"})
    draft = flow_actions.save_draft(procedure_id=draft.pk, flow=changed, edits=0, by=admin)
    published = flow_actions.publish(procedure_id=draft.pk, edits=1, by=admin, at=AT)
    assert (published.version, published.state, published.published_by) == (4, "published", admin)
    fresh = open_case(world, payload_sha256=b"\x06" * 32)
    assert (running.procedure.version, fresh.procedure.version) == (3, 4)
    actions = {
        t.action for t in reference.current().flows[fresh.procedure_id].offers("reported", is_public=False)
    }
    assert "merge" not in actions
    step(world, running, "acceptor", "accept")
    assert Procedure.objects.get(key="street_case", version=3).state == "retired"
    assert OutboxEvent.objects.filter(topic="flow.published", payload__version=4).exists()


def test_a_flow_with_faults_is_kept_as_a_draft_but_not_published(admin: User) -> None:
    draft = draft_of(admin)
    broken = without(read_flow(draft), "sign")
    flow_actions.save_draft(procedure_id=draft.pk, flow=broken, edits=0, by=admin)
    error = error_of(flow_actions.publish, procedure_id=draft.pk, edits=1, by=admin, at=AT)
    assert (error.code, error.status) == ("flow_has_findings", 422)
    assert {finding["code"] for finding in error.data["findings"]} >= {"unreachable_stage"}
    assert Procedure.objects.get(pk=draft.pk).state == "draft"


def test_a_published_flow_is_edited_by_nobody(admin: User) -> None:
    published = Procedure.objects.get(key="street_case")
    flow = read_flow(published)
    error = error_of(flow_actions.save_draft, procedure_id=published.pk, flow=flow, edits=0, by=admin)
    assert (error.code, error.status) == ("flow_not_a_draft", 409)
    for sql in (
        "UPDATE cases_stage SET limit_value = 1",
        "DELETE FROM cases_transition WHERE action = 'urge'",
        "UPDATE cases_requestkind SET most_granted = 9",
        "UPDATE cases_procedure SET state = 'draft'",
    ):
        with (
            pytest.raises(DatabaseError, match="never edited"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)


def test_two_editors_of_one_draft_do_not_overwrite_each_other(admin: User) -> None:
    draft = draft_of(admin)
    flow_actions.save_draft(procedure_id=draft.pk, flow=read_flow(draft), edits=0, by=admin)
    error = error_of(flow_actions.save_draft, procedure_id=draft.pk, flow=read_flow(draft), edits=0, by=admin)
    assert (error.code, error.status, error.data) == ("flow_edited_meanwhile", 409, {"edits": 1})
    assert error_of(flow_actions.begin_draft, key="street_case", by=admin, at=AT).code == "flow_draft_exists"


def test_a_flow_in_use_is_not_retired(world, admin: User) -> None:
    published = Procedure.objects.get(key="street_case")
    assert error_of(flow_actions.retire, procedure_id=published.pk, by=admin, at=AT).code == "flow_in_use"
    open_case(world)
    ProcedureRule.objects.all().delete()
    Procedure.objects.filter(state="published").exclude(key="street_case").update(state="retired")
    error = error_of(flow_actions.retire, procedure_id=published.pk, by=admin, at=AT)
    assert (error.code, error.status, error.data["number"]) == ("flow_has_open_cases", 409, 1)
    Case.objects.update(closed_at=AT)
    assert flow_actions.retire(procedure_id=published.pk, by=admin, at=AT).state == "retired"
    error = error_of(open_case, world=world, payload_sha256=b"\x07" * 32)
    assert (error.code, error.status) == ("no_procedure", 503)


def test_only_an_administrator_of_the_county_writes_flows(world, admin: User) -> None:
    user = User.objects.create(username="street admin", name="street admin")
    grant_role(user=user, role="admin", scope_code=STREET, at=AT)
    for person in (user, world.leader, world.dispatcher):
        assert (
            error_of(flow_actions.begin_draft, key="street_case", by=person, at=AT).code
            == "flow_not_permitted"
        )


def test_a_draft_is_thrown_away_and_a_file_makes_one(admin: User) -> None:
    draft = draft_of(admin)
    flow = read_flow(draft)
    flow_actions.discard(procedure_id=draft.pk, by=admin)
    assert not Procedure.objects.filter(state="draft").exists()
    made = flow_actions.import_flow(flow=replace(flow, key="another"), note="from a file", by=admin, at=AT)
    assert (made.key, made.version, made.state) == ("another", 1, "draft")
    assert read_flow(made).transitions == flow.transitions
