"""Pages of births, moves, heads, doubles, amendments and proposed services: whole walks, refusals shown, masks held."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from geodata.ids import uuid7
from geodata.models import Membership, Person
from gridmgmt.audit.models import AccessRecord
from gridmgmt.events.models import OutboxEvent
from gridmgmt.organisation.models import Role, User
from gridmgmt.registers import amendment_actions, doubles, history, jobs, life_events, life_rules, limits
from gridmgmt.registers.models import Amendment, Double, LifeTodo, PersonMerge
from tests.mobile_api.conftest import picture
from tests.registers import people
from tests.registers.conftest import Scene, _scene_of_module, _world_of_module, scene  # noqa: F401 - fixtures
from tests.registers.test_amendments import sent
from tests.world import AT, COUNTY, STREET

pytestmark = pytest.mark.django_db
PHONE = "10000000001"


@pytest.fixture
def desk(scene: Scene) -> Client:  # noqa: F811
    """The keeper's browser."""
    client = Client()
    client.force_login(scene.keeper)
    return client


@pytest.fixture
def media(settings: Any, tmp_path: Path) -> None:
    """Files of a test stay in its own folder."""
    settings.MEDIA_ROOT = tmp_path


def as_user(scene: Scene, name: str) -> Client:  # noqa: F811
    client = Client()
    client.force_login(scene.world.people[name])
    return client


def hidden(page: str, name: str = "version") -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_birth_from_the_mother_s_page(scene: Scene, desk: Client) -> None:  # noqa: F811
    person = desk.get(f"/people/{scene.wife.pk}")
    address = f"/people/{scene.wife.pk}/do/birth"
    assert address in text_of(person)
    form = {
        "version": hidden(text_of(desk.get(address))),
        "name": "王新苗",
        "sex": "2",
        "birth_date": "2026-11-01",
    }
    wrong = desk.post(address, form | {"relation": "02"})
    assert wrong.status_code == 422
    assert "每户有且只有一位户主" in text_of(wrong)
    assert desk.post(address, form | {"relation": "30", "registered": "on"}).status_code == 302
    assert Membership.objects.get(person__name="王新苗").household == scene.home


def test_the_head_dies_and_everybody_is_related_anew(scene: Scene, desk: Client) -> None:  # noqa: F811
    address = f"/people/{scene.head.pk}/do/death"
    page = text_of(desk.get(address))
    assert "李*溪" in page
    assert "李小溪" not in page
    form = {"version": hidden(page), "on": "2026-11-10", "new_head": str(scene.wife.pk)}
    assert "请填写其余每位成员与户主的关系" in text_of(desk.post(address, form))
    assert desk.post(address, form | {f"relation-{scene.son.pk}": "20"}).status_code == 302
    heads = Membership.objects.filter(household=scene.home, valid_to=None, relation="02")
    assert [row.person for row in heads] == [scene.wife]


@pytest.mark.parametrize(
    ("what", "form"),
    [
        ("move", {"on": "2026-11-10", "dwelling": "two-102", "home": "keep"}),
        ("move", {"on": "2026-11-10", "dwelling": "two-102", "home": "own", "registered": "on"}),
        ("move-out", {"on": "2026-11-10", "elsewhere": "外省某市"}),
        ("correct", {"name": "王晓河", "empty-phone": "on"}),
    ],
)
def test_what_happens_to_a_son(scene: Scene, desk: Client, what: str, form: dict[str, str]) -> None:  # noqa: F811
    address = f"/people/{scene.son.pk}/do/{what}"
    page = text_of(desk.get(f"{address}?building={scene.register.buildings['two'].pk}&q=榕树"))
    if "dwelling" in form:
        form = form | {"dwelling": str(scene.door(form["dwelling"]))}
        assert form["dwelling"] in page
    answer = desk.post(address, form | {"version": hidden(page)})
    assert (answer.status_code, answer.headers.get("Location")) == (302, f"/people/{scene.son.pk}")
    assert history.of_person(scene.son.pk)[0].by == "keeper"


