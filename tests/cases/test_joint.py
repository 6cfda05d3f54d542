"""Joint handling: parallel branches, one clock each; the parent is due at the latest and goes on when all are done."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from geodata.errors import DomainError
from gridmgmt.cases import clock_check, reference
from gridmgmt.cases.actions import permitted_steps, take_step, take_system_step
from gridmgmt.cases.models import Case, CaseHistory, CaseTask
from gridmgmt.events.models import OutboxEvent
from tests.cases.joint_scenes import PARTS, branch, done, filed, hour, joint, parts, people, step
from tests.world import AT


def live_tasks(case: Case) -> list[tuple[str, str, str | None]]:
    rows = CaseTask.objects.filter(case=case, state__in=("open", "claimed"))
    return list(rows.values_list("stage", "kind", "department__key"))


def actions(case: Case) -> list[str]:
    return list(case.history.order_by("seq").values_list("action", flat=True))


def refused(code: str, *args, **fields) -> DomainError:
    with pytest.raises(DomainError) as error:
        step(*args, **fields)
    assert error.value.code == code, error.value
    return error.value


def sound(*cases: Case) -> None:
    """P3 of every case and branch, clocks equal to their ledgers, every step in its table."""
    for case in cases:
        case.refresh_from_db()
        rows = list(case.history.order_by("seq"))
        assert [row.seq for row in rows] == list(range(1, case.version + 1))
        assert rows[-1].to_stage == case.stage
        legal = reference.current().flows[case.procedure_id].legal_pairs()
        assert all((row.from_stage, row.action, row.to_stage) in legal for row in rows)
    assert clock_check.check(Case.objects.all()).differences == []


def test_each_department_gets_a_branch_with_clock_task_and_history_of_its_own(world):
    case = joint(world, *PARTS, enforcement_squad=8)
    assert (case.stage, case.joint, case.department.key) == ("joint", True, "sanitation_station")
    first, second, third = (branch(case, n) for n in (1, 2, 3))
    assert [b.department.key for b in (first, second, third)] == list(PARTS)
    assert {b.procedure.key for b in (first, second, third)} == {"joint_branch"}
    for part in (first, second, third):
        assert (part.parent_id, part.stage, part.version, part.reporter) == (
            case.pk,
            "pending_handle",
            1,
            None,
        )
        assert (part.geom, part.cell_code, part.category_id, part.text) == (
            case.geom, case.cell_code, case.category_id, case.text,
        )  # fmt: skip
        assert actions(part) == ["branch"]
        assert live_tasks(part) == [("pending_handle", "handle", part.department.key)]
    assert live_tasks(case) == []
    assert second.due_at > first.due_at == third.due_at
    assert case.due_at == second.due_at
    assert OutboxEvent.objects.filter(topic="case.stepped", payload__action="branch").count() == 3
    told = case.history.get(action="dispatch_joint").data["departments"]
    assert [(one["department"], one["lead"]) for one in told] == [
        ("sanitation_station", True), ("enforcement_squad", False), ("greening_service", False),
    ]  # fmt: skip
    sound(case, first, second, third)


@pytest.mark.parametrize("given", [
    [], ["sanitation_station"], ["sanitation_station", "sanitation_station"],
])  # fmt: skip
def test_a_joint_dispatch_needs_two_different_departments(world, given):
    case = filed(world)
    error = refused(
        "step_needs_field" if not given else "step_field_invalid",
        world, case, "dispatcher", "dispatch_joint", departments=parts(world, *given),
    )  # fmt: skip
    assert "departments" in (error.data.get("field"), *error.data.get("fields", []))
    assert not Case.objects.filter(parent=case).exists()
    case.refresh_from_db()
    assert (case.stage, case.joint) == ("pending_dispatch", False)


@pytest.mark.parametrize("change", [
    {"department": "no uuid"}, {"department": str(UUID(int=5))}, {"standard": 99}, {"limit_value": 4, "limit_unit": "moon"},
    {"limit_value": 999, "limit_unit": "work_day"}, {"lead": True},
])  # fmt: skip
def test_what_is_planned_for_a_department_is_checked(world, change):
    case = filed(world)
    chosen = parts(world, *PARTS[:2])
    chosen[1] |= change
    assert refused("step_field_invalid", world, case, "dispatcher", "dispatch_joint", departments=chosen).data[
        "field"
    ] == "departments"  # fmt: skip
    refused("step_field_invalid", world, case, "dispatcher", "dispatch_joint", departments="no list")


def test_only_a_dispatcher_dispatches_jointly(world):
    case = filed(world)
    refused(
        "step_not_permitted", world, case, "registrar", "dispatch_joint", departments=parts(world, *PARTS[:2])
    )


def test_the_case_goes_on_in_the_step_that_ends_the_last_branch(world):
    case = joint(world)
    done(world, case, 1, at=hour(1))
    case.refresh_from_db()
    assert case.stage == "joint"
    assert case.history.last().data["branches"] == [f"{case.number}-1"]
    done(world, case, 2, at=hour(2))
    case.refresh_from_db()
    assert (case.stage, case.clock_stopped_at) == ("pending_check", hour(2))
    assert live_tasks(case) == [("pending_check", "check", None)]
    last = case.history.last()
    assert (last.action, last.role, last.actor) == ("joint_done", "system", None)
    closed = step(world, case, "worker", "check_pass", at=hour(3))
    assert closed.stage == "closed"
    sound(case, branch(case, 1), branch(case, 2))


def test_a_failed_check_reopens_the_named_branches_only(world):
    case = joint(world)
    done(world, case, 1, at=hour(1))
    done(world, case, 2, at=hour(2))
    failed = step(
        world,
        case,
        "worker",
        "check_fail_joint",
        at=hour(3),
        text="绿地没有恢复",
        branches=[f"{case.number}-2"],
    )
    assert (failed.stage, failed.rework_count, failed.clock_started_at) == ("joint", 1, hour(3))
    first, second = branch(case, 1), branch(case, 2)
    assert (first.stage, first.rework_count) == ("done", 0)
    assert (second.stage, second.rework_count, second.closed_at) == ("pending_handle", 1, None)
    assert second.clock_started_at == hour(3)
    assert failed.due_at == second.due_at
    assert live_tasks(second) == [("pending_handle", "handle", "enforcement_squad")]
    done(world, case, 2, at=hour(4))
    case.refresh_from_db()
    assert case.stage == "pending_check"
    sound(case, first, second)


def test_a_failed_check_that_names_none_reopens_all(world):
    case = joint(world)
    done(world, case, 1, at=hour(1))
    done(world, case, 2, at=hour(1))
    step(world, case, "worker", "check_fail_joint", at=hour(2), text="都不行")
    assert {branch(case, n).stage for n in (1, 2)} == {"pending_handle"}
    assert (
        actions(case).count("joint_step") == 1
    )  # the end of the first; the reopening is told by the check itself


def test_ordinary_and_joint_checks_do_not_mix(world):
    case = joint(world)
    done(world, case, 1, at=hour(1))
    done(world, case, 2, at=hour(1))
    case.refresh_from_db()
    offered = {offer.action for offer in permitted_steps(case, world.worker, at=hour(1))}
    assert "check_fail_joint" in offered
    assert "check_fail" not in offered
    assert (
        refused("step_blocked", world, case, "worker", "check_fail", at=hour(2), text="x").data["reason"]
        == "not_joint"
    )
    refused(
        "step_field_invalid",
        world,
        case,
        "worker",
        "check_fail_joint",
        at=hour(2),
        text="x",
        branches=["YX-1"],
    )


def test_the_parent_is_due_at_the_latest_and_follows_extensions(world):
    case = joint(world, sanitation_station=4, enforcement_squad=8)
    second = branch(case, 2)
    step(world, second, "other_handler", "sign", at=hour(1))
    step(world, second, "other_handler", "request_delay", at=hour(1), text="材料", days=1)
    step(world, second, "dispatcher", "approve_delay", at=hour(1))
    second.refresh_from_db()
    case.refresh_from_db()
    assert case.due_at == second.due_at
    assert [e.kind for e in case.clock_entries.order_by("seq")] == ["start", "joint", "joint"]
    sound(case, second)


def test_a_branch_that_waits_says_nothing_about_the_deadline_until_it_runs_again(world):
    case = joint(world, sanitation_station=4, enforcement_squad=8)
    first, second = branch(case, 1), branch(case, 2)
    step(world, second, "other_handler", "return_case", at=hour(1), text="不是我们的")
    case.refresh_from_db()
    assert (case.due_at, case.paused_at) == (first.due_at, None)
    step(world, first, "handler", "return_case", at=hour(2), text="也不是我们的")
    case.refresh_from_db()
    assert case.paused_at == hour(2)
    step(world, second, "dispatcher", "reject_return", at=hour(4), text="是你们的")
    case.refresh_from_db()
    second.refresh_from_db()
    assert (case.paused_at, case.due_at) == (None, second.due_at)
    sound(case, first, second)


def test_a_returned_branch_is_given_to_another_department(world):
    case = joint(world)
    people(world)
    second = branch(case, 2)
    step(world, second, "other_handler", "return_case", at=hour(1), text="不是我们的")
    moved = step(
        world,
        second,
        "dispatcher",
        "redispatch",
        at=hour(2),
        department=world.department("greening_service").pk,
    )
    assert (moved.department.key, moved.misdispatch_count, moved.clock_started_at) == (
        "greening_service",
        1,
        hour(2),
    )
    case.refresh_from_db()
    assert case.due_at == moved.due_at


def test_a_branch_can_be_dropped_with_reason_but_not_the_last(world):
    case = joint(world)
    second = branch(case, 2)
    refused("step_needs_field", world, second, "dispatcher", "drop", at=hour(1))
    step(world, second, "dispatcher", "drop", at=hour(1), text="不需要了")
    second.refresh_from_db()
    assert (second.stage, second.marks) == ("voided", ["dropped"])
    assert live_tasks(second) == []
    error = refused("step_blocked", world, branch(case, 1), "dispatcher", "drop", at=hour(1), text="x")
    assert error.data["reason"] == "not_last"
    done(world, case, 1, at=hour(2))
    case.refresh_from_db()
    assert case.stage == "pending_check"


def test_dropping_the_last_that_runs_lets_the_case_go_on(world):
    case = joint(world)
    done(world, case, 1, at=hour(1))
    step(world, branch(case, 2), "dispatcher", "drop", at=hour(2), text="不需要了")
    case.refresh_from_db()
    assert case.stage == "pending_check"


def test_departments_can_be_added_but_none_twice(world):
    case = joint(world)
    refused(
        "step_field_invalid", world, case, "dispatcher", "add_department", at=hour(1),
        departments=parts(world, "enforcement_squad"),
    )  # fmt: skip
    more = step(
        world, case, "dispatcher", "add_department", at=hour(1), departments=parts(world, "greening_service")
    )
    assert more.department.key == "sanitation_station"
    assert branch(case, 3).due_at == more.due_at


def test_ending_the_joint_handling_recalls_every_branch(world):
    case = joint(world)
    done(world, case, 1, at=hour(1))
    ended = step(world, case, "dispatcher", "end_joint", at=hour(2), text="一家即可")
    assert (ended.stage, ended.joint) == ("pending_dispatch", False)
    assert (branch(case, 1).stage, branch(case, 2).stage) == ("done", "voided")
    step(
        world,
        case,
        "dispatcher",
        "dispatch",
        at=hour(3),
        department=world.department("sanitation_station").pk,
    )
    case.refresh_from_db()
    assert case.clock_started_at == hour(3)
    sound(case, branch(case, 1), branch(case, 2))


def test_a_joint_case_is_reopened_and_may_be_dispatched_jointly_again(world):
    case = joint(world)
    done(world, case, 1, at=hour(1))
    done(world, case, 2, at=hour(1))
    step(world, case, "worker", "check_pass", at=hour(2))
    again = step(world, case, "supervisor", "reopen", at=hour(3), text="又来了")
    assert (again.stage, again.joint) == ("pending_dispatch", False)
    step(world, case, "dispatcher", "dispatch_joint", at=hour(4), departments=parts(world, *PARTS[:2]))
    assert branch(case, 4).clock_started_at == hour(4)
    sound(case, *(branch(case, n) for n in (1, 2, 3, 4)))


def test_a_returned_case_may_go_to_several_departments(world):
    case = filed(world)
    step(world, case, "dispatcher", "dispatch", department=world.department("sanitation_station").pk)
    step(world, case, "handler", "return_case", at=hour(1), text="还要城管")
    moved = step(
        world, case, "dispatcher", "dispatch_joint", at=hour(2), departments=parts(world, *PARTS[:2])
    )
    assert (moved.stage, moved.paused_at) == ("joint", None)
    assert moved.requests.get().state == "granted"
    sound(case, branch(case, 1), branch(case, 2))


def test_a_branch_is_worked_by_its_department_only(world):
    case = joint(world)
    second = branch(case, 2)
    refused("case_unknown", world, second, "handler", "sign")
    assert step(world, second, "other_handler", "sign").stage == "handling"
    refused("case_unknown", world, case, "other_handler", "urge", text="x")


def test_branches_are_not_merged_and_nothing_is_merged_into_them(world):
    case = joint(world)
    other = filed(world)
    for number in (branch(case, 1).number,):
        refused("step_field_invalid", world, other, "dispatcher", "merge", master=number)
    offered = {
        offer.action
        for who in ("acceptor", "registrar", "dispatcher")
        for offer in permitted_steps(branch(case, 1), world.people[who], at=AT)
    }
    assert offered <= {"drop"}
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(pk=branch(case, 1).pk).update(master=other)


def test_place_and_category_stay_while_several_work_on_it(world):
    case = joint(world)
    error = refused("step_blocked", world, case, "dispatcher", "correct_category", category="E0111", text="x")
    assert error.data["reason"] == "not_joint"


def test_the_platforms_own_steps_are_nobodys(world):
    case = joint(world)
    for action in ("joint_step", "joint_done"):
        refused("step_not_permitted", world, case, "dispatcher", action)
    with pytest.raises(DomainError) as error:
        take_system_step(case_id=case.pk, action="joint_done", expected_version=case.version, at=AT)
    assert error.value.data["reason"] == "branches_done"


def test_a_hung_branch_is_resumed_by_the_platform_and_the_parent_follows(world):
    from gridmgmt.cases.jobs import take_due_steps

    case = joint(world, sanitation_station=4, enforcement_squad=4)
    second = branch(case, 2)
    step(world, second, "other_handler", "sign", at=hour(1))
    until = (AT + timedelta(days=5)).date()
    step(
        world,
        second,
        "other_handler",
        "request_hang",
        at=hour(1),
        text="资金",
        until=until,
        reason_class="资金",
    )
    step(world, second, "dispatcher", "approve_hang", at=hour(1))
    assert take_due_steps(AT + timedelta(days=6)) == 1
    second.refresh_from_db()
    case.refresh_from_db()
    assert (second.stage, case.due_at) == ("handling", second.due_at)
    sound(case, second)


@pytest.mark.django_db(transaction=True)
def test_two_branches_that_end_at_once_move_the_case_once(committed_world):
    world = committed_world
    for _round in range(4):
        case = joint(world)
        for place, who in ((1, "handler"), (2, "other_handler")):
            step(world, branch(case, place), who, "sign", at=hour(1))
        ends = [(branch(case, 1), "handler"), (branch(case, 2), "other_handler")]
        for part, _who in ends:
            step_photo(part)
        start = Barrier(2)

        def end(given, start=start) -> str:
            part, who = given
            try:
                start.wait(10)
                take_step(
                    case_id=part.pk, action="feed_back", by=world.people[who], expected_version=part.version,
                    at=hour(2), text="已完成",
                )  # fmt: skip
            except (DomainError, DatabaseError) as error:
                return str(error)
            else:
                return "done"
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            assert list(pool.map(end, ends)) == ["done", "done"]
        case.refresh_from_db()
        assert case.stage == "pending_check"
        assert actions(case).count("joint_done") == 1
        sound(case, *(part for part, _who in ends))


@pytest.mark.django_db(transaction=True)
def test_a_branch_that_ends_while_the_joint_handling_is_ended_makes_no_deadlock(committed_world):
    world = committed_world
    for _round in range(4):
        case = joint(world)
        part = step(world, branch(case, 1), "handler", "sign", at=hour(1))
        step_photo(part)
        start = Barrier(2)

        def take(given, start=start) -> str:
            case_id, action, who, version = given
            try:
                start.wait(10)
                take_step(case_id=case_id, action=action, by=world.people[who], expected_version=version, at=hour(2),
                          text="同时")  # fmt: skip
            except DomainError as error:
                return error.code
            else:
                return "done"
            finally:
                connection.close()

        case.refresh_from_db()
        both = [
            (part.pk, "feed_back", "handler", part.version),
            (case.pk, "end_joint", "dispatcher", case.version),
        ]
        with ThreadPoolExecutor(2) as pool:
            results = list(pool.map(take, both))
        assert "done" in results
        assert set(results) <= {"done", "case_version_stale"}
        sound(case, branch(case, 1), branch(case, 2))
        assert CaseHistory.objects.filter(case=case, action="joint_done").count() == 0


def step_photo(part: Case) -> None:
    from tests.world import stored_photo

    stored_photo(part, "after", hour(2))
