"""One box finds people by name, initials, number and address: within the scope, masked, written down."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from geodata.errors import DomainError
from geodata.models import Person
from geodata.sample.identity import id_number
from gridmgmt.audit.models import AccessRecord, Door
from gridmgmt.registers import limits, people_sql, reading, rows, search
from gridmgmt.registers.asking import AskedKind, recognise
from gridmgmt.registers.search import Listing
from tests.registers import people, readers
from tests.world import AT, COUNTY, STREET, World

PHONE = "10012345678"


@pytest.mark.parametrize(
    ("typed", "kind", "value"),
    [
        ("王小明", AskedKind.NAME, "王小明"),
        (" 王　小明 ", AskedKind.NAME, "王小明"),
        ("王", AskedKind.NAME, "王"),
        ("阿依古丽•买买提", AskedKind.NAME, "阿依古丽·买买提"),
        ("John Smith", AskedKind.NAME, "John Smith"),
        ("𠮷野", AskedKind.NAME, "𠮷野"),
        ("wxm", AskedKind.INITIALS, "WXM"),
        ("００９９０１１９８００５０６０１１", AskedKind.ID_NO, id_number(COUNTY, "19800506", 11)),
        ("h12345678", AskedKind.ID_NO, "H12345678"),
        ("100 1234-5678", AskedKind.PHONE, PHONE),
        ("020-83331234", AskedKind.PHONE, "020-83331234"),
        ("榕树苑3栋2单元501", AskedKind.ADDRESS, "榕树苑3栋2单元501"),
        ("汐屿路12号", AskedKind.ADDRESS, "汐屿路12号"),
        ("榕树花园", AskedKind.ADDRESS, "榕树花园"),
    ],
)
def test_what_was_typed_is_recognised(typed: str, kind: AskedKind, value: str) -> None:
    if kind is AskedKind.ID_NO and len(value) == 18:
        typed += value[-1]
    assert (recognise(typed).kind, recognise(typed).value) == (kind, value)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("  ", "nothing_asked"),
        ("a", "asked_too_short"),
        ("王" * 81, "asked_too_long"),
        ("009901198005060110", "id_check_digit"),
        ("0099011980050601", "id_length"),
        ("83331234", "phone_area_code_missing"),
        ("99123", "asked_number_unknown"),
    ],
)
def test_what_cannot_be_searched_says_why(typed: str, code: str) -> None:
    with pytest.raises(DomainError) as error:
        recognise(typed)
    assert error.value.code == code


@pytest.fixture
def town(world: World) -> World:
    register = people.build(world)
    one, two = register.doors["one-101"], register.doors["two-201"]
    people.person("王小明", one, order=11, phone=PHONE)
    people.person("王小", register.doors["one-102"], born="2015-01-02")
    people.person("李王小", two, registered=False)
    people.person("单田芳", two, order=13)
    people.person("王小远", None, building=readers.elsewhere(), cell_code="009901002001001")
    readers.staff(world)
    return world


def find(town: World, text: str, by: str = "staff", **more: Any) -> list[str]:
    values = {"after": None, "at": AT, "door": Door.PAGES} | more
    answer = reading.search_people(user=town.people[by], text=text, **values)
    return [person.name for person in _in_order(answer.found.people)]


def _in_order(ids: Any) -> list[Person]:
    found = Person.objects.in_bulk(list(ids))
    return [found[key] for key in ids]


FINDINGS = {
    "王小": ["王小", "王小明", "李王小"],  # names that begin so come first
    "小明": ["王小明"],
    "王小明": ["王小明"],
    "王": ["王小", "王小明"],
    "明王": [],
    "wx": ["王小", "王小明"],
    "STF": ["单田芳"],
    PHONE: ["王小明"],
    id_number(COUNTY, "19800506", 11): ["王小明"],
    id_number(COUNTY, "19800506", 12): [],
    "榕树苑one栋": ["王小明", "王小"],
    "榕树苑one栋102": ["王小"],
    "榕树苑one栋1001": [],
    "王%": [],
    "_小": [],
}


def test_people_are_found_within_the_street_alone(town: World) -> None:
    assert {typed: find(town, typed) for typed in FINDINGS} == FINDINGS


def test_a_worker_finds_people_of_the_own_cells(town: World) -> None:
    """Building one stands in the worker's community, two in the other worker's."""
    for typed in ("王小", "王", "WX", PHONE, "榕树苑one栋"):
        assert "王小明" in find(town, typed, by="worker")
        assert "李王小" not in find(town, typed, by="worker")
        assert set(find(town, typed, by="other_worker")) <= {"李王小"}


def test_others_find_nobody(town: World) -> None:
    for who in ("leader", "supervisor", "acceptor", "handler", "importer", "administrator"):
        with pytest.raises(DomainError) as error:
            find(town, "王小", by=who)
        assert error.value.code == "people_not_permitted"
    assert AccessRecord.objects.count() == 0


def test_a_page_goes_on_behind_a_person(town: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "PAGE_SIZE", 1)
    for typed in ("王小", "王", "WX", "榕树苑one栋"):
        whole, after = [], None
        while True:
            answer = reading.search_people(user=town.staff, text=typed, after=after, at=AT, door=Door.PAGES)
            whole += answer.found.people
            if not answer.found.more:
                break
            after = answer.found.people[-1]
        assert len(whole) == len(set(whole)) == (3 if typed == "王小" else 2)


def test_a_search_is_written_down_without_what_was_typed(town: World) -> None:
    number = id_number(COUNTY, "19800506", 11)
    find(town, number)
    find(town, "王小明")
    numbered, named = AccessRecord.objects.order_by("id")
    assert numbered.subject_ids == named.subject_ids == [Person.objects.get(name="王小明").pk]
    assert (numbered.action, numbered.user, numbered.row_count) == ("searched", town.staff, 1)
    assert number not in str(numbered.asked)
    assert named.asked["masked"] == "王*明"


def test_searching_has_a_limit(town: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SEARCHES", 2)
    find(town, "王小")
    find(town, "王小")
    with pytest.raises(DomainError) as error:
        find(town, "王小")
    assert (error.value.code, error.value.status) == ("search_limit", 429)
    assert find(town, "王小", at=AT + timedelta(minutes=11))


def test_each_page_is_a_search_counted_and_written_down(town: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "PAGE_SIZE", 1)
    monkeypatch.setattr(limits, "SEARCHES", 2)
    first = reading.search_people(user=town.staff, text="王小", after=None, at=AT, door=Door.PAGES)
    find(town, "王小", after=first.found.people[-1])
    with pytest.raises(DomainError) as error:
        find(town, "王小", after=first.found.people[-1])
    assert error.value.code == "search_limit"
    assert list(AccessRecord.objects.values_list("action", "row_count")) == [("searched", 1)] * 2


def test_a_cell_is_listed_and_a_code_elsewhere_is_not_kept(town: World) -> None:
    for place, kept in ((town.cells["A"].code, town.cells["A"].code), ("440106198005060", "")):
        reading.list_people(user=town.staff, listing=Listing(place=place), after=None, at=AT, door=Door.PAGES)
        assert AccessRecord.objects.order_by("-id")[0].asked["place"] == kept


def test_the_list_of_a_place_and_what_records_lack(town: World) -> None:
    def names(**filters: str) -> set[str]:
        found = reading.list_people(
            user=town.staff, listing=Listing(**filters), after=None, at=AT, door=Door.PAGES
        )
        return {row.name for row in _in_order(found.people)}

    everybody = {"王小明", "王小", "李王小", "单田芳"}
    assert names() == everybody
    assert names(place=STREET + "001") == {"王小明", "王小"}
    assert names(place="009901002") == set()
    assert names(lacks="phone") == everybody - {"王小明"}
    assert names(lacks="id_no") == {"王小", "李王小"}
    assert names(group="under_14") == {"王小"}
    assert names(group="apart") == set()
    for lacking in people_sql.LACKS:
        names(lacks=lacking)
    for group in people_sql.GROUPS:
        names(group=group)


def test_rows_are_masked(town: World) -> None:
    [row] = rows.people([Person.objects.get(name="王小明").pk])
    assert (row.masked_name, row.id_no, row.phone) == ("王*明", "009901********0118", "100****5678")
    assert "王小明" not in str(row)
