"""People from files: readers, sealing, place, match, households, dated facts, undo, scope, masks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from geodata.errors import DomainError
from geodata.models import Building, Dwelling, Entrance, Household, Membership, Person, Residence
from geodata.personal import unseal
from importers import actions
from importers.models import AddressQuestion, ImportBatch, ImportImage
from importers.people.questions import decide
from importers.reading.labels import UnreadableError, code_of
from importers.reading.values import How, day, name
from tests.importers.conftest import AT, Run, codes, fates
from tests.importers.people_world import COUNTY, STREET, make_street, number, phone, write_csv, write_xlsx
from tests.importers.test_pipeline import dump

pytestmark = pytest.mark.django_db
TABLES: tuple[Any, ...] = (Person, Household, Membership, Residence, Dwelling, Entrance)
HEADINGS = (
    "姓名", "身份证号", "性别", "出生日期", "联系电话", "文化程度", "户号", "与户主关系", "现住地址", "户籍地址",
)  # fmt: skip
FATHER = (
    "王建国",
    number("1970-03-05", 11),
    "男",
    "1970-03-05",
    phone(1),
    "高中",
    "H1",
    "户主",
    "嘉和苑1栋2单元501室",
    "嘉和苑1栋2单元501室",
)
MOTHER = (
    "李·小梅",
    number("1972-07-01", 12),
    "女",
    "19720701",
    phone(2),
    "大专",
    "H1",
    "妻",
    "嘉和苑1幢2单元501",
    "外省某县某村",
)
SON = (
    "王小明",
    number("2001-01-09", 13),
    "男",
    "2001.1.9",
    "",
    "大学本科",
    "H1",
    "长子",
    "砚屿路27号嘉和苑1栋2单元501",
    "",
)


@pytest.fixture
def street() -> dict[str, Building]:
    return make_street()


def registers() -> list[Any]:
    return [dump(model) for model in TABLES]


def test_a_family_comes_in_with_house_door_household_and_dates(run: Run, tmp_path: Path, street: Any) -> None:
    path = write_csv(tmp_path / "p.csv", HEADINGS, [FATHER, MOTHER, SON])
    batch = run("people", path, to="applied", prefixes=(STREET,))
    assert fates(batch) == {"new": 3}
    father = Person.objects.get(name="王建国")
    assert (father.building, father.cell_code, father.county) == (
        street["嘉1"],
        street["嘉1"].cell_code,
        COUNTY,
    )
    assert (father.sex, father.birth_date, father.education) == (1, date(1970, 3, 5), "60")
    assert father.id_no_masked == f"009901********{FATHER[1][-4:]}"
    assert unseal(father.id_no_sealed, column="person.id_no", row=father.pk) == FATHER[1]
    assert unseal(father.phone_sealed, column="person.phone", row=father.pk) == phone(1)
    dwelling = Dwelling.objects.get()
    assert (dwelling.building, dwelling.entrance.number, dwelling.floor, dwelling.room) == (
        street["嘉1"],
        "2",
        5,
        "501",
    )
    household = Household.objects.get()
    assert (household.number, household.dwelling, household.building) == ("H1", dwelling, street["嘉1"])
    assert dict(Membership.objects.values_list("person__name", "relation")) == {
        "王建国": "02", "李·小梅": "12", "王小明": "22",
    }  # fmt: skip
    assert Residence.objects.filter(kind="actual", dwelling=dwelling, valid_to=None).count() == 3
    away = Residence.objects.get(kind="registered", person__name="李·小梅")
    assert (away.elsewhere, away.building) == ("外省某县某村", None)
    assert not Person.objects.filter(lives_alone=True).exists()


def test_second_run_changes_nothing_and_undo_restores(run: Run, tmp_path: Path, street: Any) -> None:
    empty = registers()
    path = write_csv(tmp_path / "p.csv", HEADINGS, [FATHER, MOTHER, SON])
    first = run("people", path, to="applied", prefixes=(STREET,))
    before = registers()
    again = run("people", path, to="applied", prefixes=(STREET,), at=AT + timedelta(days=3))
    assert fates(again) == {"same": 3}
    assert registers() == before
    moved = (*FATHER[:4], phone(77), *FATHER[5:8], "福安里1栋301", FATHER[9])
    alone = ("张三", number("1950-02-02", 21), "", "", "", "", "H2", "户主", "砚屿路9号", "")
    other = write_csv(tmp_path / "2.csv", HEADINGS, [moved, SON, alone])
    second = run("people", other, to="applied", prefixes=(STREET,), at=AT + timedelta(days=5))
    assert fates(second) == {"new": 1, "changed": 1, "same": 1}
    father = Person.objects.get(name="王建国")
    assert father.building == street["福1"]
    assert unseal(father.phone_sealed, column="person.phone", row=father.pk) == phone(77)
    assert father.phone_masked == "100****0077"
    facts = Residence.objects.filter(person=father, kind="actual").order_by("valid_from", "valid_to")
    assert [(row.building, row.valid_to) for row in facts] == [
        (street["嘉1"], date(2026, 11, 27)), (street["福1"], None),
    ]  # fmt: skip
    assert Household.objects.get(number="H1").building == street["福1"]
    assert Person.objects.get(name="张三").lives_alone
    assert Person.objects.get(name="张三").sex == 1
    actions.undo(batch_id=second.pk, by=None, at=AT + timedelta(days=6))
    assert registers() == before
    actions.undo(batch_id=first.pk, by=None, at=AT + timedelta(days=6))
    assert registers() == empty


def test_no_number_lies_in_plain_text_anywhere(run: Run, tmp_path: Path, street: Any, caplog: Any) -> None:
    """Every column of every table, staged ones too, read as text."""
    bad = ("赵六", FATHER[1][:17] + "Z", "男", "", "12x4567", "", "H3", "户主", "嘉和苑2栋101", "")
    path = write_csv(tmp_path / "p.csv", HEADINGS, [FATHER, MOTHER, SON, bad])
    secrets = [row[1] for row in (FATHER, MOTHER, SON, bad)] + [phone(1), phone(2), "12x4567"]
    with caplog.at_level("DEBUG"):
        checked = run("people", path, prefixes=(STREET,))
        assert fates(checked) == {"new": 3, "rejected": 1}
        assert not found_in_database(secrets)
        actions.apply(batch_id=checked.pk, by=None, at=AT)
    assert not found_in_database(secrets)
    assert not [secret for secret in secrets if secret in caplog.text]
    shown = {(row.code, row.field, row.value) for row in checked.findings.filter(severity="error")}
    assert shown == {("id_not_digits", "id_no", "*" * 18), ("phone_form", "phone", "*" * 7)}


def found_in_database(secrets: list[str]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 'import_staging') "
            "AND tablename <> 'spatial_ref_sys'"
        )
        tables = cursor.fetchall()
        found = []
        for schema, table in tables:
            cursor.execute(f'SELECT t::text FROM "{schema}"."{table}" t')
            text = "\n".join(row[0] for row in cursor.fetchall())
            found += [f"{table}: {secret}" for secret in secrets if secret in text]
    return found


def test_findings_show_masked_names_and_addresses_without_rooms(
    run: Run, tmp_path: Path, street: Any
) -> None:
    path = write_csv(tmp_path / "p.csv", HEADINGS, [
        ("王@国", number("1970-03-05", 11), "男", "", "", "", "H1", "户主", "无名苑3栋2单元1203室", ""),
        ("王安国", number("1970-03-05", 13), "男", "", "", "", "H2", "户主", "无名苑3栋2单元1203室", ""),
        ("王定国", number("1970-03-05", 15), "男", "农历正月", "", "", "H3", "户主", "", ""),
    ])  # fmt: skip
    batch = run("people", path, prefixes=(STREET,))
    shown = {(row.code, row.value) for row in batch.findings.exclude(code="taken_from_id")}
    assert shown == {("name_character", "王*国"), ("address_unknown", "无名苑3栋"), ("date_lunar", "")}


def test_rows_go_only_where_the_importer_may_write(run: Run, tmp_path: Path, street: Any) -> None:
    headings = (*HEADINGS, "所属网格")
    path = write_csv(tmp_path / "p.csv", headings, [
        (*FATHER, ""),
        ("甲乙", number("1980-01-01", 1), "男", "", "", "", "", "", "", "", "009901002001001"),
        ("丙丁", number("1980-01-01", 3), "男", "", "", "", "", "", "", "", "一格"),
        ("戊己", number("1980-01-01", 5), "男", "", "", "", "", "", "邻苑1栋101", "", ""),
    ])  # fmt: skip
    batch = run("people", path, to="applied", prefixes=(STREET,))
    assert fates(batch) == {"new": 3, "rejected": 1}
    assert [(row.code, row.row_no) for row in batch.findings.filter(severity="error")] == [
        ("outside_scope", 2)
    ]
    assert Person.objects.get(name="丙丁").cell_code == street["嘉1"].cell_code
    assert Person.objects.get(name="戊己").cell_code == STREET, "the neighbour's building is not offered"
    foreign = run("people", path, prefixes=("009901002",))
    assert foreign.counts["changed"] == 0
    assert {row.code for row in foreign.findings.filter(severity="error", row_no__in=[1, 3])} == {
        "outside_scope"
    }
    nowhere = run("people", path, prefixes=("",))
    assert "place_missing" in codes(nowhere)


def test_who_has_no_number_is_found_by_birth_and_door_or_by_telephone(
    run: Run, tmp_path: Path, street: Any
) -> None:
    headings = ("姓名", "出生日期", "电话", "住址", "学历")
    rows = [("周甲", "1980.1.2", "", "嘉和苑2栋301", ""), ("吴乙", "", phone(5), "", "")]
    run("people", write_csv(tmp_path / "1.csv", headings, rows), to="applied", prefixes=(STREET,))
    rows = [
        ("周甲", "1980年1月2日", phone(6), "嘉和苑2栋302", "本科"),
        ("吴乙", "1990-5-5", phone(5), "嘉和苑3栋101", ""),
    ]
    batch = run("people", write_csv(tmp_path / "2.csv", headings, rows), to="applied", prefixes=(STREET,))
    assert fates(batch) == {"changed": 2}
    assert Person.objects.count() == 2
    assert Person.objects.get(name="吴乙").building == street["嘉3"]
    Person.objects.filter(name="周甲").update(phone_key=None, phone_sealed=None, phone_masked="")
    twin = Person.objects.get(name="周甲")
    twin.pk = None
    twin.id = actions.new_batch_id()
    twin.save(force_insert=True)
    again = run("people", write_csv(tmp_path / "3.csv", headings, rows[:1]), prefixes=(STREET,))
    assert codes(again) == {"several_match"}


def test_an_id_number_completes_somebody_known_without(run: Run, tmp_path: Path, street: Any) -> None:
    known = ("周甲", "", "男", "1980.1.2", "", "", "", "", "嘉和苑2栋301", "")
    run("people", write_csv(tmp_path / "1.csv", HEADINGS, [known]), to="applied", prefixes=(STREET,))
    whole = ("周甲", number("1980-01-02", 1), "男", "", phone(8), "", "", "", "嘉和苑2栋301", "")
    batch = run("people", write_csv(tmp_path / "2.csv", HEADINGS, [whole]), to="applied", prefixes=(STREET,))
    assert fates(batch) == {"changed": 1}
    person = Person.objects.get()
    assert unseal(person.id_no_sealed, column="person.id_no", row=person.pk) == whole[1]
    assert unseal(person.phone_sealed, column="person.phone", row=person.pk) == phone(8)


def test_the_dead_and_the_moved_leave_household_and_house(run: Run, tmp_path: Path, street: Any) -> None:
    run(
        "people",
        write_csv(tmp_path / "1.csv", HEADINGS, [FATHER, MOTHER, SON]),
        to="applied",
        prefixes=(STREET,),
    )
    headings = ("姓名", "身份证号", "死亡日期", "是否已迁出")
    gone = write_csv(
        tmp_path / "2.csv", headings, [(FATHER[0], FATHER[1], "2026-11-01", ""), (SON[0], SON[1], "", "是")]
    )
    batch = run("people", gone, to="applied", prefixes=(STREET,))
    assert fates(batch) == {"changed": 2}
    states = dict(Person.objects.values_list("name", "life_state"))
    assert states == {"王建国": "dead", "王小明": "moved_out", "李·小梅": "present"}
    assert Membership.objects.get(person__name="王小明").valid_to == date(2026, 11, 22)
    assert Membership.objects.get(valid_to=None).person.name == "李·小梅"
    assert Person.objects.get(name="李·小梅").lives_alone
    assert not Residence.objects.filter(person__name="王建国", valid_to=None).exists()
    assert fates(run("people", gone, prefixes=(STREET,))) == {"same": 2}
    later = run("people", write_csv(tmp_path / "3.csv", HEADINGS, [FATHER, SON]), prefixes=(STREET,))
    assert fates(later) == {"conflict": 2}
    assert codes(later) == {"person_is_dead", "person_moved_out"}
    actions.undo(batch_id=batch.pk, by=None, at=AT)
    assert Membership.objects.filter(valid_to=None).count() == 3


def test_another_head_takes_over_in_one_step(run: Run, tmp_path: Path, street: Any) -> None:
    run("people", write_csv(tmp_path / "1.csv", HEADINGS, [FATHER, MOTHER]), to="applied", prefixes=(STREET,))
    head = (*MOTHER[:7], "户主", *MOTHER[8:])
    alone = run("people", write_csv(tmp_path / "2.csv", HEADINGS, [head]), prefixes=(STREET,))
    assert codes(alone) == {"household_has_other_head"}
    both = write_csv(tmp_path / "3.csv", HEADINGS, [head, (*FATHER[:7], "夫", *FATHER[8:])])
    batch = run("people", both, to="applied", prefixes=(STREET,), at=AT + timedelta(days=2))
    assert fates(batch) == {"changed": 2}
    heads = Membership.objects.filter(valid_to=None, relation="02")
    assert [row.person.name for row in heads] == ["李·小梅"]
    assert Household.objects.count() == 1


def test_nobody_becomes_head_while_the_present_one_stays(run: Run, tmp_path: Path, street: Any) -> None:
    """The row by which the father would give way is rejected; then the mother's change waits as well."""
    path = write_csv(tmp_path / "1.csv", HEADINGS, [FATHER, MOTHER, SON])
    run("people", path, to="applied", prefixes=(STREET,))
    head = (*SON[:7], "户主", *SON[8:])
    wrong = (*FATHER[:7], "子", *FATHER[8:])
    other = write_csv(tmp_path / "2.csv", HEADINGS, [head, wrong])
    batch = run("people", other, to="applied", prefixes=(STREET,))
    assert fates(batch) == {"conflict": 1, "rejected": 1}
    assert codes(batch) == {"household_has_other_head", "age_against_relation"}
    assert Membership.objects.get(relation="02", valid_to=None).person.name == "王建国"