def test_somebody_comes_back_and_the_dead_can_only_be_corrected(scene: Scene, desk: Client) -> None:  # noqa: F811
    Person.objects.filter(pk=scene.son.pk).update(life_state="moved_out")
    Membership.objects.filter(person=scene.son).update(valid_to="2026-10-01")
    address = f"/people/{scene.son.pk}/do/move-back"
    page = text_of(desk.get(address))
    joined = f"version-{scene.home.pk}"
    form = {
        "version": hidden(page), "on": "2026-11-10", "home": str(scene.home.pk), "relation": "20",
        "dwelling": str(scene.door("one-101")), joined: hidden(page, joined),
    }  # fmt: skip
    assert desk.post(address, form).status_code == 302
    assert desk.get(address).status_code == 404
    Person.objects.filter(pk=scene.son.pk).update(life_state="dead")
    assert desk.get(f"/people/{scene.son.pk}/do/birth").status_code == 404


@pytest.mark.parametrize("what", ["move-in", "head", "address", "split", "merge", "number"])
def test_what_happens_to_a_household(scene: Scene, desk: Client, what: str) -> None:  # noqa: F811
    assert f"/households/{scene.home.pk}/do/{what}" in text_of(desk.get(f"/households/{scene.home.pk}"))
    address = f"/households/{scene.home.pk}/do/{what}"
    page = text_of(desk.get(f"{address}?building={scene.register.buildings['two'].pk}"))
    joined = f"version-{scene.other_home.pk}"
    forms: dict[str, dict[str, str]] = {
        "move-in": {"name": "赵来", "sex": "1", "birth_date": "1995-05-05", "relation": "28", "on": "2026-11-10",
                    "dwelling": str(scene.door("one-101"))},
        "head": {"on": "2026-11-10", "new_head": str(scene.wife.pk), f"relation-{scene.head.pk}": "11",
                 f"relation-{scene.son.pk}": "20"},
        "address": {"on": "2026-11-10", "dwelling": str(scene.door("two-201")), "registered": "on"},
        "split": {"on": "2026-11-10", f"moving-{scene.son.pk}": "02", "number": "H-2"},
        "merge": {"on": "2026-11-10", "into": str(scene.other_home.pk), joined: hidden(page, joined) if what == "merge" else "",
                  f"relation-{scene.head.pk}": "99", f"relation-{scene.wife.pk}": "99", f"relation-{scene.son.pk}": "99"},
        "number": {"number": "H-7"},
    }  # fmt: skip
    answer = desk.post(address, forms[what] | {"version": hidden(page)})
    assert answer.status_code == 302, re.findall(r'role="alert">([^<]*)', text_of(answer))
    again = desk.post(address, forms[what] | {"version": "1"})
    assert again.status_code == 409
    assert "刚刚被别人改动过" in text_of(again)


def test_a_household_that_changed_while_the_form_was_open_is_not_joined(scene: Scene, desk: Client) -> None:  # noqa: F811
    address = f"/people/{scene.son.pk}/do/move?building={scene.register.buildings['two'].pk}"
    page, joined = text_of(desk.get(address)), f"version-{scene.other_home.pk}"
    form = {
        "version": hidden(page), "on": "2026-11-10", "home": str(scene.other_home.pk), "relation": "99",
        "dwelling": str(scene.door("two-101")), joined: hidden(page, joined),
    }  # fmt: skip
    assert desk.post(address, {**form, joined: ""}).status_code == 409
    people.person("新人", None)
    Membership.objects.create(
        county=COUNTY, household=scene.other_home, person=Person.objects.get(name="新人"), relation="99"
    )
    told = desk.post(address, form)
    assert told.status_code == 409
    present = hidden(text_of(told), joined)
    assert present != form[joined]
    assert desk.post(address, form | {joined: present}).status_code == 302


def test_relations_of_nobody_are_refused(scene: Scene, desk: Client) -> None:  # noqa: F811
    address = f"/households/{scene.home.pk}/do/split"
    form = {"version": hidden(text_of(desk.get(address))), "on": "2026-11-10", "moving-somebody": "02"}
    told = desk.post(address, form)
    assert told.status_code == 422
    assert "不是该户成员" in text_of(told)


