"""The trays as pages: what each person finds, what their buttons do, what a stranger never learns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gridmgmt.cases.actions import take_step
from gridmgmt.cases.models import Case, CaseTask
from gridmgmt.organisation.actions import grant_role
from gridmgmt.organisation.models import Duty, LastPosition, User
from gridmgmt.organisation.shifts import open_shift, start_shift
from tests.cases.test_steps import open_case, step, to_handling
from tests.world import AT, STREET, World

Browser = Callable[[str], Client]
Report = Callable[..., Case]
JSON = {"Accept": "application/json"}


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return unescape(answer.content.decode())


def to_verify(world: World, new_case: Report, letter: str = "A") -> Case:
    case = new_case(letter, source="hotline")
    return take_step(case_id=case.pk, action="accept", by=world.acceptor, expected_version=1, at=AT)


def live(case: Case) -> CaseTask:
    return CaseTask.objects.get(case=case, state__in=["open", "claimed"])


@pytest.fixture
def second(world: World) -> User:
    user = User.objects.create(username="second", name="second")
    grant_role(user=user, role="worker", scope_code=STREET + "001", at=AT - timedelta(days=1))
    world.people["second"] = user
    return user


def test_my_tray_shows_my_tasks_with_time_kind_and_reason(
    world: World, as_person: Browser, new_case: Report
) -> None:
    case = to_verify(world, new_case)
    page = text(as_person("worker"), "/tasks")
    for told in (case.number, "现场核实", "待核实", "负责本社区", "超期"):
        assert told in page, told
    for stranger in ("other_worker", "neighbour"):
        for view in ("", "?view=pool"):
            assert case.number not in text(as_person(stranger), f"/tasks{view}")


def test_the_desk_finds_its_work_to_be_taken_on(as_person: Browser, new_case: Report) -> None:
    case = new_case("A")
    assert case.number in text(as_person("acceptor"), "/tasks?view=pool")
    assert case.number not in text(as_person("registrar"), "/tasks?view=pool")
    assert case.number not in text(as_person("acceptor"), "/tasks?view=pool&kind=check")
    assert case.number in text(as_person("acceptor"), "/tasks?view=pool&text=垃圾")
    assert "没有符合筛选条件的任务" in text(as_person("acceptor"), "/tasks?view=pool&text=路灯")


def test_one_takes_it_on_by_the_button_and_the_other_is_told_who_has_it(
    world: World, as_person: Browser, new_case: Report, second: User
) -> None:
    Duty.objects.all().delete()
    task = live(to_verify(world, new_case))
    won = as_person("worker").post(f"/tasks/{task.pk}/claim", {"next": "/tasks?view=pool"}, follow=True)
    assert won.redirect_chain == [("/tasks?view=pool", 302)]
    lost = as_person("second").post(f"/tasks/{task.pk}/claim", follow=True)
    assert "该任务在worker手上" in lost.content.decode()
    script = as_person("second").post(f"/tasks/{task.pk}/claim", headers=JSON)
    assert (script.status_code, script.json()["data"]["who"]) == (409, "worker")
    elsewhere = as_person("worker").post(f"/tasks/{task.pk}/claim", {"next": "https://example.org/"})
    assert elsewhere["Location"] == "/tasks"


def test_given_to_a_colleague_whose_workload_is_shown(
    world: World, as_person: Browser, new_case: Report, second: User
) -> None:
    start_shift(user=second, at=timezone.now())
    task = live(to_verify(world, new_case))
    page = text(as_person("worker"), f"/tasks/{task.pk}")
    assert "在岗 · 待办 0" in page
    answer = as_person("worker").post(
        f"/tasks/{task.pk}/give", {"to": str(second.pk), "reason": "在别处"}, follow=True
    )
    assert "已转给second" in answer.content.decode()
    for name in ("worker", "second"):
        moves = text(as_person(name), "/tasks?view=moves")
        assert "worker → second" in moves
        assert "在别处" in moves
    assert as_person("neighbour").get(f"/tasks/{task.pk}").status_code == 404
    nobody = as_person("second").post(f"/tasks/{task.pk}/give", {"to": "", "reason": "x"}, headers=JSON)
    assert nobody.json()["code"] == "task_taker_missing"


def test_a_shift_ends_with_a_hand_over(
    world: World, as_person: Browser, new_case: Report, second: User
) -> None:
    worker = as_person("worker")
    assert "上班签到" in text(worker, "/tasks")
    worker.post("/shift/start")
    assert open_shift(world.worker.pk, timezone.now())
    spot = dict(zip(("lon", "lat"), world.point("A"), strict=True))
    worker.post("/shift/position", spot | {"accuracy": 9.0}, content_type="application/json")
    assert LastPosition.objects.count() == 1
    assert (
        worker.post(
            "/shift/position", {"lon": "x"}, content_type="application/json", headers=JSON
        ).status_code
        == 400
    )
    cases = [to_verify(world, new_case) for _ in range(2)]
    page = text(worker, "/tasks/hand-over?end=shift")
    assert all(case.number in page for case in cases)
    assert "second" in page
    worker.post("/tasks/hand-over/do", {"end": "shift", "tasks": "give", "to": str(second.pk)})
    assert open_shift(world.worker.pk, timezone.now()) is None
    assert {live(case).assignee for case in cases} == {second}
    assert not LastPosition.objects.exists()


def test_tasks_of_the_absent_are_the_dispatchers_to_give(
    world: World, as_person: Browser, new_case: Report, second: User
) -> None:
    case = to_verify(world, new_case)
    page = text(as_person("dispatcher"), "/tasks?view=absent")
    assert case.number in page
    whose = f"/tasks/hand-over?whose={world.worker.pk}"
    assert case.number in text(as_person("dispatcher"), whose)
    assert as_person("second").get(whose).status_code == 404
    assert as_person("neighbour_leader").get(whose).status_code == 404
    assert "缺岗人员" not in text(as_person("second"), "/tasks?view=absent")
    sent = {"whose": str(world.worker.pk), "tasks": "give", "to": str(second.pk), "reason": "病假"}
    refused = as_person("second").post("/tasks/hand-over/do", sent, headers=JSON)
    assert refused.status_code == 403
    as_person("dispatcher").post("/tasks/hand-over/do", sent)
    assert live(case).assignee == second


def test_the_case_panel_tells_who_has_it_in_hand(world: World, as_person: Browser, new_case: Report) -> None:
    case = to_verify(world, new_case)
    panel = text(as_person("worker"), f"/cases/{case.number}/panel")
    assert f"/tasks/{live(case).pk}/claim" in panel
    other = text(as_person("leader"), f"/cases/{case.number}/panel")
    assert "负责本社区" in other
    assert "/claim" not in other


def test_workload_stands_beside_departments_and_people(
    world: World, as_person: Browser, new_case: Report
) -> None:
    station = world.department("sanitation_station")
    cases = [new_case("A") for _ in range(2)]
    for case in cases:
        for action, who, fields in (
            ("accept", "acceptor", {}),
            ("register", "registrar", {"standard": 1}),
            ("dispatch", "dispatcher", {"department": station.pk}),
        ):
            if case is cases[1] and action == "dispatch":
                break
            case.refresh_from_db()
            take_step(
                case_id=case.pk,
                action=action,
                by=world.people[who],
                expected_version=case.version,
                at=AT,
                fields=fields,
            )
    case = cases[0]
    assert "环卫站 · 待办 1 · 超期 1" in " ".join(
        text(as_person("dispatcher"), f"/cases/{cases[1].number}/panel").split()
    )
    case.refresh_from_db()
    take_step(case_id=case.pk, action="sign", by=world.handler, expected_version=case.version, at=AT)
    assert "handler · 待办 0" in text(as_person("handler"), f"/cases/{case.number}/panel")


def test_the_list_is_exported_as_it_is_filtered(world: World, as_person: Browser, new_case: Report) -> None:
    case = new_case("A", address="=1+1")
    answer = as_person("acceptor").get("/tasks.csv?view=pool")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert case.number in lines[1]
    assert "'=1+1" in lines[1]
    assert len(lines) == 3


def test_the_list_takes_the_same_queries_however_long_it_is(
    world: World, as_person: Browser, new_case: Report
) -> None:
    client = as_person("acceptor")
    new_case("A")
    client.get("/tasks?view=pool")

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get("/tasks?view=pool")
        return len(seen)

    one = queries()
    for _ in range(5):
        new_case("B")
    assert queries() == one
    assert one <= 16


def test_what_waits_for_a_decision_is_a_list_of_its_own(as_person: Browser, world: World) -> None:
    case = open_case(world)
    to_handling(world, case)
    assert "待审批" not in text(as_person("dispatcher"), "/tasks")
    step(world, case, "handler", "request_delay", text="等配件", days=1, at=AT + timedelta(minutes=20))
    assert "待审批" in text(as_person("dispatcher"), "/tasks")
    page = text(as_person("dispatcher"), "/tasks?view=asked")
    for said in (case.number, "延期", "1 天", "等配件", "handler"):
        assert said in page, said
    assert "没有等待您审批的申请" in text(as_person("handler"), "/tasks?view=asked")
