"""Tasks on a phone: the tray, hands, steps that may be sent again, shifts and positions."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from geodata.ids import uuid7
from gridmgmt.cases.actions import take_step
from gridmgmt.cases.intake import submit_report
from gridmgmt.cases.models import Case, CaseHistory, CaseTask, StepPosition
from gridmgmt.organisation.actions import grant_role
from gridmgmt.organisation.models import LastPosition, User
from tests.mobile_api.conftest import Phone, picture
from tests.world import AT, World, draft, sender, stored_photo

NOBODY = "00000000-0000-7000-8000-000000000000"  # the same in every test process


def post(phone: Phone, path: str, body: Any = None) -> Any:
    raw = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
    return phone.client.post(f"/api/v1/{path}", raw, content_type="application/json", headers=phone.headers)


def put(phone: Phone, path: str, body: Any) -> Any:
    return phone.put_bytes(path, json.dumps(body).encode())


def to_verify(world: World, **changes: Any) -> Case:
    receipt = submit_report(
        draft=draft(world, source="hotline", **changes), sender=sender(world), at=timezone.now()
    )
    return take_step(
        case_id=receipt.case_id, action="accept", by=world.acceptor, expected_version=1, at=timezone.now()
    )


def mine(phone: Phone, view: str = "mine") -> list[dict[str, Any]]:
    answer = phone.get(f"tasks?view={view}")
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def test_my_tasks_by_time_left_with_why_and_where(world, phone):
    case = to_verify(world)
    [task] = mine(phone)
    assert (task["kind"], task["state"], task["number"], task["mine"]) == (
        "verify",
        "open",
        case.number,
        True,
    )
    assert task["why"] == {"rule": "community_duty", "metres": None, "on_duty": 0}
    assert (task["stage_name_en"], task["lamp"]) == ("To be verified", "green")
    assert mine(Phone(world, "neighbour")) == []


def test_pages_by_cursor_neither_repeat_nor_hide(world, phone):
    cases = {to_verify(world).number for _ in range(5)}
    seen, cursor = [], ""
    while True:
        page = phone.get(f"tasks?limit=2&cursor={cursor}").json()
        seen += [row["number"] for row in page["results"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(cases)
    assert phone.get("tasks?cursor=zzz").json()["code"] == "cursor_invalid"
    assert phone.get("tasks?view=all").json()["code"] == "view_unknown"


def test_an_unchanged_tray_is_not_sent_again(world, phone):
    to_verify(world)
    first = phone.get("tasks")
    again = phone.get("tasks", **{"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    post(phone, f"tasks/{first.json()['results'][0]['task']}/claim")
    assert phone.get("tasks", **{"if-none-match": first["ETag"]}).status_code == 200


def test_the_tray_takes_the_same_queries_however_long_it_is(world, phone):
    to_verify(world)
    phone.get("tasks")

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            phone.get("tasks")
        print([q["sql"][:150] for q in seen])
        return len(seen)

    one = queries()
    for _ in range(4):
        to_verify(world)
    assert queries() == one


def test_taken_on_put_back_given(world, phone):
    to_verify(world)
    path = f"tasks/{mine(phone)[0]['task']}"
    claimed = post(phone, f"{path}/claim")
    assert (claimed.status_code, claimed.json()["state"]) == (200, "claimed")
    assert post(phone, f"{path}/claim").json()["version"] == claimed.json()["version"]
    second = User.objects.create(username="second", name="second")
    grant_role(user=second, role="worker", scope_code="009901001001", at=AT)
    world.people["second"] = second
    other = Phone(world, "second")
    lost = post(other, f"{path}/claim")
    assert (lost.status_code, lost.json()["code"], lost.json()["data"]["who"]) == (
        409,
        "task_taken",
        "worker",
    )
    assert post(other, f"{path}/release").json()["code"] == "task_not_yours"
    [colleague] = phone.get(f"{path}/colleagues").json()["results"]
    assert (colleague["name"], colleague["open"], colleague["on_duty"]) == ("second", 0, False)
    assert (
        post(phone, f"{path}/give", {"to": colleague["id"], "reason": ""}).json()["code"]
        == "task_reason_missing"
    )
    given = post(phone, f"{path}/give", {"to": colleague["id"], "reason": "在另一现场"}).json()
    assert (given["assignee"], given["mine"]) == ("second", False)
    assert [move["kind"] for move in given["moves"]] == ["claim", "give"]
    assert mine(phone) == []
    assert post(other, f"{path}/release").status_code == 200
    assert [task["task"] for task in mine(phone, "pool")] == [path.removeprefix("tasks/")]
    assert post(phone, f"tasks/{uuid4()}/claim").json()["code"] == "task_unknown"


def step_body(case: Case, action: str, **changes: Any) -> dict[str, Any]:
    return {"key": str(uuid7()), "version": case.version, "action": action} | changes


def test_a_step_sent_again_gets_the_same_answer(world, phone):
    case = to_verify(world)
    stored_photo(case, "site", timezone.now())
    body = step_body(case, "verify_ok")
    first = post(phone, f"cases/{case.pk}/steps", body)
    assert (first.status_code, first.json()["stage"], first.json()["version"]) == (200, "pending_register", 3)
    again = post(phone, f"cases/{case.pk}/steps", body)
    assert (again.status_code, again.content) == (200, first.content)
    assert CaseHistory.objects.filter(case=case).count() == 3
    other_body = post(phone, f"cases/{case.pk}/steps", body | {"text": "x"})
    assert (other_body.status_code, other_body.json()["code"]) == (409, "step_key_taken")
    other_person = post(Phone(world, "acceptor"), f"cases/{case.pk}/steps", body)
    assert other_person.json()["code"] == "step_key_taken"


def standing(world: World, letter: str, **changes: Any) -> dict[str, Any]:
    x, y = world.point(letter)
    at = timezone.now().isoformat()
    return {"x": x, "y": y, "datum": "wgs84", "accuracy_m": 9.0, "captured_at": at} | changes


@pytest.mark.parametrize(
    ("letter", "changes", "flags"),
    [
        ("A", {}, []),
        ("B", {}, ["far_from_point"]),
        ("A", {"accuracy_m": None}, ["accuracy_unknown"]),
        ("B", {"accuracy_m": 400.0}, ["far_from_point", "low_accuracy"]),
    ],
)
def test_where_the_phone_stood_is_kept_with_the_step_and_blocks_nothing(world, phone, letter, changes, flags):
    case = to_verify(world)
    stored_photo(case, "site", timezone.now())
    body = step_body(case, "verify_ok", position=standing(world, letter, **changes))
    done = post(phone, f"cases/{case.pk}/steps", body)
    assert (done.status_code, done.json()["stage"]) == (200, "pending_register")
    kept = StepPosition.objects.get(history__case=case)
    assert (kept.history.action, kept.flags, kept.datum) == ("verify_ok", flags, "wgs84")
    away = 0 if letter == "A" else 208
    assert kept.distance_m == pytest.approx(away, abs=3)
    assert (kept.source_x, kept.source_y) == world.point(letter)
    assert post(phone, f"cases/{case.pk}/steps", body).content == done.content
    assert StepPosition.objects.count() == 1


def test_a_position_that_cannot_be_is_refused_with_the_step(world, phone):
    case = to_verify(world)
    body = step_body(case, "verify_false", text="x", position=standing(world, "A", datum="bd-9"))
    assert post(phone, f"cases/{case.pk}/steps", body).status_code == 422
    swapped = step_body(case, "verify_false", text="x", position=standing(world, "A", x=20.5, y=114.0))
    assert post(phone, f"cases/{case.pk}/steps", swapped).json()["code"].startswith("coordinate_")
    case.refresh_from_db()
    assert (case.stage, StepPosition.objects.count()) == ("pending_verify", 0)


def test_a_task_tells_what_happened_and_where_the_case_is_now_but_not_which_resident_reported(world, phone):
    case = to_verify(world)
    path = f"tasks/{mine(phone)[0]['task']}"
    first = phone.get(path).json()
    assert [(row["action"], row["who"]) for row in first["tracker"]] == [
        ("report", ""),
        ("accept", "acceptor"),
    ]
    assert (first["case_stage"], first["case_stage_name_en"]) == ("pending_verify", "To be verified")
    post(phone, f"cases/{case.pk}/steps", step_body(case, "verify_false", text="x"))
    later = phone.get(path).json()
    assert (later["state"], later["stage"], later["case_stage"]) == ("done", "pending_verify", "not_accepted")


def test_a_step_that_was_refused_is_judged_again(world, phone):
    case = to_verify(world)
    body = step_body(case, "verify_false")
    first = post(phone, f"cases/{case.pk}/steps", body)
    assert (first.status_code, first.json()["code"]) == (422, "step_needs_field")
    stale = post(phone, f"cases/{case.pk}/steps", step_body(case, "verify_ok", version=1))
    assert (stale.status_code, stale.json()["data"]) == (409, {"stage": "pending_verify", "version": 2})
    assert (
        post(phone, f"cases/{case.pk}/steps", step_body(case, "dispatch")).json()["code"]
        == "step_out_of_table"
    )
    assert post(Phone(world, "neighbour"), f"cases/{case.pk}/steps", body).json()["code"] == "case_unknown"
    assert post(phone, f"cases/{case.pk}/steps", body | {"colour": 1}).json()["code"] == "field_unknown"
    taken = post(phone, f"cases/{case.pk}/steps", body | {"text": "现场没有垃圾"})
    assert taken.json()["stage"] == "not_accepted"
    task = CaseTask.objects.get(case=case, kind="verify")
    assert (task.state, task.done_by, task.result) == ("done", world.worker, "verify_false")


def test_a_handler_does_the_whole_task_with_a_photo_on_the_phone(world):
    case = to_verify(world)

    def go(action: str, who: str, **fields: Any) -> None:
        case.refresh_from_db()
        take_step(
            case_id=case.pk,
            action=action,
            by=world.people[who],
            expected_version=case.version,
            at=timezone.now(),
            fields=fields,
        )

    stored_photo(case, "site", timezone.now())
    go("verify_ok", "worker")
    go("register", "registrar", standard=1)
    go("dispatch", "dispatcher", department=world.department("sanitation_station").pk)
    go("sign", "handler")
    case.refresh_from_db()
    handler = Phone(world, "handler")
    [task] = mine(handler, "pool")
    post(handler, f"tasks/{task['task']}/claim")
    detail = handler.get(f"tasks/{task['task']}").json()
    assert "feed_back" in {offer["action"] for offer in detail["steps"]}
    photo_id, data = str(uuid7()), picture("green")
    told = {"id": photo_id, "sha256": hashlib.sha256(data).hexdigest(), "action": "feed_back"}
    assert (
        post(Phone(world, "worker"), f"cases/{case.pk}/photos", told).json()["code"] == "step_not_permitted"
    )
    assert post(handler, f"cases/{case.pk}/photos", told).json()["state"] == "expected"
    assert handler.photo(photo_id, data).status_code == 200
    done = post(handler, f"cases/{case.pk}/steps", step_body(case, "feed_back", text="已清运"))
    assert (done.status_code, done.json()["stage"]) == (200, "pending_check")
    assert mine(handler, "done")[0]["result"] == "feed_back"


def test_on_duty_with_a_position_and_off_again(world, phone):
    x, y = world.point("A")
    here = {"x": x, "y": y, "datum": "wgs84", "accuracy_m": 6.0, "captured_at": timezone.now().isoformat()}
    assert phone.get("shift").json()["on_duty"] is False
    assert put(phone, "shift/position", here).json()["code"] == "not_on_shift"
    begun = put(phone, "shift", {"hours": 8}).json()
    assert begun["on_duty"] is True
    assert put(phone, "shift", {}).json()["shift"] == begun["shift"]
    assert put(phone, "shift/position", here).status_code == 200
    assert put(phone, "shift/position", here | {"datum": "epsg:9"}).status_code in (400, 422)
    to_verify(world, letter="B")
    [task] = mine(phone)
    assert (task["why"]["rule"], task["why"]["on_duty"]) == ("nearest_around", 1)
    assert 150 <= task["metres"] <= 280
    kept = post(phone, "shift/end", {})
    assert (kept.status_code, kept.json()["code"], kept.json()["data"]) == (
        409,
        "shift_has_tasks",
        {"count": 1},
    )
    assert post(phone, "shift/end", {"tasks": "give"}).json()["code"] == "task_taker_missing"
    ended = post(phone, "shift/end", {"tasks": "pool", "reason": "下班"}).json()
    assert (ended["on_duty"], ended["pooled"]) == (False, 1)
    assert not LastPosition.objects.exists()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "tasks"),
        ("get", "shift"),
        ("post", f"cases/{NOBODY}/steps"),
        ("post", f"tasks/{NOBODY}/claim"),
    ],
)
def test_without_a_token_nothing_opens(world, client, method, path):
    assert getattr(client, method)(f"/api/v1/{path}").json()["code"] == "token_missing"