def test_history_is_read_by_workers_too_and_masks_names(scene: Scene, desk: Client) -> None:  # noqa: F811
    person_address = f"/people/{scene.single.pk}/do/correct"
    version = hidden(text_of(desk.get(person_address)))
    desk.post(person_address, {"version": version, "name": "陈意", "phone": "10000000009"})
    other_worker = as_user(scene, "other_worker")
    page = text_of(other_worker.get(f"/people/{scene.single.pk}/history"))
    assert "更正" in page
    assert "100****0009" in page
    assert "陈意" not in page
    assert "10000000009" not in page
    assert AccessRecord.objects.filter(
        subject_ids__contains=[scene.single.pk], user=scene.world.other_worker
    ).exists()
    assert desk.get(f"/households/{scene.home.pk}/history").status_code == 200


@pytest.mark.parametrize("name", ["worker", "leader", "neighbour", "administrator", "handler"])
def test_only_keepers_write(scene: Scene, name: str) -> None:  # noqa: F811
    client = as_user(scene, name)
    for path in (f"/people/{scene.head.pk}/do/death", f"/households/{scene.home.pk}/do/head"):
        assert client.get(path).status_code in {403, 404}
        assert client.post(path, {"on": "2026-11-10", "version": "1"}).status_code in {403, 404}
    for path in ("/doubles", "/doubles/log", "/amendments"):
        assert client.get(path).status_code == 403, path
    scene.head.refresh_from_db()
    assert scene.head.life_state == "present"


def test_two_records_side_by_side_become_one_and_two_again(scene: Scene, desk: Client) -> None:  # noqa: F811
    gone = people.person("王大河", scene.register.doors["two-102"], born="1970-03-05", phone="10000000002")
    assert desk.post("/doubles/look").status_code == 302
    assert not Double.objects.exists()
    event = OutboxEvent.objects.get(topic=jobs.DOUBLES_WANTED)
    jobs.find_doubles(str(event.event_id), event.payload)
    row = Double.objects.get()
    listed = text_of(desk.get("/doubles"))
    assert "同名" in listed
    assert "王大河" not in listed
    page = text_of(desk.get(f"/doubles/{row.pk}"))
    assert "100****0002" in page
    first_is_head = row.first_id == scene.head.pk
    form = {
        "stays": "first" if first_is_head else "second", "take-phone": "second" if first_is_head else "first",
        "take-facts": "first" if first_is_head else "second", "act": "merge", "note": "核对身份证",
        **{f"version-{key}": hidden(page, f"version-{key}") for key in (row.first_id, row.second_id)},
    }  # fmt: skip
    assert "至少四个字" in text_of(desk.post(f"/doubles/{row.pk}/decide", form | {"note": " "}))
    assert desk.post(f"/doubles/{row.pk}/decide", form | {"act": "Merge"}).status_code == 422
    assert Person.objects.filter(pk=gone.pk).exists()
    assert desk.post(f"/doubles/{row.pk}/decide", form).headers["Location"] == f"/people/{scene.head.pk}"
    scene.head.refresh_from_db()
    assert scene.head.phone_masked == "100****0002"
    assert "核对身份证" in text_of(desk.get("/doubles/log"))
    desk.post(f"/doubles/log/{PersonMerge.objects.get().pk}")
    assert Person.objects.filter(pk=gone.pk).exists()
    assert "撤销" in text_of(desk.get("/doubles/log"))


