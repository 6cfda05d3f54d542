"""Pages of the registers: masked, within the scope, nothing personal in addresses, full values for a reason alone."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.contrib.gis.geos import Point
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from geodata.models import Component, Dwelling, Organisation, Person, Residence
from geodata.sample.identity import id_number
from gridmgmt.audit.models import AccessRecord
from gridmgmt.registers import limits
from tests.registers import people, readers
from tests.world import COUNTY, STREET, World

NAME, PHONE, NUMBER = "王小明", "10012345678", id_number(COUNTY, "19800506", 11)
SECRETS = (NAME, PHONE, NUMBER, "王小红")


@pytest.fixture
def town(world: World) -> World:
    register = people.build(world)
    one = register.doors["one-101"]
    head = people.person(NAME, one, order=11, phone=PHONE)
    wife = people.person("王小红", one, order=12, sex=2)
    child = people.person("王小", one, born="2020-02-03")
    home = readers.family(head, one, (wife, "10"), (child, "30"))
    away = people.person("单田芳", register.doors["two-201"], registered=False)
    Residence.objects.create(
        county=COUNTY, person=away, kind="registered", dwelling=register.doors["one-102"],
        building=register.buildings["one"], valid_from=date(2001, 2, 3),
    )  # fmt: skip
    far = people.person("王小远", None, building=readers.elsewhere(), cell_code="009901002001001")
    readers.staff(world)
    world.__dict__.update(register=register, head=head, wife=wife, child=child, home=home, away=away, far=far)
    return world


def browser(town: World, who: str) -> Client:
    client = Client()
    client.force_login(town.people[who])
    return client


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def search(client: Client, text: str) -> Any:
    answer = client.post("/people/search", {"q": text})
    assert answer.status_code == 302
    assert not any(secret in answer.headers["Location"] for secret in (*SECRETS, text))
    return client.get(answer.headers["Location"])


def pages_of(town: World) -> list[str]:
    return [
        "/people",
        f"/people/{town.head.pk}",
        f"/people/{town.wife.pk}",
        f"/households/{town.home.pk}",
        f"/dwellings/{town.register.doors['one-101'].pk}",
        f"/dwellings/{town.register.doors['one-102'].pk}",
        f"/buildings/{town.register.buildings['one'].pk}",
        f"/buildings?place={STREET}001",
        "/registers",
    ]


def test_pages_hold_no_personal_value(town: World) -> None:
    client = browser(town, "staff")
    for path in pages_of(town):
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert not [secret for secret in SECRETS if secret in text_of(answer)], path
        assert "no-store" in answer.headers["Cache-Control"], path


def test_a_search_shows_masked_people_and_is_found_again(town: World) -> None:
    client = browser(town, "staff")
    for typed in (NAME, NUMBER, PHONE, "WXM"):
        answer = search(client, typed)
        assert "王*明" in text_of(answer), typed
        assert not [secret for secret in SECRETS if secret in text_of(answer)], typed
    assert client.get("/people?asked=00000000-0000-7000-8000-000000000000").status_code == 302
    assert "证件号码" in text_of(search(client, NUMBER[:-1] + ("0" if NUMBER[-1] != "0" else "1")))


def test_what_was_typed_lies_sealed_in_the_session(town: World) -> None:
    client = browser(town, "staff")
    search(client, NAME)
    assert NAME not in str(dict(client.session.items()))


def test_people_of_other_places_do_not_exist(town: World) -> None:
    for who in ("staff", "worker"):
        assert browser(town, who).get(f"/people/{town.far.pk}").status_code == 404
        assert str(town.far.pk) not in text_of(search(browser(town, who), "王小远"))
    other = browser(town, "other_worker")
    for path in pages_of(town)[1:7]:
        assert other.get(path).status_code == 404, path
    assert other.get("/people").status_code == 200


def test_others_see_figures_and_doors_without_names(town: World) -> None:
    building = f"/buildings/{town.register.buildings['one'].pk}"
    for who in ("leader", "supervisor", "importer", "administrator"):
        client = browser(town, who)
        for path in pages_of(town)[:6]:
            assert client.get(path).status_code == 403, (who, path)
        assert "王" not in text_of(client.get(building)), who
        assert "/people?" not in text_of(client.get("/registers")), who
    assert browser(town, "handler").get("/registers").status_code == 403


def test_somebody_registered_here_is_seen_from_both_addresses(town: World) -> None:
    """人户分离: lives in the other worker's community, registered in the worker's."""
    page = text_of(browser(town, "worker").get(f"/people/{town.away.pk}"))
    assert "人户分离" in page
    assert "榕树苑two栋" in page
    assert str(town.register.doors["two-201"].pk) not in page  # the room of another place is not told
    assert browser(town, "other_worker").get(f"/people/{town.away.pk}").status_code == 200
    door = text_of(browser(town, "worker").get(f"/dwellings/{town.register.doors['one-102'].pk}"))
    assert "户籍在此" in door
    assert "单*芳" in door


def reveal(client: Client, person: Person, **data: Any) -> Any:
    return client.post(
        f"/people/{person.pk}/reveal", {"field": ["name", "id_no"], "reason": "上门走访"} | data
    )


def test_full_values_are_shown_once_for_a_reason(town: World) -> None:
    client = browser(town, "worker")
    page = text_of(reveal(client, town.head))
    assert NAME in page
    assert NUMBER in page
    assert PHONE not in page
    assert NAME not in text_of(client.get(f"/people/{town.head.pk}"))
    [act] = AccessRecord.objects.filter(action="revealed")
    assert (act.user, act.subject_ids, act.purpose) == (town.worker, [town.head.pk], "上门走访")
    assert "上门走访" in text_of(browser(town, "staff").get(f"/people/{town.head.pk}"))


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"reason": " "}, 400),
        ({"reason": f"查 {PHONE} 的人"}, 400),
        ({"field": []}, 400),
        ({"field": ["x"]}, 400),
    ],
)
def test_nothing_is_shown_without_one(town: World, data: dict[str, Any], status: int) -> None:
    answer = reveal(browser(town, "staff"), town.head, **data)
    assert answer.status_code == status
    assert NAME not in text_of(answer)
    assert not AccessRecord.objects.filter(action="revealed").exists()


def test_full_values_have_limits(town: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert reveal(browser(town, "other_worker"), town.head).status_code == 404
    assert reveal(browser(town, "leader"), town.head).status_code == 403
    assert reveal(browser(town, "worker"), town.child).status_code == 403
    assert "王小" in text_of(reveal(browser(town, "staff"), town.child))
    monkeypatch.setattr(limits, "REVEALS", 1)
    assert reveal(browser(town, "staff"), town.head).status_code == 429


def test_every_page_of_a_person_is_written_down(town: World) -> None:
    client = browser(town, "worker")
    for path in pages_of(town)[:7]:
        client.get(path)
    acts = AccessRecord.objects.filter(user=town.worker)
    assert {act.action for act in acts} == {"listed", "viewed"}
    named = [act for act in acts if town.head.pk in act.subject_ids]
    assert {act.subject_kind for act in named} == {"person", "household", "dwelling", "building"}
    assert len(acts) == 7


LISTS = ("people", "households", "dwellings", "buildings", "organisations", "components")


def counted(town: World) -> None:
    """Organisations and components, and a building with somebody in it that lies in no community."""
    point = Point(113.2, 23.1, srid=4326)
    one = town.register.buildings["one"]
    Organisation.objects.create(
        county=COUNTY, cell_code=one.cell_code, name="榕树苑小卖部", building=one, geom=point
    )
    for order in range(2):
        Component.objects.create(
            county=COUNTY, cell_code=one.cell_code, code=f"{COUNTY}010100000{order}", class_code="01010", geom=point
        )  # fmt: skip
    lone = readers.elsewhere()
    type(lone).objects.filter(pk=lone.pk).update(cell_code=STREET)
    lone.refresh_from_db()
    door = Dwelling.objects.create(building=lone, county=COUNTY, floor=1, room="101")
    readers.family(people.person("街边人", door), door)


def rows_of(page: str) -> int:
    """How many a list says there are, which is how many stand on its pages."""
    told = re.search(r"\d+–(\d+) / (\d+)</p>", page)
    rows = page.rsplit("<tbody>", maxsplit=1)[-1].count("<tr>")
    assert told is None or (rows, int(told[1])) == (int(told[2]), int(told[2]))
    return rows


def links_of(page: str) -> list[tuple[str, int]]:
    found = re.findall(rf'href="(/(?:{"|".join(LISTS)})\?[^"]*)">([\d\u202f]+)<', page)
    return [(path.replace("&amp;", "&"), int(number.replace("\u202f", ""))) for path, number in found]


def test_figures_are_the_rows_behind_them(town: World) -> None:
    """P10: every number of the page opens a list that is as long as it is."""
    counted(town)
    client = browser(town, "staff")
    page = text_of(client.get("/registers"))
    links = links_of(page)
    assert {path.split("?")[0][1:] for path, _number in links} == set(LISTS)
    assert [path for path, _number in links if f"place={STREET}&only=1" in path]
    for path, number in links:
        listed = text_of(client.get(path))
        assert rows_of(listed) == number, path
        assert not [secret for secret in SECRETS if secret in listed], path
    bare = re.findall(r'<td class="number[^"]*">\s*([\d\u202f]+)<', page)
    assert set(bare) <= {"0"}, "a number without a list"


def test_who_does_not_read_about_people_opens_lists_of_places_alone(town: World) -> None:
    counted(town)
    client = browser(town, "leader")
    links = links_of(text_of(client.get("/registers")))
    assert {path.split("?")[0][1:] for path, _number in links} == set(LISTS) - {"people", "households"}
    for path, number in links:
        assert rows_of(text_of(client.get(path))) == number, path
    assert client.get("/households").status_code == 403
    assert browser(town, "handler").get("/dwellings").status_code == 403
    worker = browser(town, "worker")
    for path, number in links_of(text_of(worker.get("/registers"))):
        assert rows_of(text_of(worker.get(path))) == number, path


@pytest.mark.parametrize("name", ["households", "dwellings", "organisations", "components"])
def test_a_list_asks_as_often_however_long_it_is(town: World, name: str) -> None:
    client = browser(town, "staff")
    client.get(f"/{name}")
    with CaptureQueriesContext(connection) as few:
        client.get(f"/{name}")
    counted(town)
    for room in ("301", "302"):
        door = Dwelling.objects.create(
            building=town.register.buildings["two"], county=COUNTY, floor=3, room=room
        )  # fmt: skip
        readers.family(people.person("新来人", door), door)
    with CaptureQueriesContext(connection) as many:
        client.get(f"/{name}")
    assert len(many) <= len(few) + 2  # heads of households are asked for when there is one


def test_a_list_of_households_names_heads_masked_and_is_written_down(town: World) -> None:
    client = browser(town, "staff")
    page = text_of(client.get(f"/households?place={STREET}001&text=榕树"))
    assert "王*明" in page
    assert f"/households/{town.home.pk}" in page
    act = AccessRecord.objects.get(action="listed")
    assert act.subject_kind == "household"
    assert {town.home.pk, town.head.pk} <= set(act.subject_ids)
    assert "王*明" not in text_of(client.get("/households?text=没有这楼"))
    readers.staff(town, "stranger", "009901002")
    assert "王*明" not in text_of(browser(town, "stranger").get("/households"))


def test_those_who_watch_see_who_read_what_and_no_names(town: World) -> None:
    staff = browser(town, "staff")
    search(staff, NAME)
    reveal(staff, town.head)
    readers.staff(town, "stranger", "009901002")
    browser(town, "stranger").get("/people")
    for who in ("supervisor", "administrator"):
        page = text_of(browser(town, who).get("/access"))
        assert "上门走访" in page
        assert "王*明" in page
        assert not [secret for secret in SECRETS if secret in page]
        assert "stranger" not in page  # reads in the neighbouring street
    assert "王*明" not in text_of(browser(town, "supervisor").get("/access?action=revealed"))
    assert "上门走访" not in text_of(browser(town, "supervisor").get("/access?who=worker"))
    last = AccessRecord.objects.filter(user=town.staff).latest("at", "id")
    assert text_of(browser(town, "supervisor").get(f"/access?before={last.pk}")).count("<tr>") == 3
    for who in ("staff", "worker", "leader"):
        assert browser(town, who).get("/access").status_code == 403


def test_logs_hold_no_personal_value(town: World, caplog: pytest.LogCaptureFixture) -> None:
    client = browser(town, "staff")
    with caplog.at_level("DEBUG"):
        for typed in (NAME, NUMBER, PHONE):
            search(client, typed)
        reveal(client, town.head)
        reveal(client, town.head, reason=f"查 {PHONE} 的人")
    assert not [secret for secret in SECRETS if secret in caplog.text]