def test_two_ways_to_name_a_household_make_no_second_head(run: Run, tmp_path: Path, street: Any) -> None:
    run("people", write_csv(tmp_path / "1.csv", HEADINGS, [FATHER, MOTHER]), to="applied", prefixes=(STREET,))
    unnumbered = (*FATHER[:6], "", *FATHER[7:])
    head = (*MOTHER[:7], "户主", *MOTHER[8:])
    batch = run(
        "people",
        write_csv(tmp_path / "2.csv", HEADINGS, [unnumbered, head]),
        to="applied",
        prefixes=(STREET,),
    )
    assert batch.counts["conflict"] >= 1
    assert Membership.objects.filter(relation="02", valid_to=None).count() == 1


def test_a_number_of_somebody_impossibly_old_is_refused(run: Run, tmp_path: Path, street: Any) -> None:
    row = ("周甲", number("1860-01-02", 1), "", "", "", "", "", "", "嘉和苑1栋101", "")
    batch = run("people", write_csv(tmp_path / "1.csv", HEADINGS, [row]), prefixes=(STREET,))
    assert codes(batch) == {"id_birth_date"}


def test_households_without_a_number_go_by_their_head(run: Run, tmp_path: Path, street: Any) -> None:
    headings = ("姓名", "身份证号", "户主姓名", "户主身份证号", "与户主关系", "住址")
    rows = [
        (FATHER[0], FATHER[1], FATHER[0], "", "户主", "嘉和苑1栋101"),
        (MOTHER[0], MOTHER[1], FATHER[0], "", "妻", "嘉和苑1栋101"),
        (SON[0], SON[1], "", FATHER[1], "子", "嘉和苑2栋201"),
        ("孤儿", number("2010-01-01", 7), "", number("1970-01-01", 9), "子", "嘉和苑2栋201"),
    ]
    path = write_csv(tmp_path / "1.csv", headings, rows)
    batch = run("people", path, to="applied", prefixes=(STREET,))
    assert fates(batch) == {"new": 4}
    assert "household_without_head" in codes(batch)
    assert Household.objects.count() == 1
    assert Membership.objects.count() == 3
    assert fates(run("people", path, prefixes=(STREET,))) == {"same": 4}


