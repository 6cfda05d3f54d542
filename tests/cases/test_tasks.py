"""Tasks follow the case: made and ended with the steps, given to the nearest on duty, exactly one per stage."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from geodata.errors import DomainError
from geodata.ids import uuid7
from gridmgmt.cases import jobs, reference, step_rows, tasks
from gridmgmt.cases.actions import Step, take_step
from gridmgmt.cases.models import Case, CaseTask
from gridmgmt.events.models import OutboxEvent
from gridmgmt.organisation.actions import assign_duty, grant_role
from gridmgmt.organisation.models import Duty, User
from gridmgmt.organisation.shifts import Seen, record_position, start_shift
from tests.cases.test_steps import after_photo, open_case, step, to_handling
from tests.world import AT, STREET, stored_photo


def live(case: Case) -> CaseTask:
    return CaseTask.objects.get(case=case, state__in=["open", "claimed"])


def on_duty(world, name: str, letter: str = "", *, at=AT, shift_at=AT) -> User:
    """Somebody on shift, with a position in a cell when one is named."""
    user = world.people[name]
    start_shift(user=user, at=shift_at)
    if letter:
        x, y = world.point(letter)
        record_position(user=user, seen=Seen(x, y, "wgs84", 8.0, at), at=at)
    return user


def second_worker(world, name: str = "second", scope: str = STREET + "001") -> User:
    user = User.objects.create(username=name, name=name)
    grant_role(user=user, role="worker", scope_code=scope, at=AT - timedelta(days=9))
    world.people[name] = user
    return user


def to_check(world) -> Case:
    case = open_case(world)
    to_handling(world, case)
    after_photo(case, AT + timedelta(minutes=10))
    stored_photo(case, "site", AT + timedelta(minutes=25))
    return step(world, case, "handler", "feed_back", text="好了", at=AT + timedelta(minutes=20))


def test_a_report_is_the_acceptors_task(world):
    task = live(open_case(world))
    assert (task.kind, task.role, task.stage, task.case_version) == ("desk", "acceptor", "reported", 1)
    assert (task.assignee, task.department, task.why) == (None, None, {"rule": "desk"})
    assert task.due_at == AT + timedelta(hours=2)
    assert task.pk.version == 7


def test_every_step_ends_its_task_and_makes_the_next(world):
    case = open_case(world)
    to_handling(world, case)
    tasks = list(CaseTask.objects.filter(case=case).order_by("made_at", "case_version"))
    assert [(t.stage, t.state, t.result) for t in tasks] == [
        ("reported", "done", "accept"),
        ("pending_register", "done", "register"),
        ("pending_dispatch", "done", "dispatch"),
        ("pending_handle", "done", "sign"),
        ("handling", "open", ""),
    ]
    assert tasks[0].done_by == world.acceptor
    assert tasks[-1].department == world.department("sanitation_station")
    case.refresh_from_db()
    assert tasks[-1].due_at == case.due_at


def test_a_closed_case_has_no_task_and_a_reopened_one_has(world):
    case = to_check(world)
    step(world, case, "worker", "check_pass", at=AT + timedelta(hours=1))
    assert not CaseTask.objects.filter(case=case, state__in=["open", "claimed"]).exists()
    step(world, case, "supervisor", "reopen", text="又堆上了", at=AT + timedelta(days=1))
    assert live(case).role == "dispatcher"


def test_who_is_not_the_owner_cancels_the_task(world):
    case = open_case(world, source="hotline")
    step(world, case, "acceptor", "accept")
    assert live(case).kind == "verify"
    case2 = to_check(world)
    step(world, case2, "registrar", "check_pass", at=AT + timedelta(hours=1))
    ended = CaseTask.objects.get(case=case2, stage="pending_check")
    assert (ended.state, ended.done_by) == ("cancelled", world.registrar)


def test_the_nearest_on_duty_gets_the_site_visit_and_why_is_kept(world):
    second_worker(world)
    on_duty(world, "worker", "D")
    on_duty(world, "second", "B")
    task = live(to_check(world))
    assert task.assignee == world.second
    assert task.why["rule"] == "nearest_around"
    assert 150 < task.why["metres"] < 280
    assert task.why["on_duty"] == 2


def test_the_cells_own_worker_on_duty_goes_before_a_nearer_one_of_the_community(world):
    second_worker(world, scope=world.cells["A"].code)
    on_duty(world, "worker", "A")
    on_duty(world, "second", "C")
    task = live(to_check(world))
    assert (task.assignee, task.why["rule"]) == (world.second, "nearest_on_duty")
    assert task.why["metres"] > 300


def test_an_old_position_chooses_nobody_but_being_on_duty_does(world):
    second_worker(world)
    on_duty(world, "second", "A", at=AT - timedelta(minutes=40), shift_at=AT - timedelta(hours=2))
    assert live(to_check(world)).why == {"rule": "on_duty_around", "on_duty": 1}
    assert live(to_check(world)).assignee == world.second


def test_off_duty_the_cells_duty_then_the_communitys_then_the_pool(world):
    second_worker(world)
    assign_duty(scope_code=world.cells["A"].code, user=world.second, at=AT)
    assert (live(to_check(world)).why["rule"], live(to_check(world)).assignee) == ("cell_duty", world.second)
    Duty.objects.filter(user=world.second).delete()
    assert (live(to_check(world)).why["rule"], live(to_check(world)).assignee) == (
        "community_duty",
        world.worker,
    )
    Duty.objects.all().delete()
    assert (live(to_check(world)).why["rule"], live(to_check(world)).assignee) == ("pool", None)


def test_workers_of_other_cells_are_never_chosen(world):
    Duty.objects.all().delete()
    on_duty(world, "other_worker", "A")
    on_duty(world, "neighbour", "A")
    assert live(to_check(world)).assignee is None


def test_the_distance_of_the_doer_is_kept(world):
    case = to_check(world)
    at = AT + timedelta(hours=1)
    on_duty(world, "worker", "B", at=at, shift_at=at)
    step(world, case, "worker", "check_pass", at=at)
    assert 150 < CaseTask.objects.get(case=case, stage="pending_check").distance_m < 280


def test_the_person_assigned_gets_the_departments_task_and_keeps_it_in_rework(world):
    case = open_case(world)
    to_handling(world, case)
    step(world, case, "handler", "assign_staff", staff=world.handler.pk)
    task = live(case)
    assert (task.assignee, task.why["rule"], task.state) == (world.handler, "assigned", "open")
    after_photo(case, AT)
    step(world, case, "handler", "feed_back", text="好了")
    stored_photo(case, "site", AT + timedelta(minutes=25))
    step(world, case, "worker", "check_fail", text="还有", at=AT + timedelta(hours=1))
    assert (live(case).assignee, live(case).why) == (world.handler, {"rule": "case_assignee"})


def test_a_granted_delay_moves_the_tasks_deadline(world):
    case = open_case(world)
    to_handling(world, case)
    before = live(case).due_at
    step(world, case, "handler", "request_delay", text="等配件", days=1)
    moved = step(world, case, "dispatcher", "approve_delay", days=1)
    assert live(case).due_at == moved.due_at > before


def test_a_task_taken_on_is_not_done_by_a_colleague(world):
    case = open_case(world)
    task = live(case)
    CaseTask.objects.filter(pk=task.pk).update(state="claimed", assignee=world.leader, claimed_at=AT)
    with pytest.raises(DomainError) as error:
        step(world, case, "acceptor", "accept")
    assert (error.value.code, error.value.status) == ("task_claimed", 409)
    assert error.value.data == {"who": "leader", "stage": "reported", "version": 1}
    case.refresh_from_db()
    assert (case.stage, case.version) == ("reported", 1)


def test_a_case_that_changes_its_department_leaves_the_former_ones_tray(world):
    case = to_handling(world, open_case(world))
    former, case.department = case.department, world.department("enforcement_squad")
    case.save()
    taken = step_rows.take_up(case.pk)
    taken.case.version += 1
    known = reference.current()
    flow = known.flows[case.procedure_id]
    urge = flow.find("handling", "urge", is_public=False)
    moved = Step(
        taken.case, "correct", AT, world.dispatcher, None, "", {}, known, flow, urge, taken, take_step
    )
    with transaction.atomic():
        tasks.follow(moved, case.stage)
        step_rows.keep(moved, case.stage)
    task = live(case)
    assert (task.department, task.assignee, task.why) == (case.department, None, {"rule": "department"})
    told = OutboxEvent.objects.get(topic="task.changed")
    assert told.department_path == former.path


def test_missing_tasks_are_made_once(world):
    case = open_case(world)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM cases_casetask WHERE case_id = %s", [case.pk])
    jobs.make_missing_tasks(AT + timedelta(hours=5))
    made = live(case)
    assert (made.stage, made.made_at) == ("reported", AT)
    jobs.make_missing_tasks(AT + timedelta(hours=6))
    assert live(case) == made


def raw(sql: str, *values: object) -> None:
    """One statement in a transaction whose deferred constraints are looked at."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE cases_case SET stage = 'pending_dispatch' WHERE id = %s",
        "UPDATE cases_case SET stage = 'closed' WHERE id = %s",
        "UPDATE cases_casetask SET state = 'done', done_at = now() WHERE case_id = %s",
        "UPDATE cases_casetask SET stage = 'handling' WHERE case_id = %s",
        "DELETE FROM cases_casetask WHERE case_id = %s",
    ],
)
def test_by_hand_a_stage_cannot_be_left_without_its_one_task(world, sql):
    case = open_case(world)
    with pytest.raises(IntegrityError, match="exactly one open task"):
        raw(sql, case.pk)


def test_by_hand_a_second_task_is_refused_at_once(world):
    task = live(open_case(world))
    task.pk = None
    task._state.adding = True
    task.id = uuid7()
    with pytest.raises(IntegrityError, match="task_one_live"), transaction.atomic():
        task.save(force_insert=True)


def test_by_hand_a_stage_and_its_task_may_move_together(world):
    case = open_case(world)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE cases_case SET stage = 'pending_dispatch' WHERE id = %s", [case.pk])
        cursor.execute("UPDATE cases_casetask SET stage = 'pending_dispatch' WHERE case_id = %s", [case.pk])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
