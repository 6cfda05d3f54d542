"""What a phone takes along: which packs are named, when their tags change, what stands in them, who is written down."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from geodata.models import Building, Dwelling, Entrance, Household, Membership, Person
from gridmgmt.audit.models import AccessRecord
from gridmgmt.organisation.actions import assign_duty, grant_role
from gridmgmt.organisation.models import Duty, Grant, Role
from gridmgmt.registers import (
    amendment_actions,
    amendment_records,
    history,
    homes,
    move_actions,
    person_actions,
)
from tests.mobile_api.conftest import Phone
from tests.mobile_api.test_amendments import body, put
from tests.registers import people
from tests.world import AT, STREET

pytestmark = pytest.mark.django_db
EMPTY = {"households", "members", "stays", "persons"}


@pytest.fixture
def register(world: Any) -> people.Register:
    return people.build(world)


@pytest.fixture
def family(register: people.Register) -> Any:
    return people.family(register)


def packs(phone: Phone) -> dict[str, str]:
    return phone.get("sync").json()["packs"]


def tag(world: Any, phone: Phone, letter: str = "A") -> str:
    return packs(phone)[f"homes:{world.cells[letter].code}"]


def take(world: Any, phone: Phone, letter: str = "A", **headers: str) -> Any:
    return phone.get(f"homes/{world.cells[letter].code}", **headers)


def test_packs_are_reference_data_and_the_homes_of_my_cells(world: Any, phone: Phone, family: Any) -> None:
    found = phone.get("sync").json()
    mine = {f"homes:{world.cells[letter].code}" for letter in "ABCD"}
    assert set(found["packs"]) == {"catalogue", "cells", "fields"} | mine
    assert phone.get("catalogue")["ETag"] == f'"{found["packs"]["catalogue"]}"'
    assert phone.get("cells")["ETag"] == f'"{found["packs"]["cells"]}"'
    assert phone.get("fields")["ETag"] == f'"{found["packs"]["fields"]}"'
    assert take(world, phone)["ETag"] == f'"{tag(world, phone)}"'
    assert AccessRecord.objects.count() == 1  # tags are no reading, homes are
    again = phone.get(f"sync?since={found['tag']}").json()
    assert (again["tag"], again["packs"]) == (found["tag"], None)


def test_304_while_nothing_changed_and_then_nothing_is_written_down(
    world: Any, phone: Phone, family: Any
) -> None:
    first = take(world, phone)
    again = take(world, phone, **{"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert AccessRecord.objects.count() == 1


def test_homes_hold_everything_masked_and_nothing_in_full(world: Any, phone: Phone, family: Any) -> None:
    home, head, _wife, _son = family
    Entrance.objects.create(building=home.building, county=home.county, number="1")
    answer = take(world, phone)
    found = answer.json()
    building = found["buildings"][0]
    assert (building["name"], building["entrances"][0]["number"]) == ("榕树苑one栋", "1")
    assert building["outline"]["type"] in {"Polygon", "MultiPolygon"}
    assert building["point"] == pytest.approx(list(home.building.geom.point_on_surface.coords), abs=1e-4)
    door = next(row for row in found["doors"] if row["room"] == "101")
    assert (door["living"], door["registered"], door["households"]) == (3, 0, 1)
    assert next(row for row in found["doors"] if row["room"] == "201")["living"] == 0
    assert [row["relation"] for row in found["members"]] == ["02", "12", "20"]
    shown = {row["id"]: row for row in found["persons"]}[str(head.pk)]
    assert (shown["name"], shown["born"], shown["phone"], shown["mine"]) == (
        "王*河",
        1970,
        "100****0001",
        True,
    )
    assert shown["id_no"] == head.id_no_masked
    assert shown["version"] == history.person_version(head.pk)
    assert found["households"][0]["version"] == history.household_version(home.pk)
    text = answer.content.decode()
    for kept in ("王大河", "李小溪", "10000000001", "1970-03-05"):
        assert kept not in text


def test_taking_people_along_is_written_down_with_everybody(world: Any, phone: Phone, family: Any) -> None:
    take(world, phone)
    one = AccessRecord.objects.get()
    assert (one.action, one.subject_kind, one.door, one.row_count) == ("taken", "person", "phone", 3)
    assert one.asked == {"place": world.cells["A"].code}
    assert set(one.subject_ids) == {person.pk for person in family[1:]}
    assert one.user == world.worker
    take(world, phone, "B")  # nobody lives there: nobody was read about
    assert AccessRecord.objects.count() == 1


@pytest.mark.parametrize(("name", "letter"), [("worker", "e"), ("other_worker", "A"), ("neighbour", "A")])
def test_homes_of_others_are_not_there(world: Any, family: Any, name: str, letter: str) -> None:
    answer = take(world, Phone(world, name), letter)
    assert (answer.status_code, answer.json()["code"]) == (404, "homes_unknown")
    assert f"homes:{world.cells[letter].code}" not in packs(Phone(world, name))
    assert not AccessRecord.objects.exists()


@pytest.mark.parametrize("name", ["leader", "supervisor", "dispatcher", "handler"])
def test_who_reads_nothing_about_people_gets_doors_without_them(world: Any, family: Any, name: str) -> None:
    found = take(world, Phone(world, name)).json()
    assert found["people"] is False
    assert not any(found[part] for part in EMPTY)
    assert next(row for row in found["doors"] if row["room"] == "101")["living"] == 3
    assert "王" not in str(found)
    assert not AccessRecord.objects.exists()


def test_street_staff_read_people_and_the_mark_says_so(world: Any, phone: Phone, family: Any) -> None:
    people.keeper(world)
    keeper = Phone(world, "keeper")
    assert len(take(world, keeper).json()["persons"]) == 3
    assert tag(world, keeper) == tag(world, phone)
    assert tag(world, Phone(world, "leader")) != tag(world, phone)


def test_with_more_cells_than_somebody_walks_no_homes_are_taken(
    world: Any, phone: Phone, monkeypatch: Any
) -> None:
    monkeypatch.setattr(homes, "MOST_CELLS", 3)
    assert set(packs(phone)) == {"catalogue", "cells", "fields"}
    assert take(world, phone).status_code == 404


def test_a_duty_that_ended_takes_its_homes_with_it(world: Any, phone: Phone, family: Any) -> None:
    cells = world.cells
    Duty.objects.filter(user=world.worker).delete()
    for letter in "AB":
        assign_duty(scope_code=cells[letter].code, user=world.worker, at=AT)
    before = phone.get("sync").json()
    assert {f"homes:{cells[letter].code}" for letter in "AB"} <= set(before["packs"])
    Duty.objects.filter(user=world.worker, scope_code=cells["A"].code).update(
        valid_to=timezone.now() - timedelta(minutes=1)
    )
    after = phone.get(f"sync?since={before['tag']}").json()
    assert f"homes:{cells['A'].code}" not in after["packs"]
    assert take(world, phone).status_code == 404


def test_a_duty_outside_the_roles_opens_no_homes(world: Any, phone: Phone, family: Any) -> None:
    assign_duty(scope_code=world.cells["e"].code, user=world.worker, at=AT)
    assert f"homes:{world.cells['e'].code}" not in packs(phone)
    Grant.objects.filter(user=world.worker).update(valid_to=timezone.now() - timedelta(minutes=1))
    assert set(packs(phone)) == {"catalogue", "cells", "fields"}


def test_a_role_for_a_time_opens_them_for_that_time(world: Any, family: Any) -> None:
    phone = Phone(world, "other_worker")
    grant = grant_role(
        user=world.other_worker, role=Role.WORKER, scope_code=world.cells["A"].code, department=None, at=AT
    )
    Grant.objects.filter(pk=grant.pk).update(valid_to=timezone.now() + timedelta(hours=1))
    assert len(take(world, phone).json()["persons"]) == 3
    Grant.objects.filter(pk=grant.pk).update(valid_to=timezone.now() - timedelta(seconds=1))
    assert take(world, phone).status_code == 404


def test_of_a_member_who_lives_in_another_area_the_name_alone(
    world: Any, phone: Phone, register: Any, family: Any
) -> None:
    cousin = people.person("周远山", register.doors["two-101"], order=21, phone="10000000007")
    Membership.objects.create(county=cousin.county, person=cousin, household=family[0], relation="97")
    shown = {row["id"]: row for row in take(world, phone).json()["persons"]}[str(cousin.pk)]
    assert shown == {"id": str(cousin.pk), "name": "周*山", "sex": 1, "born": 1980, "mine": False}


def _arrives(register: Any, family: Any, keeper: Any) -> None:
    people.person("赵新来", register.doors["one-102"], order=31)


def _dies(register: Any, family: Any, keeper: Any) -> None:
    one = family[3]
    version = history.person_version(one.pk)
    person_actions.death(person_id=one.pk, on=date(2026, 11, 19), by=keeper, at=AT, version=version)


def _moves_away(register: Any, family: Any, keeper: Any) -> None:
    one = family[3]
    version = history.person_version(one.pk)
    move_actions.move_out(
        person_id=one.pk, on=date(2026, 11, 19), elsewhere="外省", by=keeper, at=AT, version=version
    )


def _deleted(register: Any, family: Any, keeper: Any) -> None:
    register.doors["one-201"].delete()


def _building_renamed(register: Any, family: Any, keeper: Any) -> None:
    Building.objects.filter(pk=register.buildings["one"].pk).update(name="榕树苑1栋")


def _new_entrance(register: Any, family: Any, keeper: Any) -> None:
    Entrance.objects.create(building=register.buildings["one"], county="009901", number="2")


def _door_used_otherwise(register: Any, family: Any, keeper: Any) -> None:
    Dwelling.objects.filter(pk=register.doors["one-101"].pk).update(use="office")


def _household_number(register: Any, family: Any, keeper: Any) -> None:
    Household.objects.filter(pk=family[0].pk).update(number="77")


def _phone_by_sql(register: Any, family: Any, keeper: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE geodata_person SET phone_masked = '1' WHERE id = %s", [family[2].pk])


CHANGES = (
    _arrives, _dies, _moves_away, _deleted, _building_renamed, _new_entrance, _door_used_otherwise, _household_number,
    _phone_by_sql,
)  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_the_tag_changes_with_every_kind_of_change(
    world: Any, phone: Phone, register: Any, family: Any, change: Any
) -> None:
    keeper = people.keeper(world)
    before = phone.get("sync").json()
    other = tag(world, phone, "B")
    with transaction.atomic():  # as a transaction of its own
        change(register, family, keeper)
    after = phone.get(f"sync?since={before['tag']}").json()
    name = f"homes:{world.cells['A'].code}"
    assert after["packs"][name] != before["packs"][name]
    assert after["packs"][f"homes:{world.cells['B'].code}"] == other


def test_an_approved_amendment_comes_back_with_the_next_pack(world: Any, phone: Phone, family: Any) -> None:
    head, before = family[1], tag(world, phone)
    assert put(phone, body(head)).status_code == 201
    assert tag(world, phone) == before  # what waits changes nothing
    one = amendment_records.placed().get()
    amendment_actions.approve(
        amendment_id=one.pk, version=amendment_records.version_of(one), by=people.keeper(world), at=AT
    )
    assert tag(world, phone) != before
    shown = {row["id"]: row for row in take(world, phone).json()["persons"]}
    assert shown[str(head.pk)]["phone"] == "100****0009"


def test_who_moved_away_or_died_is_in_no_pack(world: Any, phone: Phone, register: Any, family: Any) -> None:
    keeper = people.keeper(world)
    _dies(register, family, keeper)
    assert str(family[3].pk) not in take(world, phone).content.decode()
    assert Person.objects.filter(pk=family[3].pk).exists()


def test_sync_costs_the_same_few_statements_however_many_live_there(
    world: Any, phone: Phone, register: Any
) -> None:
    phone.get("sync")
    with CaptureQueriesContext(connection) as few:
        phone.get("sync")
    for order in range(5):
        people.person("许多人", register.doors["one-101"], order=40 + order)
    with CaptureQueriesContext(connection) as many:
        phone.get("sync")
    assert len(few) == len(many) <= 5


def test_fields_are_those_of_amendments_in_both_languages(phone: Phone) -> None:
    found = phone.get("fields").json()
    by_key = {row["key"]: row for row in found["fields"]}
    assert (by_key["person.phone"]["kind"], by_key["person.phone"]["name"], by_key["person.phone"]["name_en"]) == (
        "tel", "电话", "telephone",
    )  # fmt: skip
    assert [row["code"] for row in by_key["person.gone"]["codes"]] == ["moved_out", "dead"]
    assert {row["code"]: row["name"] for row in found["words"]["relation"]}["02"]


def test_homes_want_a_token(world: Any, phone: Phone) -> None:
    phone.headers = {}
    assert take(world, phone).status_code == 401
    assert STREET in world.cells["A"].code
