"""F14: a task is closed, moved or given away while a phone is offline with it: 409 with the present state, the work kept."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from geodata.ids import uuid7
from gridmgmt.cases import late_work
from gridmgmt.cases.actions import take_step
from gridmgmt.cases.models import Case, CaseHistory, CaseNote, CaseTask
from gridmgmt.organisation.actions import grant_role
from gridmgmt.organisation.models import User
from tests.mobile_api.conftest import Phone
from tests.mobile_api.test_tasks import mine, post, step_body, to_verify
from tests.world import AT, STREET, World, stored_photo

WORDS = "现场已清理，商户承诺不再堆放"


def step(case: Case, by: User, action: str, **more: Any) -> Case:
    fresh = Case.objects.get(pk=case.pk)
    return take_step(
        case_id=case.pk, action=action, by=by, expected_version=fresh.version, at=timezone.now(), **more
    )


def late(phone: Phone, case: Case, action: str = "verify_ok", **changes: Any) -> tuple[Any, dict[str, Any]]:
    sent = step_body(case, action, text=WORDS) | changes
    return post(phone, f"cases/{case.pk}/steps", sent), sent


def colleague(world: World) -> User:
    user = User.objects.create(username="colleague", name="colleague")
    grant_role(user=user, role="worker", scope_code=STREET + "001", at=AT)
    world.people["colleague"] = user
    return user


def moved_on(case: Case, worker: User) -> Case:
    stored_photo(case, "site", timezone.now())
    return step(case, worker, "verify_ok")


def test_a_case_that_moved_on_keeps_the_words_once(world, phone):
    case = to_verify(world)
    after = moved_on(case, world.worker)
    history = CaseHistory.objects.filter(case=case).count()
    answer, sent = late(phone, case)
    assert (answer.status_code, answer.json()["code"]) == (409, "case_version_stale")
    assert answer.json()["data"] == {"stage": after.stage, "version": after.version, "note": sent["key"]}
    again = post(phone, f"cases/{case.pk}/steps", sent)
    assert again.json() == answer.json()
    note = CaseNote.objects.get()
    assert (str(note.pk), note.text, note.by, note.device_id) == (
        sent["key"], WORDS, world.worker, phone.device.pk,
    )  # fmt: skip
    assert (note.version, note.refused) == (case.version, "case_version_stale")
    assert CaseHistory.objects.filter(case=case).count() == history
    assert Case.objects.get(pk=case.pk).version == after.version


def test_a_closed_case_takes_no_step_and_keeps_the_words(world, phone):
    case = to_verify(world)
    closed = step(case, world.worker, "verify_false", text="不属实")
    assert closed.closed_at is not None
    answer, sent = late(phone, case, version=closed.version)
    assert (answer.status_code, answer.json()["code"]) == (409, "step_out_of_table")
    told = answer.json()["data"]
    assert (told["stage"], told["version"], told["note"]) == (closed.stage, closed.version, sent["key"])


def test_a_task_given_to_a_colleague_keeps_the_words_and_tells_who_has_it(world, phone):
    other = colleague(world)
    case = to_verify(world)
    task = CaseTask.objects.get(case=case, kind="verify")
    assert post(phone, f"tasks/{task.pk}/claim").status_code == 200
    assert post(phone, f"tasks/{task.pk}/give", {"to": str(other.pk), "reason": "换班"}).status_code == 200
    assert post(Phone(world, "colleague"), f"tasks/{task.pk}/claim").status_code == 200
    stored_photo(case, "site", timezone.now())
    answer, sent = late(phone, case)
    assert (answer.status_code, answer.json()["code"]) == (409, "task_claimed")
    assert answer.json()["data"]["who"] == "colleague"
    assert answer.json()["data"]["note"] == sent["key"]
    assert CaseNote.objects.get().text == WORDS


def test_a_case_moved_out_of_the_workers_area_tells_the_state_and_keeps_the_words(world, phone):
    case = to_verify(world)
    [task] = mine(phone)
    assert post(phone, f"tasks/{task['task']}/claim").status_code == 200
    lon, lat = world.point("e")
    moved = step(case, world.acceptor, "correct_point", text="位置有误", fields={"point": f"{lon},{lat}"})
    assert moved.cell_code.startswith(STREET + "002")
    Case.objects.filter(pk=case.pk).update(reporter=world.people["leader"])
    answer, sent = late(phone, case)
    assert (answer.status_code, answer.json()["code"]) == (409, "case_out_of_reach")
    assert answer.json()["data"] == {"stage": moved.stage, "version": moved.version, "note": sent["key"]}
    assert CaseNote.objects.get().refused == "case_out_of_reach"


def test_strangers_learn_nothing_and_leave_nothing(world, phone):
    case = to_verify(world)
    answer, _sent = late(Phone(world, "neighbour"), case)
    assert (answer.status_code, answer.json()["data"]) == (404, {})
    missing = post(phone, f"cases/{uuid7()}/steps", step_body(case, "verify_ok", text=WORDS))
    assert (missing.status_code, missing.json()["data"]) == (404, {})
    assert not CaseNote.objects.exists()


def test_nothing_written_is_no_note_and_other_refusals_are_none(world, phone):
    case = to_verify(world)
    incomplete, _sent = late(phone, case, "verify_false", text="")
    assert incomplete.json()["code"] == "step_needs_field"
    moved_on(case, world.worker)
    answer, _sent = late(phone, case, text="  ")
    assert "note" not in answer.json()["data"]
    assert not CaseNote.objects.exists()


def test_nobody_fills_a_case_with_notes(world, phone, monkeypatch):
    monkeypatch.setattr(late_work, "MOST_OF_ONE", 2)
    case = to_verify(world)
    moved_on(case, world.worker)
    told = [late(phone, case)[0].json()["data"].get("note") for _ in range(3)]
    assert [note is None for note in told] == [False, False, True]


def test_the_page_of_the_case_shows_the_words_until_a_step_has_them(world, phone, client):
    case = to_verify(world)
    stored_photo(case, "site", timezone.now())
    late(phone, case, version=1)
    client.force_login(world.people["leader"])
    page = client.get(f"/cases/{case.number}").content.decode()
    assert WORDS in page
    assert page.count("tracker-now") == 1
    assert [note.text for note in late_work.notes(case)] == [WORDS]
    taken = post(phone, f"cases/{case.pk}/steps", step_body(case, "verify_ok", text=WORDS))
    assert taken.status_code == 200, taken.content
    assert late_work.notes(case) == []