def test_undo_refuses_what_was_changed_since(run: Run, tmp_path: Path, street: Any) -> None:
    path = write_csv(tmp_path / "1.csv", HEADINGS, [FATHER, MOTHER])
    batch = run("people", path, to="applied", prefixes=(STREET,))
    Membership.objects.filter(person__name="李·小梅").update(relation="10")
    with pytest.raises(DomainError) as caught:
        actions.undo(batch_id=batch.pk, by=None, at=AT)
    assert (caught.value.code, caught.value.data["count"]) == ("undo_rows_changed", 1)
    assert Person.objects.count() == 2


def test_a_door_is_made_only_where_it_is_sure(run: Run, tmp_path: Path, street: Any) -> None:
    for entrance in ("1", "2"):
        Entrance.objects.create(building=street["嘉1"], county=COUNTY, number=entrance)
    rows = [
        ("周甲", number("1980-01-02", 1), "男", "", "", "", "", "", "嘉和苑1栋501", ""),
        ("周乙", number("1980-01-02", 3), "男", "", "", "", "", "", "嘉和苑1栋1单元501", ""),
        ("周丙", number("1980-01-02", 5), "男", "", "", "", "", "", "嘉和苑1栋3-2", ""),
    ]
    batch = run("people", write_csv(tmp_path / "1.csv", HEADINGS, rows), to="applied", prefixes=(STREET,))
    assert fates(batch) == {"new": 3}
    assert Dwelling.objects.get().entrance.number == "1"
    assert Person.objects.filter(building=street["嘉1"]).count() >= 2
    assert batch.summary["reasons"]["note"]["dwelling_unsure"] == 2