def test_looking_again_and_again_has_a_limit(
    scene: Scene,  # noqa: F811
    desk: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One count for everybody of the county: a look takes minutes in a large one, and what it finds is everybody's."""
    monkeypatch.setattr(limits, "LOOKS", 1)
    assert "正在查找" in text_of(desk.post("/doubles/look", follow=True))
    people.keeper(scene.world, STREET + "001", "colleague")
    assert "一小时内已查找" in text_of(as_user(scene, "colleague").post("/doubles/look", follow=True))
    assert OutboxEvent.objects.filter(topic=jobs.DOUBLES_WANTED).count() == 1


def test_who_keeps_no_register_asks_for_no_look(scene: Scene) -> None:  # noqa: F811
    """Not even who runs the installation: the pairs they see anyway, the button is for keepers."""
    root = User.objects.create(username="root", name="管理员", is_superuser=True)
    scene.world.people["root"] = root
    for who in ("root", "administrator", "worker"):
        assert as_user(scene, who).post("/doubles/look").status_code == 403, who
    assert "/doubles/look" not in text_of(as_user(scene, "root").get("/doubles"))
    assert not OutboxEvent.objects.filter(topic=jobs.DOUBLES_WANTED).exists()


def test_two_people_are_told_apart_and_asked_again(scene: Scene, desk: Client) -> None:  # noqa: F811
    people.person("王大河", scene.register.doors["two-102"], born="1970-03-05")
    doubles.find(county=COUNTY, at=AT)
    row = Double.objects.get()
    desk.post(f"/doubles/{row.pk}/decide", {"act": "different", "note": "两张身份证都看过"})
    assert "两张身份证都看过" in text_of(desk.get("/doubles?show=different"))
    desk.post(f"/doubles/{row.pk}/decide", {"act": "again"})
    row.refresh_from_db()
    assert row.state == "open"


def test_a_worker_amends_and_reads_what_became_of_it(scene: Scene, desk: Client) -> None:  # noqa: F811
    worker = as_user(scene, "worker")
    address = f"/amendments/new/person/{scene.head.pk}"
    assert address in text_of(worker.get(f"/people/{scene.head.pk}"))
    page = text_of(worker.get(address))
    form = {
        "key": hidden(page, "key"), "field": "phone", "seen": "100****0001", "new-phone": "10000000009", "note": "本人更正",
    }  # fmt: skip
    assert 'name="seen" value="100****0001"' in page
    assert worker.post(address, form).headers["Location"] == "/amendments/mine"
    worker.post(address, form)
    row = Amendment.objects.get()
    tray = text_of(desk.get("/amendments"))
    assert "100****0009" in tray
    assert "10000000009" not in tray
    refused = desk.post(
        f"/amendments/{row.pk}/decide", {"act": "reject", "version": hidden(tray)}, follow=True
    )
    assert "至少四个字" in text_of(refused)
    for act in ("", "aprove"):
        answer = desk.post(f"/amendments/{row.pk}/decide", {"act": act, "version": hidden(tray)})
        assert answer.status_code == 422
    row.refresh_from_db()
    assert row.state == "waiting"
    desk.post(f"/amendments/{row.pk}/decide", {"act": "approve", "version": hidden(tray)})
    scene.head.refresh_from_db()
    assert scene.head.phone_masked == "100****0009"
    assert "已通过" in text_of(worker.get("/amendments/mine"))
    assert scene.world.people["keeper"].name in text_of(desk.get("/amendments?show=approved"))


def test_a_conflict_is_shown_beside_the_register(scene: Scene, desk: Client) -> None:  # noqa: F811
    sent(scene, scene.head, "person.marital", "20")
    Person.objects.filter(pk=scene.head.pk).update(marital="30")
    page = text_of(desk.get("/amendments"))
    assert "登记内容期间已变动" in page
    assert "丧偶" in page
    assert desk.get(f"/amendments?person={scene.son.pk}").content.decode().count("desk-item") == 0
    assert "待审核的更正" in text_of(desk.get(f"/people/{scene.head.pk}"))


def test_rules_of_amendments_are_set_by_administrators(scene: Scene, desk: Client) -> None:  # noqa: F811
    administrator = as_user(scene, "administrator")
    assert "一律人工审核" in text_of(administrator.get("/amendments/rules"))
    administrator.post("/amendments/rules/set", {"key": "person.phone", "automatic": "1"})
    assert sent(scene, scene.head).state == "approved"
    assert desk.post("/amendments/rules/set", {"key": "person.phone", "automatic": "0"}).status_code == 403
    assert as_user(scene, "leader").get("/amendments/rules").status_code == 403


def test_a_department_answers_what_it_owes(scene: Scene, desk: Client) -> None:  # noqa: F811
    life_rules.load_rules()
    people.person("六旬", scene.register.doors["one-102"], born="1966-11-20")
    life_events.look(AT)
    office = people.keeper(
        scene.world, STREET, "office", role=Role.HANDLER, department="public_service_office"
    )
    client = as_user(scene, "office")
    page = text_of(client.get("/services"))
    assert "老年人优待证" in page
    assert "城乡居民养老保险" not in page
    assert "六旬" not in page
    todo = LifeTodo.objects.get(rule="sixty_card")
    assert "至少四个字" in text_of(client.post(f"/services/{todo.pk}", {"act": "not_wanted"}, follow=True))
    client.post(f"/services/{todo.pk}", {"act": "not_wanted", "reason": "本人已有"})
    todo.refresh_from_db()
    assert (todo.state, todo.decided_by) == ("not_wanted", office)
    assert "老年人权益保障法" in text_of(desk.get(f"/people/{todo.person_id}/services"))
    assert as_user(scene, "worker").get("/services").status_code == 403
    rules = as_user(scene, "administrator")
    rules.post("/services/rules/switch", {"key": "sixty_card", "active": "0"})
    assert "已停用" in text_of(rules.get("/services/rules"))


def test_a_day_that_is_none_is_told(scene: Scene, desk: Client) -> None:  # noqa: F811
    address = f"/people/{scene.son.pk}/do/death"
    answer = desk.post(address, {"on": "gestern", "version": "1"})
    assert answer.status_code == 422
    assert "请填写日期" in text_of(answer)


def test_old_amendments_are_decided_once(scene: Scene, desk: Client) -> None:  # noqa: F811
    row = sent(scene, scene.head)
    amendment_actions.reject(amendment_id=row.pk, by=scene.keeper, at=AT, reason="无法核实")
    answer = desk.post(f"/amendments/{row.pk}/decide", {"act": "approve", "version": "1"}, follow=True)
    assert "已被处理" in text_of(answer)


@pytest.mark.usefixtures("media")
def test_a_newcomer_behind_a_door_is_told_with_a_photo(scene: Scene, desk: Client) -> None:  # noqa: F811
    worker, door = as_user(scene, "worker"), scene.register.doors["one-102"]
    assert f"/amendments/new/dwelling/{door.pk}" in text_of(worker.get(f"/dwellings/{door.pk}"))
    page = text_of(worker.get(f"/amendments/new/dwelling/{door.pk}"))
    form = {"key": hidden(page, "key"), "field": "newcomer", "seen": "", "new-newcomer": "赵来，租客"}
    photo = SimpleUploadedFile("a.jpg", picture(), "image/jpeg")
    assert worker.post(f"/amendments/new/dwelling/{door.pk}", form | {"photo": photo}).status_code == 302
    row = Amendment.objects.get()
    assert (row.dwelling_id, row.new, bool(row.photo)) == (door.pk, "", True)
    shown = desk.get(f"/amendments/{row.pk}/photo")
    assert shown.headers["Content-Type"] == "image/jpeg"
    assert as_user(scene, "other_worker").get(f"/amendments/{row.pk}/photo").status_code == 404
    assert "赵来" not in text_of(desk.get("/amendments"))
    form = {"key": str(uuid7()), "field": "newcomer", "seen": "", "new-newcomer": "钱来"}
    bad = SimpleUploadedFile("b.jpg", picture()[:200], "image/jpeg")
    refused = worker.post(f"/amendments/new/dwelling/{door.pk}", form | {"photo": bad})
    assert refused.status_code == 422
    assert "更正已收下" in text_of(refused)
    kept = Amendment.objects.get(pk=form["key"])
    assert (kept.state, kept.photo) == ("waiting", "")
    photo = SimpleUploadedFile("a.jpg", picture(), "image/jpeg")
    assert worker.post(f"/amendments/new/dwelling/{door.pk}", form | {"photo": photo}).status_code == 302
    kept.refresh_from_db()
    assert kept.photo
    household = worker.get(f"/amendments/new/household/{scene.home.pk}")
    assert "户号" in text_of(household)
    assert worker.get(f"/amendments/new/building/{door.pk}").status_code == 404
    assert as_user(scene, "leader").get(f"/amendments/new/dwelling/{door.pk}").status_code == 403


def test_somebody_begins_to_live_behind_an_empty_door(scene: Scene, desk: Client) -> None:  # noqa: F811
    door = scene.register.doors["one-102"]
    address = f"/dwellings/{door.pk}/arrival"
    assert address in text_of(desk.get(f"/dwellings/{door.pk}"))
    assert desk.get(address).status_code == 200
    form = {
        "name": "赵来",
        "sex": "1",
        "birth_date": "1995-05-05",
        "on": "2026-11-10",
        "registered_elsewhere": "外省某县",
    }
    assert "日期在今天之后" in text_of(desk.post(address, form | {"on": "2099-01-01"}))
    assert desk.post(address, form).status_code == 302
    assert Membership.objects.get(person__name="赵来").household.dwelling == door
    assert desk.post(address, form).status_code == 409
    for name in ("worker", "leader"):
        assert as_user(scene, name).post(address, form).status_code == 403
