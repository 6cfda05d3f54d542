"""Tasks change hands: one gets it, the rest learn who has it; nothing is lost when a shift ends."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from geodata.errors import DomainError
from gridmgmt.cases import task_queries
from gridmgmt.cases.actions import take_step
from gridmgmt.cases.models import Case, CaseHistory, CaseTask, TaskMove
from gridmgmt.cases.task_actions import claim, end_shift, give, hand_over, release
from gridmgmt.cases.task_queries import TaskFilters
from gridmgmt.events.models import OutboxEvent
from gridmgmt.organisation.actions import grant_role
from gridmgmt.organisation.models import Duty, LastPosition, Shift, User
from gridmgmt.organisation.shifts import Seen, expire, open_shift, record_position, start_shift
from tests.cases.test_steps import open_case, step
from tests.cases.test_tasks import live, on_duty, second_worker, to_check
from tests.world import AT, STREET

SOON = AT + timedelta(minutes=30)


def refused(code: str, status: int, act, **arguments) -> DomainError:
    with pytest.raises(DomainError) as error:
        act(**arguments)
    assert (error.value.code, error.value.status) == (code, status)
    return error.value


def test_one_takes_it_on_and_the_other_learns_who_has_it(world):
    second_worker(world)
    Duty.objects.all().delete()
    task = live(to_check(world))
    assert claim(task_id=task.pk, by=world.worker, at=SOON).state == "claimed"
    error = refused("task_taken", 409, claim, task_id=task.pk, by=world.second, at=SOON)
    assert error.data == {"who": "worker", "state": "claimed"}
    again = claim(task_id=task.pk, by=world.worker, at=SOON)
    assert (again.version, TaskMove.objects.filter(task=task).count()) == (2, 1)
    told = OutboxEvent.objects.get(topic="task.changed")
    assert told.payload["what"] == "claim"
    assert "worker" not in str(told.payload)


def test_who_was_chosen_and_is_on_duty_goes_first(world):
    second_worker(world)
    on_duty(world, "worker", "A")
    task = live(to_check(world))
    refused("task_taken", 409, claim, task_id=task.pk, by=world.second, at=SOON)
    late = AT + timedelta(hours=13)  # the shift has run out
    assert claim(task_id=task.pk, by=world.second, at=late).assignee == world.second


def test_other_roles_and_other_places_do_not_take_it_on(world):
    task = live(open_case(world))
    refused("task_not_permitted", 403, claim, task_id=task.pk, by=world.worker, at=AT)
    refused("task_unknown", 404, claim, task_id=task.pk, by=world.neighbour_leader, at=AT)
    refused("task_unknown", 404, claim, task_id=task.pk, by=world.handler, at=AT)


def test_a_task_whose_stage_was_left_is_over(world):
    case = open_case(world)
    task = live(case)
    step(world, case, "acceptor", "accept")
    assert (
        refused("task_over", 409, claim, task_id=task.pk, by=world.acceptor, at=AT).data["result"] == "accept"
    )


def test_put_back_by_its_holder_or_with_a_reason_by_the_dispatcher(world):
    task = live(to_check(world))
    claim(task_id=task.pk, by=world.worker, at=SOON)
    second_worker(world)
    refused("task_not_yours", 403, release, task_id=task.pk, by=world.second, at=SOON)
    refused("task_reason_missing", 422, release, task_id=task.pk, by=world.dispatcher, at=SOON)
    freed = release(task_id=task.pk, by=world.dispatcher, at=SOON, reason="请假")
    assert (freed.assignee, freed.state, freed.why) == (None, "open", {"rule": "put_back"})
    claim(task_id=task.pk, by=world.second, at=SOON)
    assert release(task_id=task.pk, by=world.second, at=SOON).assignee is None


def test_given_to_a_colleague_who_could_do_it_and_to_nobody_else(world):
    task = live(to_check(world))
    second_worker(world)
    reason = "我在另一个现场"
    refused(
        "task_taker_unfit",
        422,
        give,
        task_id=task.pk,
        to=world.other_worker.pk,
        by=world.worker,
        at=SOON,
        reason=reason,
    )
    refused(
        "task_reason_missing",
        422,
        give,
        task_id=task.pk,
        to=world.second.pk,
        by=world.worker,
        at=SOON,
        reason=" ",
    )
    given = give(task_id=task.pk, to=world.second.pk, by=world.worker, at=SOON, reason=reason)
    assert (given.assignee, given.state, given.why["rule"]) == (world.second, "open", "given")
    for person in (world.worker, world.second):
        [move] = task_queries.moves_of(person, now=SOON)
        assert (move.kind, move.giver, move.taker, move.reason) == (
            "give",
            world.worker,
            world.second,
            reason,
        )


def test_at_the_end_of_a_shift_all_tasks_change_hands_in_one_step(world):
    on_duty(world, "worker", "A")
    tasks = [live(to_check(world)) for _ in range(3)]
    claim(task_id=tasks[0].pk, by=world.worker, at=SOON)
    second_worker(world)
    error = refused("shift_has_tasks", 409, end_shift, user=world.worker, at=SOON)
    assert error.data == {"count": 3}
    assert open_shift(world.worker.pk, SOON)
    shift, done = end_shift(user=world.worker, at=SOON, to=world.second.pk, reason="下班")
    assert (done.given, done.pooled, shift.ended) == (3, 0, "signed_off")
    assert set(CaseTask.objects.filter(assignee=world.second)) == set(tasks)
    assert (
        len(task_queries.moves_of(world.worker, now=SOON))
        == len(task_queries.moves_of(world.second, now=SOON))
        == 3
    )


def test_what_the_colleague_could_not_do_goes_back_to_the_pool(world):
    here = live(to_check(world))
    grant_role(user=world.worker, role="worker", scope_code=STREET + "002", at=AT)
    Duty.objects.filter(user=world.worker).update(scope_code=STREET + "002")
    there_case = open_case(world, letter="a", source="hotline")
    step(world, there_case, "acceptor", "accept")
    there = live(there_case)
    assert here.assignee == there.assignee == world.worker
    done = hand_over(whose=world.worker, to=world.other_worker.pk, by=world.worker, at=SOON)
    assert (done.given, done.pooled) == (1, 1)
    assert (live(there_case).assignee, CaseTask.objects.get(pk=here.pk).assignee) == (
        world.other_worker,
        None,
    )


def test_a_hand_over_to_somebody_who_could_do_nothing_is_refused_whole(world):
    task = live(to_check(world))
    refused(
        "task_taker_unfit",
        422,
        hand_over,
        whose=world.worker,
        to=world.neighbour.pk,
        by=world.worker,
        at=SOON,
    )
    task.refresh_from_db()
    assert task.assignee == world.worker


def test_the_dispatcher_hands_over_for_the_absent_and_the_neighbour_does_not(world):
    task = live(to_check(world))
    refused("task_not_yours", 403, hand_over, whose=world.worker, to=None, by=world.neighbour_leader, at=SOON)
    absent = task_queries.tray(world.dispatcher, TaskFilters(view="absent"), now=SOON)
    assert [row.pk for row in absent] == [task.pk]
    hand_over(whose=world.worker, to=None, by=world.dispatcher, at=SOON, reason="病假")
    assert list(task_queries.tray(world.dispatcher, TaskFilters(view="absent"), now=SOON)) == []


def test_trays_hold_what_one_has_and_what_one_may_take_on(world):
    second_worker(world)
    Duty.objects.all().delete()
    task = live(to_check(world))
    for name in ("worker", "second"):
        assert [t.pk for t in task_queries.tray(world.people[name], TaskFilters(view="pool"), now=SOON)] == [
            task.pk
        ]
    for name in ("other_worker", "neighbour", "handler", "acceptor"):
        assert task.pk not in {
            t.pk for t in task_queries.tray(world.people[name], TaskFilters(view="pool"), now=SOON)
        }
    claim(task_id=task.pk, by=world.worker, at=SOON)
    assert not task_queries.tray(world.second, TaskFilters(view="pool"), now=SOON)
    [mine] = task_queries.tray(world.worker, TaskFilters(), now=SOON)
    assert (mine.pk, mine.lamp) == (task.pk, "green")
    [late] = task_queries.tray(world.worker, TaskFilters(), now=AT + timedelta(hours=4))
    assert late.lamp == "red"
    step(world, task.case, "worker", "check_pass", at=SOON)
    assert [t.pk for t in task_queries.tray(world.worker, TaskFilters(view="done"), now=SOON)] == [task.pk]


def test_the_departments_unclaimed_tasks_are_its_own(world):
    case = open_case(world)
    step(world, case, "acceptor", "accept")
    step(world, case, "registrar", "register", standard=1)
    step(world, case, "dispatcher", "dispatch", department=world.department("sanitation_station").pk)
    assert len(task_queries.tray(world.handler, TaskFilters(view="pool"), now=AT)) == 1
    assert len(task_queries.tray(world.other_handler, TaskFilters(view="pool"), now=AT)) == 0
    department = world.department("sanitation_station").pk
    assert task_queries.department_load([department], now=AT)[department] == (1, 0)
    assert task_queries.department_load([department], now=AT + timedelta(days=30))[department] == (1, 1)


def test_workload_tells_open_overdue_duty_and_distance(world):
    on_duty(world, "worker", "B")
    task = live(to_check(world))
    second_worker(world)
    [colleague] = [p for p in task_queries.colleagues(task, now=SOON) if p.name == "second"]
    assert (colleague.open, colleague.overdue, colleague.on_duty, colleague.metres) == (0, 0, False, None)
    late = AT + timedelta(hours=4)
    [busy] = task_queries.people_load([world.worker.pk], now=late, near=task.case.geom)
    assert (busy.open, busy.overdue, busy.on_duty, busy.metres) == (
        1,
        1,
        True,
        None,
    )  # the position is too old
    [near] = task_queries.people_load([world.worker.pk], now=AT, near=task.case.geom)
    assert 150 < near.metres < 280


def test_positions_live_on_shifts_only(world):
    seen = Seen(*world.point("A"), "wgs84", 5.0, AT)
    refused("not_on_shift", 409, record_position, user=world.worker, seen=seen, at=AT)
    refused("shift_not_permitted", 403, start_shift, user=world.acceptor, at=AT)
    shift = start_shift(user=world.worker, at=AT, hours=8)
    assert start_shift(user=world.worker, at=SOON) == shift
    x, y = world.point("A")
    record_position(user=world.worker, seen=Seen(x, y, "gcj02", 5.0, AT), at=AT)
    kept = LastPosition.objects.get()
    assert (kept.datum, kept.source_x, kept.source_y) == ("gcj02", x, y)
    older = Seen(*world.point("D"), "wgs84", 5.0, AT - timedelta(minutes=5))
    record_position(user=world.worker, seen=older, at=SOON)
    assert LastPosition.objects.get().datum == "gcj02"
    expire(now=AT + timedelta(minutes=61))
    assert not LastPosition.objects.exists()
    record_position(user=world.worker, seen=Seen(x, y, "wgs84", 5.0, SOON), at=SOON)
    end_shift(user=world.worker, at=SOON)
    assert not LastPosition.objects.exists()


def test_a_forgotten_shift_ends_by_itself(world):
    start_shift(user=world.worker, at=AT, hours=8)
    later = AT + timedelta(hours=9)
    assert open_shift(world.worker.pk, later) is None
    refused("not_on_shift", 409, end_shift, user=world.worker, at=later)
    start_shift(user=world.worker, at=later)
    assert list(Shift.objects.order_by("started_at").values_list("ended", flat=True)) == ["expired", ""]


# --- F15: thirty people at once, fifty times -------------------------------------------------------------------------
PEOPLE, ROUNDS = 30, 50


def crowd_of(world, role: str) -> list[User]:
    users = []
    for n in range(PEOPLE):
        user = User.objects.create(username=f"crowd{n:02d}", name=f"crowd{n:02d}")
        grant_role(user=user, role=role, scope_code=STREET, at=AT)
        users.append(user)
    return users


def race(act, users: list[User]) -> list[tuple[str, float]]:
    """Everybody at once over connections of their own; (who won or the error, seconds)."""

    def one(user: User) -> tuple[str, float]:
        begun = time.monotonic()
        try:
            act(user)
        except DomainError as error:
            return (error.code if error.status == 409 else str(error)), time.monotonic() - begun
        else:
            return f"won {user.username}", time.monotonic() - begun
        finally:
            connection.close()

    with ThreadPoolExecutor(PEOPLE) as pool:
        return list(pool.map(one, users))


def winners(results: list[tuple[str, float]]) -> list[str]:
    return [said for said, _ in results if said.startswith("won")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(300)
def test_thirty_people_take_a_task_on_fifty_times_and_each_time_one_has_it(committed_world):
    """F15, P4: claims and steps at once on the same cases; one winner each, the others 409, nobody waits in a circle."""
    world = committed_world
    users = crowd_of(world, "acceptor")
    slowest = 0.0
    for _ in range(ROUNDS):
        case = open_case(world)
        task = live(case)
        results = race(lambda user, task=task: claim(task_id=task.pk, by=user, at=AT), users)
        [won] = winners(results)
        assert {said for said, _ in results} == {won, "task_taken"}
        task.refresh_from_db()
        assert (task.assignee.username, task.state) == (won.removeprefix("won "), "claimed")

        def go(user, case=case):
            take_step(case_id=case.pk, action="accept", by=user, expected_version=1, at=AT)

        steps = race(go, users)
        assert winners(steps) == [won]  # who has taken it on, and nobody else, does it
        assert {said for said, _ in steps} <= {won, "task_claimed", "case_version_stale"}
        slowest = max(slowest, *(took for _, took in results + steps))
    assert CaseHistory.objects.filter(action="accept").count() == ROUNDS
    assert CaseTask.objects.filter(result="accept", state="done").count() == ROUNDS
    assert slowest < 5.0, f"{slowest:.2f} s"
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        assert cursor.fetchone()[0] == 0
    print(f"F15: {ROUNDS} x {PEOPLE} claims and steps, one winner each, slowest {slowest * 1000:.0f} ms")


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(120)
def test_steps_claims_and_hand_overs_at_once_leave_one_task_each(committed_world):
    world = committed_world
    users = crowd_of(world, "acceptor")
    cases = [open_case(world) for _ in range(12)]
    tasks = [live(case) for case in cases]
    for n, task in enumerate(tasks):
        claim(task_id=task.pk, by=users[n % 3], at=AT)

    def act(user: User) -> None:
        n = users.index(user)
        if n < 3:
            hand_over(whose=user, to=users[n + 3].pk, by=user, at=AT)
        elif n < 15:
            take_step(
                case_id=cases[n - 3].pk, action="accept", by=users[(n - 3) % 3], expected_version=1, at=AT
            )
        else:
            claim(task_id=tasks[n % 12].pk, by=user, at=AT)

    said = {result for result, _ in race(act, users)}
    assert {one for one in said if not one.startswith("won")} <= {
        "task_taken",
        "task_claimed",
        "task_over",
        "case_version_stale",
    }
    for case in Case.objects.all():
        assert live(case).stage == case.stage