def test_workbook_days_come_as_numbers_too(run: Run, tmp_path: Path, street: Any) -> None:
    rows: list[Any] = [
        ("周甲", "", "男", 29222, phone(1), "", "", "", "嘉和苑1栋101", ""),
        ("周乙", "", "男", "29222", phone(2), "", "", "", "嘉和苑1栋102", ""),
    ]
    batch = run("people", write_xlsx(tmp_path / "1.xlsx", HEADINGS, rows), to="applied", prefixes=(STREET,))
    assert batch.summary["reasons"]["note"] == {"date_from_serial": 2}
    assert set(Person.objects.values_list("birth_date", flat=True)) == {date(1980, 1, 2)}
    text = [[str(value) for value in row] for row in rows]
    assert codes(run("people", write_csv(tmp_path / "1.csv", HEADINGS, text), prefixes=(STREET,))) == {
        "date_form"
    }


def test_questions_are_asked_once_per_building_and_answers_remembered(
    run: Run, tmp_path: Path, street: Any
) -> None:
    rows = [
        ("周甲", number("1980-01-02", 1), "男", "", "", "", "", "", "嘉禾苑1栋501", ""),
        ("周乙", number("1980-01-02", 3), "男", "", "", "", "", "", "嘉禾苑1栋502", ""),
    ]
    path = write_csv(tmp_path / "1.csv", HEADINGS, rows)
    batch = run("people", path, to="applied", prefixes=(STREET,))
    question = AddressQuestion.objects.get(batch=batch)
    assert (question.text, question.rows) == ("嘉禾苑1栋", 2)
    assert question.candidates[0][0] == str(street["嘉1"].pk)
    with pytest.raises(DomainError, match="outside_your_scope"):
        decide(question=question, building_id=street["邻"].pk, prefixes=(STREET,), by=None, at=AT)
    decide(question=question, building_id=street["嘉1"].pk, prefixes=(STREET,), by=None, at=AT)
    again: ImportBatch = run("people", path, to="applied", prefixes=(STREET,))
    assert fates(again) == {"changed": 2}
    assert Person.objects.filter(building=street["嘉1"]).count() == 2
    assert not again.questions.exists()


