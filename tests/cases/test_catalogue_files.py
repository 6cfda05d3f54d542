"""The shipped catalogue is complete, worded by ourselves and speaks the language of the models."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from gridmgmt.cases import catalogue_line as words
from gridmgmt.cases import flow_words, guards, ledger, step_effects
from gridmgmt.cases.catalogue_files import (
    CASES_DATA,
    ORGANISATION_DATA,
    Catalogue,
    load_catalogue,
)
from gridmgmt.cases.models import CategoryKind, ProcedureKind, Stage, StepField
from gridmgmt.cases.models.catalogue import LimitUnit
from gridmgmt.organisation.models import DepartmentLevel, Role

FILES = sorted([*CASES_DATA.glob("*.csv"), *ORGANISATION_DATA.glob("*.csv")])


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_files_are_plain_utf8_with_unix_lines(path: Path) -> None:
    content = path.read_bytes()
    assert not content.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in content
    assert content.endswith(b"\n")
    content.decode()


def test_all_four_kinds_are_there(catalogue: Catalogue) -> None:
    kinds = [row.kind for row in catalogue.categories]
    assert {kind: kinds.count(kind) for kind in words.KIND_LETTERS} == {
        "component": 105,
        "event": 103,
        "governance": 66,
        "livelihood": 37,
    }


def test_every_standard_minor_in_use_is_covered_under_its_official_name(
    catalogue: Catalogue, shared_domain: Path
) -> None:
    ours = {row.key: row.name_zh for row in catalogue.categories if row.origin == "standard"}
    with (shared_domain / "categories.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["scheme"] == "GBT30428"]
    official = {
        words.KIND_LETTERS[row["kind"]] + row["code"]: row["minor_zh"]
        for row in rows
        if row["city_extension"] == "0"
    }
    assert len(official) > 130
    assert ours == official


def test_conditions_are_worded_by_ourselves(catalogue: Catalogue, shared_domain: Path) -> None:
    with (shared_domain / "case_standards.csv").open(encoding="utf-8-sig", newline="") as stream:
        theirs = {row["condition_zh"].rstrip("。") for row in csv.DictReader(stream)}
    assert not {row.condition_zh for row in catalogue.standards} & theirs


def test_the_common_minors_offer_a_choice_of_conditions(catalogue: Catalogue) -> None:
    counts = {row.key: 0 for row in catalogue.categories}
    for standard in catalogue.standards:
        counts[standard.category_key] += 1
    common = [row.key for row in catalogue.categories if row.kind == "component" and row.rank <= 16]
    assert len(common) > 10
    assert all(counts[key] >= 2 for key in common)
    assert counts["E0113"] == 3


def test_all_four_units_of_limits_are_used(catalogue: Catalogue) -> None:
    assert {row.limit_unit for row in catalogue.standards} == words.LIMIT_UNITS


def test_languages_are_not_mixed_up(catalogue: Catalogue) -> None:
    def has_han(text: str) -> bool:
        return any("\u4e00" <= character <= "\u9fff" for character in text)

    everything = [
        *catalogue.categories,
        *catalogue.standards,
        *catalogue.departments,
        *catalogue.owners,
        *catalogue.sources,
        *catalogue.procedures,
        *catalogue.stages,
        *catalogue.transitions,
    ]
    for row in everything:
        for column, value in row.line.cells.items():
            if column.endswith("_en"):
                assert not has_han(value), row.line
            elif column.endswith("_zh"):
                assert has_han(value), row.line


def test_nothing_marks_people_for_belief_politics_or_watching(catalogue: Catalogue) -> None:
    forbidden = (
        "宗教",
        "民族",
        "政治",
        "党员",
        "刑满",
        "矫正",
        "吸毒",
        "涉毒",
        "精神",
        "艾滋",
        "重点人员",
        "上访人",
        "不稳定",
    )
    for row in [*catalogue.categories, *catalogue.standards]:
        text = "".join(row.line.cells.values())
        assert not [word for word in forbidden if word in text], row.line


# First characters of each initial in GB 2312 level 1, which is ordered by reading.
BORDERS = "啊芭擦搭蛾发噶哈击喀垃妈拿哦啪期然撒塌挖昔压匝"
LETTERS = "abcdefghjklmnopqrstwxyz"
# Level 2 is ordered by shape, and some characters are read differently here.
READ = {"箅": "b", "篦": "b", "匾": "b", "钵": "b", "蟑": "z", "驿": "y", "潢": "h", "调": "t", "畜": "x"}


def _initial(character: str) -> str | None:
    if character in READ or character.isascii():
        return READ.get(character, character.lower())
    code = character.encode("gb2312")
    if code >= "亍".encode("gb2312"):
        return None
    borders = [border.encode("gb2312") for border in BORDERS]
    return LETTERS[sum(code >= border for border in borders) - 1]


def test_initials_follow_the_reading(catalogue: Catalogue) -> None:
    wrong = []
    for row in catalogue.categories:
        letters = [character for character in row.name_zh if character.isalnum()]
        for character, given in zip(letters, row.pinyin_initials, strict=True):
            if _initial(character) not in {given, None}:
                wrong.append((row.key, character, given))
    assert not wrong


def test_vocabulary_is_that_of_the_models() -> None:
    assert set(words.KIND_LETTERS) == set(CategoryKind.values)
    assert set(LimitUnit.values) == words.LIMIT_UNITS
    assert set(Stage.Clock.values) == set(flow_words.LAMPS)
    assert set(ProcedureKind.values) == set(flow_words.KINDS)
    assert set(StepField.Kind.values) == set(flow_words.FIELD_KINDS)
    assert set(step_effects.EFFECTS) == set(flow_words.EFFECTS)
    assert set(guards.CHECKS) == set(flow_words.GUARDS)
    assert set(ledger.EFFECTS) | {"none"} == set(flow_words.CLOCK_EFFECTS)
    assert set(words.LEVELS) == set(DepartmentLevel.values)
    assert flow_words.ROLES - {flow_words.SYSTEM} <= set(Role.values)


STEPS = {
    ("", "report", "reported"),
    ("reported", "accept", "pending_register"),
    ("reported", "accept", "pending_verify"),
    ("reported", "not_accept", "not_accepted"),
    ("reported", "merge", "merged"),
    ("pending_verify", "verify_ok", "pending_register"),
    ("pending_verify", "verify_false", "not_accepted"),
    ("pending_verify", "verify_overdue", "*"),
    ("pending_register", "register", "pending_dispatch"),
    ("pending_register", "void", "voided"),
    ("pending_register", "self_handle", "pending_check"),
    ("pending_dispatch", "dispatch", "pending_handle"),
    ("pending_dispatch", "return_to_registrar", "pending_register"),
    ("pending_handle", "sign", "handling"),
    ("pending_handle", "return_case", "returned"),
    ("pending_handle", "revoke_staff", "*"),
    ("returned", "redispatch", "pending_handle"),
    ("returned", "reject_return", "pending_handle"),
    ("handling", "assign_staff", "*"),
    ("handling", "withdraw_sign", "pending_handle"),
    ("handling", "feed_back", "pending_check"),
    ("handling", "request_delay", "*"),
    ("handling", "withdraw_delay", "*"),
    ("handling", "approve_delay", "*"),
    ("handling", "reject_delay", "*"),
    ("handling", "request_hang", "*"),
    ("handling", "withdraw_hang", "*"),
    ("handling", "approve_hang", "hung"),
    ("handling", "reject_hang", "*"),
    ("hung", "resume", "handling"),
    ("pending_check", "check_pass", "closed"),
    ("pending_check", "check_fail", "pending_handle"),
    ("closed", "reopen", "pending_dispatch"),
    ("closed", "appeal", "*"),
    ("closed", "endorse_appeal", "*"),
    ("closed", "approve_appeal", "*"),
    ("closed", "reject_appeal", "*"),
    ("pending_verify", "merge", "merged"),
    ("pending_register", "merge", "merged"),
    ("pending_dispatch", "merge", "merged"),
    ("merged", "unmerge", "reported"),
    ("pending_dispatch", "dispatch_joint", "joint"),
    ("returned", "dispatch_joint", "joint"),
    ("joint", "joint_step", "*"),
    ("joint", "joint_done", "pending_check"),
    ("joint", "add_department", "*"),
    ("joint", "end_joint", "pending_dispatch"),
    ("pending_check", "check_fail_joint", "joint"),
    ("*", "correct_category", "*"),
    ("*", "correct_point", "*"),
    ("*", "urge", "*"),
}


def test_the_flow_has_every_step_of_the_trade(catalogue: Catalogue) -> None:
    rows = [row for row in catalogue.transitions if row.procedure == "street_case"]
    assert {(row.from_stage, row.action, row.to_stage) for row in rows} == STEPS


def test_only_public_reports_are_verified_first(catalogue: Catalogue) -> None:
    rows = [row for row in catalogue.transitions if row.procedure == "street_case"]
    accept = {row.condition: row.to_stage for row in rows if row.action == "accept"}
    assert accept == {"own": "pending_register", "public": "pending_verify"}


def test_reasons_and_proof_are_asked_for(catalogue: Catalogue) -> None:
    requires = {row.action: row.requires for row in catalogue.transitions if row.procedure == "street_case"}
    for action in (
        "not_accept",
        "void",
        "return_case",
        "reject_return",
        "check_fail",
        "verify_false",
        "reopen",
    ):
        assert "reason" in requires[action]
    assert set(requires["feed_back"]) == {"photo_after", "text"}
    assert requires["self_handle"] == ("photo_after",)
    assert requires["merge"] == ("master",)
    for action in ("verify_ok", "check_pass", "check_fail"):
        assert "photo_site" in requires[action]


def test_cited_stage_limits(catalogue: Catalogue) -> None:
    rows = [row for row in catalogue.stages if row.procedure == "street_case"]
    limits = {row.key: (row.limit_value, row.limit_unit) for row in rows}
    assert limits["pending_verify"] == (24, "urgent_hour")
    assert limits["pending_check"] == (2, "urgent_hour")
    assert limits["hung"] == (0, "")


def test_street_office_is_the_owner_of_last_resort(catalogue: Catalogue) -> None:
    assert [row.key for row in catalogue.departments if row.last_resort] == ["street_office"]


def test_every_component_owner_has_its_rule(catalogue: Catalogue) -> None:
    ruled = {(row.category_key, row.component_owner): row.department_key for row in catalogue.rules}
    for owner in catalogue.owners:
        assert ruled["C", owner.key] == owner.department_key
