"""Addresses as people write them: one way of writing, parts, and the building they mean."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.addresses import Address, Dictionary, Entry, Status, parse
from geodata.addresses.dictionary import alias_key
from geodata.addresses.uniform import number, says_nothing, uniform

PLACES = ("屿新区", "澜榕街道", "鸢桥社区")

# text, and the parts it must have; every key of the domain's table of patterns stands here.
CASES: list[tuple[str, str, dict[str, Any]]] = [
    (
        "estate_dong_unit_room",
        "嘉和苑3栋2单元501室",
        {"estate": "嘉和苑", "building": "3", "entrance": "2", "room": "501", "floor": 5},
    ),
    ("dash3", "12-3-501", {"building": "12", "entrance": "3", "room": "501"}),
    ("dash2", "12－501", {"building": "12", "entrance": "", "room": "501"}),
    (
        "guangzhou_lane",
        "旧南海县社区六榕路12号之一602房",
        {"region": "旧南海县社区", "road": "六榕路", "number": "12", "sub_number": "之1", "room": "602"},
    ),
    ("zibian", "盘福路15号自编3栋", {"road": "盘福路", "number": "15", "building": "自编3"}),
    ("fuhao", "人民路12号附3号", {"road": "人民路", "number": "12", "sub_number": "附3"}),
    ("floor_neg", "负一层", {"floor": -1}),
    ("floor_neg", "嘉和苑3栋B1", {"building": "3", "floor": -1}),
    ("cn_num", "二十三栋", {"building": "23"}),
    ("fullwidth", "１２栋", {"building": "12"}),
    ("jia_yi", "12甲栋", {"building": "12甲"}),
    ("range", "1 幢-10 幢", {"status": Status.REFUSED, "notes": ("address_range",)}),
    ("range", "1栋至10栋", {"status": Status.REFUSED, "notes": ("address_range",)}),
    ("none", "无", {"status": Status.NOTHING}),
    ("none", "N/A", {"status": Status.NOTHING}),
    (
        "region_prefix",
        "广东省广州市越秀区六榕街道兰湖里社区",
        {"region": "广东省广州市越秀区六榕街道兰湖里社区", "status": Status.PARTIAL},
    ),
    ("road", "彭家巷", {"road": "彭家巷", "status": Status.PARTIAL}),
    ("road", "屿新区澜榕街道六榕街8号", {"region": "屿新区澜榕街道", "road": "六榕街", "number": "8"}),
    ("no_suffix", "12", {"status": Status.AMBIGUOUS, "notes": ("address_number_only",)}),
    ("middot", "阳光・水岸3栋", {"estate": "阳光·水岸", "building": "3"}),
    ("", "六榕路福泉巷7号", {"road": "六榕路福泉巷", "number": "7"}),
    ("", "人民中路临12号", {"road": "人民中路", "number": "12", "notes": ("temporary_number",)}),
    (
        "",
        "六榕路12号嘉和苑三栋2梯１２０３房",
        {
            "road": "六榕路",
            "number": "12",
            "estate": "嘉和苑",
            "building": "3",
            "entrance": "2",
            "room": "1203",
            "floor": 12,
        },
    ),
    ("", "嘉和苑3#501", {"estate": "嘉和苑", "building": "3", "room": "501"}),
    ("", "嘉和苑东座负一层", {"estate": "嘉和苑", "building": "东", "floor": -1}),
    ("", "一德路三百二十号二楼", {"road": "一德路", "number": "320", "floor": 2}),
    ("", "三元里大道5号", {"road": "三元里大道", "number": "5"}),
    ("", "嘉和苑3栋501-2", {"building": "3", "room": "501-2"}),
    ("", "嘉和苑3-2", {"status": Status.AMBIGUOUS, "notes": ("address_two_dashes",)}),
    ("", "中山路十二号隔壁", {"road": "中山路", "number": "12", "notes": ("trailing_words",)}),
    ("", "户籍：六榕路12号;现住：盘福路3号", {"status": Status.REFUSED, "notes": ("address_two",)}),
    ("", "原12号现18号", {"status": Status.REFUSED, "notes": ("address_two",)}),
    ("", "阳光小区3栋501", {"estate": "阳光小区", "building": "3", "room": "501"}),
    ("", "三元里3栋502", {"road": "三元里", "number": "", "building": "3", "room": "502"}),
    ("", "砚屿路12号3栋502", {"road": "砚屿路", "number": "12", "building": "3", "room": "502"}),
    ("", "新河浦三横路9号之二", {"road": "新河浦三横路", "number": "9", "sub_number": "之2"}),
]


@pytest.mark.parametrize(("key", "text", "wanted"), CASES, ids=[text for _, text, _ in CASES])
def test_the_parts_of_an_address(key: str, text: str, wanted: dict[str, Any]) -> None:
    from geodata.addresses.regions import known_names

    found = parse(text, known_names(PLACES))
    assert {name: getattr(found, name) for name in wanted} == wanted
    assert found.raw == text


def test_every_pattern_of_the_domain_table_has_its_case(shared_domain: Path) -> None:
    with (shared_domain / "address_patterns.csv").open(encoding="utf-8-sig", newline="") as rows:
        keys = {row["key"] for row in csv.DictReader(rows)}
    assert keys <= {key for key, _, _ in CASES}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("二十三", 23),
        ("十", 10),
        ("一百零五", 105),
        ("三百二十", 320),
        ("一〇二", 102),
        ("12", 12),
        ("两", 2),
    ],
)
def test_chinese_numerals(text: str, value: int) -> None:
    assert number(text) == value


def test_what_is_no_numeral_has_no_value() -> None:
    assert number("三元里") is None
    assert number("") is None


@given(st.text(max_size=40))
def test_any_text_is_answered_and_one_way_of_writing_is_final(text: str) -> None:
    assert uniform(uniform(text)) == uniform(text)
    found = parse(text)
    assert isinstance(found, Address)
    assert 0 <= found.score <= 1
    assert says_nothing(text) is (found.status is Status.NOTHING)


@given(st.integers(1, 99), st.integers(1, 9), st.integers(1, 33), st.integers(1, 12))
def test_the_same_door_written_in_five_ways(building: int, entrance: int, floor: int, room: int) -> None:
    door = f"{floor}{room:02d}"
    texts = [
        f"鸢庭苑{building}栋{entrance}单元{door}室",
        f"鸢庭苑{building}幢{entrance}门{door}房",
        f"鸢庭苑{building}号楼{entrance}梯{door}",
        f"鸢庭苑{building}-{entrance}-{door}",
        f"屿新区澜榕街道鸢庭苑 {building} 座 {entrance} 单元 {door}",
    ]
    parts = {(p.estate, p.building, p.entrance, p.floor, p.room) for p in map(parse, texts)}
    assert parts == {("鸢庭苑", str(building), str(entrance), floor, door)}


ENTRIES = [
    Entry("a3", "鸢庭苑", "鸢庭苑3栋", "砚屿路27号鸢庭苑3栋"),
    Entry("a4", "鸢庭苑", "鸢庭苑4栋", "砚屿路27号鸢庭苑4栋"),
    Entry("b3", "鹭庭园", "鹭庭园3栋", "礁石路8号鹭庭园3栋"),
    Entry("house", "", "", "砚屿路31号"),
    Entry("mall", "", "屿新商场", "砚屿路33号"),
    Entry("old", "", "", "砚屿路35号之一", ("老供销社",)),
    Entry("lane", "福安里", "福安里1栋", "砚屿路37号福安里1栋"),
]
BOOK = Dictionary.of(ENTRIES, places=PLACES)


@pytest.mark.parametrize(
    ("text", "building"),
    [
        ("鸢庭苑三栋1单元502", "a3"),
        ("鸢庭苑小区 3号楼502", "a3"),
        ("屿新区澜榕街道砚屿路27号鸢庭苑4幢101", "a4"),
        ("砚屿路27号4栋", "a4"),
        ("砚屿路31号", "house"),
        ("屿新商场", "mall"),
        ("砚屿路35号之一", "old"),
        ("老供销社", "old"),
        ("福安里1栋301", "lane"),
    ],
)
def test_a_sure_address_finds_its_building(text: str, building: str) -> None:
    found = BOOK.find(text)
    assert found.sure
    assert found.candidates[0].id == building


@pytest.mark.parametrize(
    ("text", "among"),
    [("鸢庭苑", {"a3", "a4"}), ("鸢廷苑3栋", {"a3"}), ("砚屿路27号", {"a3", "a4"}), ("砚屿路35号", set())],
)
def test_an_unsure_one_is_offered_and_never_taken(text: str, among: set[str]) -> None:
    found = BOOK.find(text)
    assert not found.sure
    assert among <= {candidate.id for candidate in found.candidates}


def test_another_building_of_the_same_number_is_no_match() -> None:
    assert not any(
        candidate.id == "b3" and candidate.score >= 0.85 for candidate in BOOK.find("鸢庭苑3栋").candidates
    )
    assert not BOOK.find("礁石路99号").candidates


def test_a_choice_made_once_serves_every_room() -> None:
    book = Dictionary.of([*ENTRIES, Entry("b3", aliases=("澜园三号楼",))], places=PLACES)
    found = book.find("澜园3栋2单元901房")
    assert found.sure
    assert found.candidates[0].id == "b3"
    assert alias_key(parse("澜园三号楼")) == alias_key(parse("澜园3幢1102"))