def test_dwellings_from_a_list(run: Run, tmp_path: Path, street: Any) -> None:
    headings = ("小区", "楼栋", "单元", "楼层", "房号", "建筑面积", "房屋用途", "房主电话")
    rows = [
        ("嘉和苑", "1", "1", "", "501", "88.5", "自住", phone(1)),
        ("嘉和苑", "1", "1", "", "501", "88.5", "自住", phone(1)),
        ("嘉和苑", "1栋", "1单元", "5", "502", "x", "", ""),
        ("嘉和苑", "2", "", "3", "302", "", "商用", ""),
        ("嘉和苑", "3", "", "", "", "60", "", ""),
        ("无名苑", "3", "", "", "101", "60", "", ""),
        ("嘉和苑", "3", "1", "", "101", "60", "", ""),
        ("嘉和苑", "3", "1", "", "101", "61", "", ""),
    ]
    path = write_csv(tmp_path / "d.csv", headings, rows)
    before = registers()
    batch = run("dwellings", path, to="applied", prefixes=(STREET,))
    assert fates(batch) == {"new": 2, "rejected": 4, "conflict": 2}
    assert batch.summary["dropped_columns"] == ["房主电话"]
    assert batch.summary["reasons"]["error"] == {
        "address_unknown": 1, "repeated_in_file": 1, "room_missing": 1, "value_not_number": 1,
    }  # fmt: skip
    doors = Dwelling.objects.order_by("room").values_list(
        "building__name", "entrance__number", "floor", "room", "use"
    )
    assert list(doors) == [
        ("嘉和苑2栋", None, 3, "302", "commercial"),
        ("嘉和苑1栋", "1", 5, "501", "residential"),
    ]
    assert fates(run("dwellings", path, prefixes=(STREET,))) == {"same": 2, "rejected": 4, "conflict": 2}
    larger = write_csv(tmp_path / "e.csv", headings, [("嘉和苑", "1", "1", "", "501", "90", "", "")])
    change = run("dwellings", larger, to="applied", prefixes=(STREET,))
    assert fates(change) == {"changed": 1}
    actions.undo(batch_id=change.pk, by=None, at=AT)
    actions.undo(batch_id=batch.pk, by=None, at=AT)
    assert registers() == before


