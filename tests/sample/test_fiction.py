"""Nothing in a sample can be taken for a real place or person."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest

from geodata.errors import DomainError
from geodata.identity import parse_credit_code, parse_id_number
from geodata.sample import naming
from geodata.sample.identity import credit_code, id_number, organisation_code, row_id
from geodata.sample.scales import CITY, COUNTY_NAMES

COMMON_SURNAMES = set(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范"
    "金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)


def test_street_names_are_distinct_and_borne_by_no_real_place(shared_data: Path) -> None:
    folder = shared_data / "division-codes"
    with (folder / "streets.csv").open(encoding="utf-8") as file:
        streets = {row["name"] for row in csv.DictReader(file)}
    with gzip.open(folder / "villages.csv.gz", "rt", encoding="utf-8") as file:
        villages = {row["name"].removesuffix("居委会").removesuffix("村委会") for row in csv.DictReader(file)}
    with (folder / "areas.csv").open(encoding="utf-8") as file:
        counties = {row["name"] for row in csv.DictReader(file)}
    ours = {naming.street_name(k) for k in range(CITY.tiles)}
    assert len(ours) == CITY.tiles
    assert not ours & streets
    assert not {naming.community_name(s, c) for s in range(180) for c in range(16)} & (villages | streets)
    estates = {naming.estate_name(0, c, towers=t) for c in range(150) for t in (False, True)}
    assert not estates & (villages | streets)
    assert not set(COUNTY_NAMES) & counties


def test_communities_of_a_street_have_distinct_names() -> None:
    for street in range(40):
        assert len({naming.community_name(street, k) for k in range(16)}) == 16


def test_no_family_name_is_a_common_surname() -> None:
    assert not set(naming.FAMILY) & COMMON_SURNAMES
    assert len(naming.FAMILY) == len(set(naming.FAMILY))


def test_id_numbers_have_a_valid_check_digit_and_an_area_nobody_has() -> None:
    for order in range(0, 1000, 7):
        number = id_number("009901", "19870314", order)
        parsed = parse_id_number(number)
        assert parsed.area == "009901"
        assert (int(number[16]) % 2 == 1) == (order % 2 == 1)
    with pytest.raises(DomainError):
        parse_id_number(number[:17] + ("0" if number[17] != "0" else "1"))


def test_credit_codes_are_valid_and_distinct() -> None:
    codes = [credit_code(kind, "009901", k) for kind in ("91", "92", "12", "11") for k in range(300)]
    assert len(set(codes)) == 1200
    assert {parse_credit_code(code).area for code in codes} == {"009901"}


def test_organisation_code_check_follows_gb_11714() -> None:
    assert organisation_code("D2143569") == "D2143569X"


def test_row_ids_are_version_7_and_in_order_of_their_number() -> None:
    ids = [row_id(3, number) for number in (0, 1, 1 << 20, 5 << 20)]
    assert ids == sorted(ids)
    assert {uid.version for uid in ids} == {7}
