"""Profiles are data: every one that ships is valid, wrong ones are refused with what is wrong in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from geodata.errors import DomainError
from importers import errors, report, states
from importers.kinds import KINDS
from importers.profile import Profile, built_in, checked, load
from importers.reading.mapping import FieldMap, Mapper
from importers.reading.records import Record
from importers.reading.refused_headings import is_refused
from importers.reading.rules import RULES


def test_profiles_that_ship_survive_their_own_json() -> None:
    found = built_in()
    assert len(found) >= 10
    for profile in found:
        assert checked(profile.as_json()) == profile, profile.name
        assert profile.title, profile.name
        assert profile.title_en, profile.name


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kind": "animals"}, "kind_unknown"),
        ({"fields": {"colour": "c"}}, "field_unknown"),
        ({"constants": {"colour": "red"}}, "field_unknown"),
        ({"county": "4401"}, "county_invalid"),
        ({"unknown": 1}, "profile_invalid"),
        ({"fields": {"name": {"from": "a", "rule": "eval"}}}, "profile_invalid"),
        ({"position": {"z": "a"}}, "profile_invalid"),
        ({"outside": "perhaps"}, "profile_invalid"),
    ],
)
def test_wrong_profiles_are_refused(change: dict[str, Any], code: str) -> None:
    with pytest.raises(DomainError) as caught:
        checked({"kind": "buildings", **change})
    assert caught.value.code == code


def test_a_profile_is_found_by_name_or_file_and_by_nothing_else(tmp_path: Path) -> None:
    assert load("yuexiu-roads", "context").constants == {"kind": "road"}
    own = tmp_path / "own.json"
    own.write_text(json.dumps({"kind": "context", "constants": {"kind": "rail"}}), encoding="utf-8")
    assert load(str(own), "context", own_file=True, constants={"rank": "2"}).constants == {
        "kind": "rail",
        "rank": "2",
    }
    for name in ("../settings", "nothing-like-it", str(tmp_path / "missing.json")):
        with pytest.raises(DomainError, match="profile_unknown"):
            load(name, "context", own_file=True)
    with pytest.raises(DomainError, match="profile_unknown"):
        load(str(own), "context")
    with pytest.raises(DomainError, match="profile_other_kind"):
        load("yuexiu-roads", "buildings")


def mapper(profile: dict[str, Any], *columns: str) -> Mapper:
    aliases = {field.name: list(field.headings) for field in KINDS["buildings"].fields}
    return Mapper.build(profile, aliases, list(columns))


def test_chinese_headings_are_recognised_and_the_profile_wins() -> None:
    found = mapper({"fields": {"name": "别名"}}, "楼栋名称", "别名", "地上层数")
    assert found.map(Record(1, "", {"楼栋名称": "甲", "别名": "乙", "地上层数": "6"})) == {
        "name": "乙",
        "floors": "6",
    }


def test_columns_that_turn_up_late_are_used_too() -> None:
    found = mapper({})
    found.learn([Record(1, "", {"name": "甲"})])
    found.learn([Record(2, "", {"层数": 6.0, "备注": "x"})])
    assert found.map(Record(2, "", {"层数": 6.0})) == {"name": "", "floors": "6"}
    assert found.rest(Record(2, "", {"备注": "x", "层数": 6.0})) == '{"备注": "x"}'


def test_joining_needs_every_part_and_strict_values_drop_the_unknown() -> None:
    joined = FieldMap.parse({"from": ["a", "b"], "join": "/"})
    assert (joined.value({"a": "1", "b": "2"}), joined.value({"a": "1"})) == ("1/2", "")
    strict = FieldMap.parse({"from": "a", "values": {"x": "1"}, "strict": True, "default": "9"})
    assert (strict.value({"a": "x"}), strict.value({"a": "y"})) == ("1", "9")


@pytest.mark.parametrize(
    ("height", "floors"),
    [("17", "5"), ("23.0", "7"), ("18", ""), ("2", ""), ("", ""), ("632", ""), ("tall", "")],
)
def test_storeys_from_a_height_only_where_the_height_was_made_from_storeys(height: str, floors: str) -> None:
    assert RULES["tilezen_levels"](height) == floors


@pytest.mark.parametrize(
    "heading",
    ["宗教信仰", "政治面貌", "是否重点人员", "身份证号", "联系电话", "religion", "phone", "contact:phone"],
)
def test_marks_on_people_are_refused_by_heading(heading: str) -> None:
    assert is_refused(heading)


@pytest.mark.parametrize(
    "heading",
    [
        "名称",
        "地址",
        "楼层",
        "name",
        "building:levels",
        "telescope",
        "environmental",
        "residential:units",
        "id_number_of_building"[:2],
    ],
)
def test_ordinary_headings_are_kept(heading: str) -> None:
    assert not is_refused(heading)


def test_every_kind_can_be_told_apart_and_explained() -> None:
    assert set(KINDS) == {
        "areas", "cells", "buildings", "context", "components", "organisations", "dwellings", "people", "care",
        "staff",
    }  # fmt: skip
    for kind in KINDS.values():
        assert len({field.name for field in kind.fields}) == len(kind.fields)
        for field in kind.fields:
            assert field.choices or field.type != "code" or field.pattern, field.name
    assert Profile.model_fields.keys() >= {"kind", "datum", "fields"}


def test_states_lead_somewhere_or_are_the_end() -> None:
    for state, following in states.NEXT.items():
        assert following <= set(states.ALL), state
    assert states.may_follow("applied", "undone")
    assert not states.may_follow("applied", "discarded")
    assert not states.may_follow("failed", "applied")


def test_every_refusal_has_a_status_that_blames_the_sender() -> None:
    for code, (status, message) in errors.REFUSALS.items():
        assert 400 <= status < 500, code
        assert message.endswith((".", "…")), code
    assert report.reason_text("never_heard") == "never_heard"
