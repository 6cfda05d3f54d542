"""The pages of people and departments: who may open them, what a form does, what is shown once."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from geodata.models import Area
from gridmgmt.organisation import enrolments
from gridmgmt.organisation.devices import confirm_wiped, device_register
from gridmgmt.organisation.models import Department, Enrolment, User
from tests.world import AT, COUNTY, STREET, World

Browser = Callable[[str], Client]


@pytest.fixture
def admin(as_person: Browser) -> Client:
    return as_person("administrator")


@pytest.mark.parametrize("name", ["worker", "leader", "dispatcher", "importer"])
@pytest.mark.parametrize("path", ["/organisation", "/organisation/departments", "/organisation/add"])
def test_only_administrators_open_them(as_person: Browser, name: str, path: str) -> None:
    assert as_person(name).get(path).status_code == 403


def test_the_list_and_the_tree_open(admin: Client) -> None:
    page = admin.get("/organisation?text=work").content.decode()
    assert "worker" in page
    assert "neighbour" not in page
    assert "环卫站" in admin.get("/organisation/departments").content.decode()


def test_the_number_of_queries_does_not_grow_with_people(
    admin: Client, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    admin.get("/organisation")  # reference data is read once per process
    with django_assert_max_num_queries(16):  # type: ignore[attr-defined]
        admin.get("/organisation")


def test_a_person_is_added_and_signs_in_with_the_shown_password(admin: Client) -> None:
    answer = admin.post(
        "/organisation/add",
        {"username": "li.hua", "name": "李桦", "role": "worker", "place": STREET + "001", "department": ""},
    )
    page = answer.content.decode()
    shown = re.search(r'class="password number">([a-z2-9]+)<', page)
    assert answer.status_code == 200
    assert shown
    assert Client().login(username="li.hua", password=shown[1])
    user = User.objects.get(username="li.hua")
    assert shown[1] not in admin.get(f"/organisation/people/{user.pk}").content.decode()


def test_a_refused_form_keeps_what_was_typed(admin: Client) -> None:
    answer = admin.post(
        "/organisation/add", {"username": "worker", "name": "李桦", "role": "worker", "place": STREET}
    )
    assert answer.status_code == 422
    assert "李桦" in answer.content.decode()
    assert "已被占用" in answer.content.decode()


def test_people_of_other_places_are_not_found(world: World, admin: Client) -> None:
    assert admin.get(f"/organisation/people/{world.people['neighbour'].pk}").status_code == 404


def test_an_unknown_wish_is_no_page(world: World, admin: Client) -> None:
    path = f"/organisation/people/{world.people['worker'].pk}/change"
    assert admin.post(path, {"do": "explode"}).status_code == 404
    assert admin.get(path).status_code == 405


def test_a_role_is_given_and_ended(world: World, admin: Client) -> None:
    worker = world.people["worker"]
    path = f"/organisation/people/{worker.pk}/change"
    admin.post(path, {"do": "give_role", "role": "staff", "place": STREET, "department": ""})
    grant = worker.grants.get(role="staff")
    admin.post(path, {"do": "end_role", "id": str(grant.pk)})
    grant.refresh_from_db()
    assert grant.valid_to is not None


def test_the_usual_departments_of_a_bare_street(admin: Client, world: World) -> None:
    code = STREET
    Department.objects.filter(scope_code__startswith=code).update(active=False)
    assert admin.post("/organisation/found", {"code": COUNTY}).status_code == 404
    Area.objects.create(code="009901003", level=9, name="第三街道", parent_id=COUNTY)
    assert admin.post("/organisation/found", {"code": "009901003"}).status_code == 403
    assert admin.post("/organisation/found", {"code": code}).status_code == 302


def test_ones_own_password_is_changed_with_the_old_one(as_person: Browser, world: World) -> None:
    client = as_person("worker")
    wrong = client.post(
        "/password",
        {"old_password": "no", "new_password1": "lange-huelse-7", "new_password2": "lange-huelse-7"},
    )
    assert wrong.status_code == 200
    assert not Client().login(username="worker", password="lange-huelse-7")
    right = {
        "old_password": "only-for-tests-2026",
        "new_password1": "lange-huelse-7",
        "new_password2": "lange-huelse-7",
    }
    assert client.post("/password", right).status_code == 302
    assert Client().login(username="worker", password="lange-huelse-7")


def test_a_code_for_a_phone_is_shown_once_as_picture_and_text(admin: Client, world: World) -> None:
    path = f"/organisation/people/{world.people['worker'].pk}"
    answer = admin.post(f"{path}/enrol")
    page = answer.content.decode()
    shown = re.search(r'class="password number">([a-z2-9]{4}(?:-[a-z2-9]{4}){2})<', page)
    assert shown
    assert "<svg" in page[page.index("enrol-picture") :][:200]
    assert answer["Cache-Control"] == "no-store"
    row = Enrolment.objects.get()
    assert row.made_by == world.people["administrator"]
    assert bytes(row.code_key) == enrolments.key_of(shown[1])
    assert shown[1] not in admin.get(path).content.decode()
    assert admin.get(f"{path}/enrol").status_code == 405


def test_others_make_no_codes(as_person: Browser, admin: Client, world: World) -> None:
    path = f"/organisation/people/{world.people['worker'].pk}/enrol"
    assert as_person("leader").post(path).status_code == 403
    admin.post(f"/organisation/people/{world.people['neighbour'].pk}/enrol")
    assert not Enrolment.objects.exists()


def test_a_phone_is_revoked_and_wiped_and_the_page_says_what_was_lost(admin: Client, world: World) -> None:
    worker = world.people["worker"]
    device = device_register(user=worker, name="p", platform="android", at=AT).device
    path = f"/organisation/people/{worker.pk}"
    admin.post("/language", {"language": "en", "next": "/"})
    admin.post(f"{path}/change", {"do": "wipe_device", "id": str(device.pk)})
    device.refresh_from_db()
    assert device.revoked_at is not None
    assert "the phone has not answered yet" in admin.get(path).content.decode()
    confirm_wiped(device_id=device.pk, waiting=12, at=timezone.now())
    assert "12 items were lost." in admin.get(path).content.decode()
