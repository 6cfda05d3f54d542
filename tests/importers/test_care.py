"""Care groups: only groups that entitle to help, only people the register knows here, dated, taken back whole."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.test import Client

from geodata.models import CareGroup, CareMembership, Person
from importers import actions
from importers.kinds import KINDS
from importers.models import ImportBatch
from importers.reading.labels import code_of, words_of
from tests.importers import people_world as world
from tests.importers.conftest import AT, Run, codes, fates
from tests.importers.test_pages import somebody, upload, work

pytestmark = pytest.mark.django_db
HEAD = ("姓名", "身份证号", "出生日期", "关爱类型", "残疾等级", "认定日期", "终止日期", "复核日期")
BORN = "1950-01-02"


@pytest.fixture
def known(run: Run, tmp_path: Path) -> dict[str, str]:
    """Two people of the street and one of the next, with their numbers."""
    world.make_street()
    numbers = {name: world.number(BORN, order) for name, order in (("周甲", 1), ("吴丙", 3), ("邻丁", 5))}
    rows = [
        ("周甲", numbers["周甲"], "嘉和苑1栋501"),
        ("吴丙", numbers["吴丙"], "嘉和苑1栋502"),
        ("邻丁", numbers["邻丁"], "邻苑1栋101"),
    ]
    path = world.write_csv(tmp_path / "people.csv", ("姓名", "身份证号", "住址"), rows)
    assert fates(run("people", path, county=world.COUNTY, to="applied")) == {"new": 3}
    return numbers


def file_of(tmp_path: Path, *rows: dict[str, str]) -> Path:
    return world.write_csv(
        tmp_path / "care.csv", HEAD, [tuple(row.get(name, "") for name in HEAD) for row in rows]
    )


def care(run: Run, path: Path, **said: str) -> ImportBatch:
    return run("care", path, prefixes=(world.STREET,), to="applied", **said)


def test_a_list_opens_changes_and_closes_memberships(known: dict[str, str], run: Run, tmp_path: Path) -> None:
    first = file_of(
        tmp_path,
        {
            "姓名": "周甲",
            "身份证号": known["周甲"],
            "关爱类型": "残疾人",
            "残疾等级": "二级",
            "认定日期": "2020-05-01",
            "复核日期": "2027-05-01",
        },
        {"姓名": "吴丙", "出生日期": BORN, "关爱类型": "独居老人"},
    )
    batch = care(run, first)
    assert fates(batch) == {"new": 2}
    made = CareMembership.objects.get(person__name="周甲")
    assert (made.group, made.level, made.valid_from, made.review_on) == (
        "S03",
        "2",
        date(2020, 5, 1),
        date(2027, 5, 1),
    )
    assert CareMembership.objects.get(person__name="吴丙").valid_from is None, (
        "a day nobody said is not made up"
    )
    assert fates(care(run, first)) == {"same": 2}
    second = file_of(
        tmp_path,
        {"姓名": "周甲", "身份证号": known["周甲"], "关爱类型": "残疾", "残疾等级": "一级"},
        {"姓名": "吴丙", "身份证号": known["吴丙"], "关爱类型": "独居", "终止日期": "2026-11-30"},
    )
    changed = care(run, second)
    assert fates(changed) == {"changed": 2}
    assert fates(care(run, second)) == {"same": 2}
    made.refresh_from_db()
    assert (made.level, made.valid_from) == ("1", date(2020, 5, 1)), "an empty cell changes nothing"
    assert CareMembership.objects.get(person__name="吴丙").valid_to == date(2026, 11, 30)

    actions.undo(batch_id=changed.pk, by=None, at=AT)
    made.refresh_from_db()
    assert made.level == "2"
    actions.undo(batch_id=batch.pk, by=None, at=AT)
    assert not CareMembership.objects.exists()
    assert Person.objects.count() == 3


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"姓名": "周甲", "关爱类型": "残疾人"}, "person_not_identifiable"),
        ({"姓名": "陌生", "出生日期": BORN, "关爱类型": "残疾人"}, "person_unknown"),
        ({"姓名": "邻丁", "出生日期": BORN, "关爱类型": "残疾人"}, "person_unknown"),
        ({"姓名": "周甲", "出生日期": BORN, "关爱类型": "吸毒人员"}, "value_unknown"),
        ({"姓名": "周甲", "出生日期": BORN, "关爱类型": "03"}, "value_bare_code"),
        ({"姓名": "周甲", "出生日期": BORN, "关爱类型": ""}, "value_missing"),
        ({"姓名": "周甲", "身份证号": "123", "关爱类型": "残疾人"}, "id_length"),
        (
            {
                "姓名": "周甲",
                "出生日期": BORN,
                "关爱类型": "残疾人",
                "认定日期": "2020-01-02",
                "终止日期": "2020-01-01",
            },
            "until_before_from",
        ),
    ],
)
def test_refused_rows_write_nothing(
    known: dict[str, str], run: Run, tmp_path: Path, row: dict[str, str], reason: str
) -> None:
    batch = care(run, file_of(tmp_path, row))
    assert fates(batch) == {"rejected": 1}
    assert codes(batch) == {reason}
    assert not CareMembership.objects.exists()


def test_what_is_no_group_of_care_is_kept_nowhere(known: dict[str, str], run: Run, tmp_path: Path) -> None:
    batch = care(run, file_of(tmp_path, {"姓名": "周甲", "出生日期": BORN, "关爱类型": "刑满释放人员"}))
    finding = batch.findings.get()
    assert (finding.field, finding.value) == ("group", "")
    refused = world.write_csv(
        tmp_path / "r.csv", ("姓名", "出生日期", "重点类别"), [("周甲", BORN, "残疾人")]
    )
    batch = run("care", refused, prefixes=(world.STREET,), fields={"group": "重点类别"})
    assert batch.summary["dropped_columns"] == ["重点类别"]
    assert codes(batch) == {"value_missing"}


def test_ids_of_others_the_dead_and_doubles(known: dict[str, str], run: Run, tmp_path: Path) -> None:
    batch = care(run, file_of(tmp_path, {"姓名": "吴丙", "身份证号": known["周甲"], "关爱类型": "残疾人"}))
    assert codes(batch) == {"name_against_id"}
    twice = [
        {"姓名": "周甲", "身份证号": known["周甲"], "关爱类型": "残疾人", "残疾等级": level}
        for level in ("一级", "二级")
    ]
    assert fates(care(run, file_of(tmp_path, *twice))) == {"conflict": 2}
    assert fates(care(run, file_of(tmp_path, twice[0], twice[0]))) == {"new": 1, "rejected": 1}
    Person.objects.filter(name="周甲").update(life_state="dead")
    dead = {"姓名": "周甲", "身份证号": known["周甲"], "关爱类型": "低保"}
    assert codes(care(run, file_of(tmp_path, dead))) == {"person_is_dead"}
    CareMembership.objects.update(valid_from=date(2020, 1, 1))
    early = {**dead, "关爱类型": "残疾人", "终止日期": "2019-10-01"}
    assert codes(care(run, file_of(tmp_path, early))) == {"until_before_from"}
    ends = {**dead, "关爱类型": "残疾人", "终止日期": "2026-10-01"}
    assert fates(care(run, file_of(tmp_path, ends))) == {"changed": 1}


def test_age_is_held_against_the_group(known: dict[str, str], run: Run, tmp_path: Path) -> None:
    rows = [
        {"姓名": "周甲", "身份证号": known["周甲"], "关爱类型": group}
        for group in ("留守儿童", "高龄老人", "空巢老人")
    ]
    batch = care(run, file_of(tmp_path, *rows))
    assert fates(batch) == {"new": 3}
    assert batch.summary["reasons"]["note"] == {"age_against_group": 2}


def test_the_page_takes_the_list_and_shows_nobody(known: dict[str, str], tmp_path: Path) -> None:
    importer: Client = somebody("importer", "importer", world.STREET)
    rows = [
        {"姓名": "周甲", "身份证号": known["周甲"], "关爱类型": "残疾人", "残疾等级": level}
        for level in ("一级", "二级")
    ]
    page = upload(importer, file_of(tmp_path, *rows).read_bytes(), "c.csv", kind="care", datum="", county="")
    work()
    shown = importer.get(f"{page.headers['Location']}/conflicts").content.decode()
    assert "周甲" not in shown
    assert known["周甲"] not in shown
    assert "conflict-table" in shown


def test_every_group_has_its_words() -> None:
    assert {code_of("care_group", word, bare=False) for word in words_of("care_group")} == set(
        CareGroup.values
    )
    field = KINDS["care"].field("group")
    assert field is not None
    assert field.shown == "hidden"
