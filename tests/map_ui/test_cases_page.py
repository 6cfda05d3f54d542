"""The list: filters, tabs, pages, export."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from django.test import Client

from gridmgmt.cases.models import Case
from map_ui import case_filters, tables
from tests.world import World

Browser = Callable[[str], Client]
Report = Callable[..., Case]


def test_the_list_shows_the_scope_and_nothing_else(as_person: Browser, new_case: Report) -> None:
    case = new_case("A")
    assert case.number in as_person("dispatcher").get("/cases").content.decode()
    assert case.number not in as_person("other_handler").get("/cases").content.decode()
    assert case.number not in as_person("neighbour").get("/cases").content.decode()


@pytest.mark.parametrize(
    ("query", "there"),
    [
        ("stage=reported", True),
        ("stage=handling", False),
        ("category=E01", True),
        ("category=C", False),
        ("source=worker", True),
        ("source=hotline", False),
        ("department=sanitation_station", True),
        ("department=enforcement_squad", False),
        ("text=垃圾", True),
        ("text=路灯", False),
        ("since=2026-11-20&until=2026-11-20", True),
        ("since=2026-11-21", False),
        ("state=closed", False),
        ("lamp=grey", False),
    ],
)
def test_each_filter_keeps_and_drops(as_person: Browser, new_case: Report, query: str, there: bool) -> None:
    case = new_case("A")
    page = as_person("dispatcher").get(f"/cases?{query}").content.decode()
    assert (case.number in page) is there


def test_by_cell_and_community(as_person: Browser, new_case: Report) -> None:
    case = new_case("A")
    client = as_person("dispatcher")
    assert case.number in client.get(f"/cases?code={case.cell_code}").content.decode()
    assert case.number in client.get(f"/cases?code={case.cell_code[:12]}").content.decode()
    assert case.number not in client.get("/cases?code=009901001002").content.decode()


@pytest.mark.parametrize(
    "query", ["page=x", "page=99999", "since=never", "lamp=pink", "order=up", "state=x", "text=%00"]
)
def test_an_address_that_cannot_be_read_still_gives_a_page(as_person: Browser, query: str) -> None:
    assert as_person("dispatcher").get(f"/cases?{query}").status_code == 200


def test_nothing_found_says_what_to_do(as_person: Browser) -> None:
    page = as_person("dispatcher").get("/cases?text=zzz").content.decode()
    assert "没有符合条件的案件" in page
    assert "全部在办案件" in page


def test_pages_keep_the_filters(
    as_person: Browser, new_case: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("map_ui.views.cases.PAGE_SIZE", 2)
    for letter in "ABC":
        new_case(letter)
    page = as_person("dispatcher").get("/cases?category=E01&order=newest").content.decode()
    assert "?category=E01&amp;order=newest&amp;page=2" in page
    assert "1–2 / 3" in page


def test_the_number_of_queries_does_not_grow_with_the_rows(
    as_person: Browser, new_case: Report, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    for letter in "ABCDabcd":
        new_case(letter)
    client = as_person("dispatcher")
    with django_assert_max_num_queries(16):  # type: ignore[attr-defined]
        client.get("/cases")


def test_the_export_has_every_row_of_the_filter(as_person: Browser, new_case: Report) -> None:
    numbers = {new_case(letter).number for letter in "AB"}
    answer = as_person("dispatcher").get("/cases.csv?category=E01")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0][0] == "编号"
    assert {row[0] for row in rows[1:-1]} == numbers
    assert rows[-1][0] == "截至"


@pytest.mark.parametrize("text", ["=1+1", "+86", "-2", "@cmd", "\t=1", "＝1", "  =HYPERLINK(1)"])
def test_a_cell_never_becomes_a_formula(text: str) -> None:
    assert tables.safe(text) == f"'{text}"


def test_plain_text_stays_as_it_is() -> None:
    assert tables.safe("路边有一堆垃圾") == "路边有一堆垃圾"


def test_the_exported_text_of_a_reporter_is_made_safe(as_person: Browser, new_case: Report) -> None:
    new_case("A", text='=HYPERLINK("http://x")')
    text = b"".join(as_person("dispatcher").get("/cases.csv").streaming_content).decode()
    assert "'=HYPERLINK" in text


def test_filters_survive_a_round_trip(world: World) -> None:
    given = {
        "state": "all",
        "stage": "handling",
        "lamp": "red",
        "since": "2026-11-01",
        "text": "井盖",
        "order": "newest",
    }
    filters = case_filters.read_filters(given)
    assert case_filters.as_query(filters).count("=") == len(given)