def answer(read: Callable[[], str]) -> str:
    """The value, or the reason why there is none."""
    try:
        return read()
    except UnreadableError as error:
        return error.code


@pytest.mark.parametrize(
    ("text", "serials", "wanted"),
    [
        ("19900105", False, "1990-01-05"), ("1990.1.5", False, "1990-01-05"), ("1990年1月5日", False, "1990-01-05"),
        ("１９９０－０１－０５", False, "1990-01-05"), ("1990/1/5 00:00:00", False, "1990-01-05"), ("32878", True, "1990-01-05"),
        ("32878", False, "date_form"), ("1990.1", False, "date_without_day"), ("199001", False, "date_without_day"),
        ("1990", True, "date_without_day"), ("农历一九九〇年正月初五", False, "date_lunar"), ("庚午年", False, "date_lunar"),
        ("1990-02-29", False, "date_impossible"), ("1990-02-29x", False, "date_form"), ("1769-01-01", False, "date_out_of_range"),
        ("2026-11-27", False, "date_out_of_range"), ("2026-11-26", False, "2026-11-26"),
    ],
)  # fmt: skip
def test_days_as_people_write_them(text: str, serials: bool, wanted: str) -> None:
    how = How(today=date(2026, 11, 26), serials=serials)
    assert answer(lambda: day(text, how)) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("王伟", "王伟"), ("王 伟", "王伟"), ("阿依古丽•买买提", "阿依古丽·买买提"), ("阿依古丽.买买提", "阿依古丽·买买提"),
        ("陈𠮷", "陈𠮷"), ("𬭎〇", "𬭎〇"), ("Ｊｏｈｎ Smith", "John Smith"), ("陈\ue000", "name_character"),
        ("陈3", "name_character"), ("陈（已搬）", "name_remark"), ("·", "name_character"),
    ],
)  # fmt: skip
def test_names_as_people_write_them(text: str, wanted: str) -> None:
    assert answer(lambda: name(text, How(today=date(2026, 11, 26)))) == wanted


