"""Whoever stands on a page is within the reader's people scope and in the access record: forms, refusals, doors, amendments."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from gridmgmt.audit.models import AccessRecord
from gridmgmt.organisation.models import Grant, Role, User
from gridmgmt.organisation.scope import scope_of
from gridmgmt.registers import double_actions, history
from gridmgmt.registers.models import Amendment
from map_ui import register_life
from tests.mobile_api.conftest import picture
from tests.registers import people
from tests.registers.conftest import Scene, _scene_of_module, _world_of_module, scene  # noqa: F401 - fixtures
from tests.registers.test_amendments import sent
from tests.registers.test_doubles import double
from tests.world import AT, STREET

pytestmark = pytest.mark.django_db


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def noted(user: User) -> list[tuple[str, set[UUID]]]:
    """What was written down of somebody, oldest first."""
    acts = AccessRecord.objects.filter(user=user).order_by("id")
    return [(act.subject_kind, set(act.subject_ids)) for act in acts]


def keeper_of_one_community(scene: Scene) -> User:  # noqa: F811
    """Keeps community 1, and dispatches in the whole street: there without a look at people."""
    user: User = people.keeper(scene.world, STREET + "001", "of_one")
    Grant.objects.create(
        user=user, role=Role.DISPATCHER, scope_code=STREET, valid_from=AT.replace(month=1), department=None
    )
    return user


def test_a_form_notes_whom_it_names_whatever_the_method(scene: Scene) -> None:  # noqa: F811
    client, family = browser(scene.keeper), {scene.head.pk, scene.wife.pk, scene.son.pk}
    address = f"/people/{scene.head.pk}/do/death"
    client.get(address)
    assert client.post(address, {"on": "", "version": "1"}).status_code == 422
    assert noted(scene.keeper) == [("person", family)] * 2


def test_a_form_that_names_nobody_else_notes_nobody_else(scene: Scene) -> None:  # noqa: F811
    browser(scene.keeper).get(f"/people/{scene.son.pk}/do/correct")
    assert noted(scene.keeper) == [("person", {scene.son.pk})]


def test_heads_who_may_be_joined_are_noted(scene: Scene) -> None:  # noqa: F811
    client, two = browser(scene.keeper), scene.register.buildings["two"].pk
    assert "陈*" in client.get(f"/people/{scene.son.pk}/do/move?building={two}").content.decode()
    client.get(f"/households/{scene.home.pk}/do/merge?building={two}")
    move, merge = noted(scene.keeper)
    assert scene.single.pk in move[1] & merge[1]
    assert merge == (
        "household",
        {scene.home.pk, scene.head.pk, scene.wife.pk, scene.son.pk, scene.single.pk},
    )


def test_doors_and_heads_are_those_of_the_keeper(scene: Scene) -> None:  # noqa: F811
    """Building two stands where this keeper has another role alone."""
    user, two = keeper_of_one_community(scene), scene.register.buildings["two"].pk
    page = browser(user).get(f"/people/{scene.son.pk}/do/move?building={two}&q=榕树苑").content.decode()
    assert "陈*" not in page
    assert str(scene.door("two-102")) not in page
    assert f'href="?building={two}"' not in page
    assert f'href="?building={scene.son.building_id}"' in page
    assert all(scene.single.pk not in subjects for _kind, subjects in noted(user))


def test_buildings_of_others_do_not_push_out_one_s_own(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """The scope is part of the question; what is cut off afterwards is one's own."""
    monkeypatch.setattr(register_life, "_HANDFUL", 1)
    user = people.keeper(scene.world, STREET + "002", "of_two")
    found = register_life.buildings(scope_of(user), "榕树苑")
    assert [row.pk for row in found] == [scene.register.buildings["two"].pk]


def test_a_building_s_table_notes_the_heads_it_names(scene: Scene) -> None:  # noqa: F811
    one = scene.register.buildings["one"].pk
    assert "王*河" in browser(scene.keeper).get(f"/buildings/{one}").content.decode()
    assert noted(scene.keeper) == [("building", {one, scene.head.pk})]
    assert "王*河" not in browser(scene.world.leader).get(f"/buildings/{one}").content.decode()
    assert noted(scene.world.leader) == []


def test_a_page_with_full_values_notes_the_others_on_it(scene: Scene) -> None:  # noqa: F811
    form = {"field": ["phone"], "reason": "上门走访"}
    assert browser(scene.keeper).post(f"/people/{scene.head.pk}/reveal", form).status_code == 200
    acts = AccessRecord.objects.filter(user=scene.keeper).order_by("id")
    assert [act.action for act in acts] == ["revealed", "viewed"]
    assert {scene.wife.pk, scene.son.pk} < set(acts[1].subject_ids)


def test_the_tray_and_one_s_own_amendments_note_their_records(scene: Scene) -> None:  # noqa: F811
    worker, door = scene.world.worker, scene.register.doors["one-102"]
    sent(scene, scene.head)
    sent(scene, scene.home, "household.number", "H-9")
    sent(scene, door, "dwelling.area_m2", "80")
    browser(scene.keeper).get("/amendments")
    browser(worker).get("/amendments/mine")
    expected = [("dwelling", {door.pk}), ("household", {scene.home.pk}), ("person", {scene.head.pk})]
    assert sorted(noted(scene.keeper)) == sorted(noted(worker)) == expected


def test_whose_area_is_another_now_reads_no_register_in_old_amendments(scene: Scene) -> None:  # noqa: F811
    worker = scene.world.worker
    sent(scene, scene.head, "person.marital", "20")
    Grant.objects.filter(user=worker).update(scope_code=STREET + "002")
    page = browser(worker).get("/amendments/mine").content.decode()
    assert "不再属于您辖区的登记" in page
    assert "王*河" not in page
    assert f"/people/{scene.head.pk}" not in page
    assert noted(worker) == []


def test_the_photo_is_noted_and_for_those_who_read_there(
    scene: Scene,  # noqa: F811
    settings: Any,
    tmp_path: Path,
) -> None:
    settings.MEDIA_ROOT = tmp_path
    worker, door = scene.world.worker, scene.register.doors["one-102"]
    client, address = browser(worker), f"/amendments/new/dwelling/{door.pk}"
    form = {
        "key": "01a21929-0204-76a7-9113-0027b6a02609",
        "field": "newcomer",
        "seen": "",
        "new-newcomer": "赵来",
    }
    client.post(address, form | {"photo": SimpleUploadedFile("a.jpg", picture(), "image/jpeg")})
    photo = f"/amendments/{Amendment.objects.get().pk}/photo"
    assert client.get(photo).status_code == browser(scene.keeper).get(photo).status_code == 200
    assert noted(worker) == noted(scene.keeper) == [("dwelling", {door.pk})]
    Grant.objects.filter(user=worker).update(valid_to=AT.replace(month=2))
    assert browser(User.objects.get(pk=worker.pk)).get(photo).status_code == 404


def test_an_amendment_s_form_notes_the_record_that_stayed(scene: Scene) -> None:  # noqa: F811
    gone = people.person("王大河", scene.register.doors["one-102"], born="1970-03-05")
    double_actions.merge(
        double_id=double(scene.head, gone).pk, kept_id=scene.head.pk, chosen={}, reason="同一人，两次登记", **scene.by(),
        versions={one.pk: history.person_version(one.pk) for one in (scene.head, gone)},
    )  # fmt: skip
    client = browser(scene.keeper)
    client.get(f"/amendments/new/person/{gone.pk}")
    client.post(f"/amendments/new/person/{gone.pk}", {"field": "phone"})
    assert noted(scene.keeper) == [("person", {scene.head.pk})] * 2