@pytest.mark.parametrize(
    ("list_name", "text", "bare", "wanted"),
    [
        ("sex", "男", False, "1"), ("sex", "Ｆ", False, "2"), ("sex", "1", False, "value_bare_code"), ("sex", "1", True, "1"),
        ("sex", "7", True, "value_unknown"), ("education", "大 专", False, "30"), ("education", "20-大学本科", False, "20"),
        ("education", "30-大学本科", False, "value_label_and_code"), ("relation", "长子", False, "22"),
        ("relation", "邻居", False, "value_unknown"), ("marital", "离异", False, "40"), ("employment", "退休", False, "80"),
    ],
)  # fmt: skip
def test_codes_go_by_their_words(list_name: str, text: str, bare: bool, wanted: str) -> None:
    assert answer(lambda: code_of(list_name, text, bare=bare)) == wanted


def test_every_row_of_an_import_names_the_batch_and_who_applied_it(run: Run, tmp_path: Path) -> None:
    from gridmgmt.registers.models import RegisterChange

    make_street()
    batch = run(
        "people", write_csv(tmp_path / "a.csv", HEADINGS, [FATHER, MOTHER]), to="applied", prefixes=(STREET,)
    )
    made = RegisterChange.objects.filter(cause="import", ref=batch.pk, kind="made")
    assert made.filter(register="person").count() == 2
    assert set(made.values_list("register", flat=True)) >= {"person", "household", "membership", "residence"}
    actions.undo(batch_id=batch.pk, by=None, at=AT)
    undone = RegisterChange.objects.filter(cause="import_undo", ref=batch.pk, kind="removed")
    assert undone.filter(register="person").count() == 2


def test_batches_of_earlier_versions_are_taken_back_too(db: None, run: Run, tmp_path: Path) -> None:
    """They kept an image without a before of every row they made."""
    make_street()
    run("people", write_csv(tmp_path / "p.csv", HEADINGS, [FATHER]), prefixes=(STREET,), to="applied")
    before = registers()
    moved = (*FATHER[:4], phone(9), *FATHER[5:])
    path = write_csv(tmp_path / "q.csv", HEADINGS, [moved, MOTHER, SON])
    batch = run("people", path, prefixes=(STREET,), to="applied")
    assert fates(batch) == {"new": 2, "changed": 1}
    for made in batch.made.all():
        for key, fingerprint in zip(made.row_keys, made.prints, strict=True):
            ImportImage.objects.create(
                batch=batch, table_name=made.table_name, row_key=str(key), after=fingerprint.hex
            )
    batch.made.all().delete()
    actions.undo(batch_id=batch.pk, by=None, at=AT)
    assert registers() == before
