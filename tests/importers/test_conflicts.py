"""Rows in conflict: both sides masked, decided by a person, kept with who and when, and applied whenever the file comes."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from geodata.errors import DomainError
from geodata.models import Building, CareMembership, Membership, Person
from gridmgmt.audit.models import AccessRecord, SubjectKind
from gridmgmt.organisation.models import Grant, User
from importers import actions, conflicts
from importers.conflicts import open_findings
from importers.decisions import CHOICES, FOR_ALL, choices, made_for
from importers.kinds import KINDS
from importers.models import ImportBatch, RowDecision
from importers.reading.labels import code_of
from importers.report import REASONS
from tests.importers import people_world as world
from tests.importers.conftest import AT, Run, codes, collection, fates, square
from tests.importers.test_pages import somebody, upload, work

pytestmark = pytest.mark.django_db
HEAD = ("姓名", "身份证号", "出生日期", "电话", "户号", "与户主关系", "住址", "是否死亡")
HOME = "砚屿路27号嘉和苑1栋501"


@pytest.fixture
def importer() -> Client:
    world.make_street()
    return somebody("importer", "importer", world.STREET)


def row(name: str, order: int, *, born: str = "1980-01-02", **said: str) -> tuple[str, ...]:
    """A row of the file; ``order`` 0 leaves the ID number out."""
    values = {"姓名": name, "身份证号": world.number(born, order) if order else "", "住址": HOME, **said}
    return tuple(values.get(heading, "") for heading in HEAD)


def sent(client: Client, path: Path) -> tuple[str, ImportBatch]:
    kind = "people" if path.suffix == ".csv" else "buildings"
    page = upload(
        client, path.read_bytes(), path.name, kind=kind, datum="" if kind == "people" else "wgs84", county=""
    )
    return str(page.headers["Location"]), work()


def file_of(tmp_path: Path, *rows: tuple[str, ...]) -> Path:
    return world.write_csv(tmp_path / "p.csv", HEAD, rows)


def decide(client: Client, page: str, batch: ImportBatch, row_no: int, choice: str) -> None:
    client.post(f"{page}/conflicts/decide", {"row": str(row_no), "choice": choice})


def checked(client: Client, page: str) -> ImportBatch:
    client.post(f"{page}/check")
    return work()


def applied(client: Client, page: str) -> ImportBatch:
    client.post(f"{page}/apply")
    return work()


def somebody_known(name: str = "周甲乙", **said: Any) -> Person:
    home = Building.objects.get(name="嘉和苑1栋")
    return Person.objects.create(
        county=home.county,
        cell_code=home.cell_code,
        building=home,
        name=name,
        birth_date=date(1980, 1, 2),
        **said,
    )


def test_somebody_gone_who_turns_up_again_is_decided_either_way(importer: Client, tmp_path: Path) -> None:
    for order, state in ((1, "dead"), (3, "moved_out")):
        page, _batch = sent(importer, file_of(tmp_path, row("周甲乙", order)))
        applied(importer, page)
        Person.objects.filter(life_state="present").update(life_state=state)
    page, batch = sent(importer, file_of(tmp_path, row("周甲乙", 1, 电话=world.phone(1)), row("周甲乙", 3)))
    assert fates(batch) == {"conflict": 2}
    shown = importer.get(f"{page}/conflicts").content.decode()
    assert "周*乙" in shown
    for secret in ("周甲乙", world.number("1980-01-02", 1), "1980-01-02", "501", world.phone(1)):
        assert secret not in shown, secret
    listed = AccessRecord.objects.get()
    assert (listed.action, set(listed.subject_ids)) == (
        "listed",
        set(Person.objects.values_list("pk", flat=True)),
    )
    decide(importer, page, batch, 1, "take")
    decide(importer, page, batch, 2, "keep")
    assert "importer" in importer.get(f"{page}/conflicts").content.decode()
    batch = checked(importer, page)
    assert fates(batch) == {"changed": 1, "same": 1}
    assert batch.summary["decided"] == {"keep": 1, "take": 1}
    batch = applied(importer, page)
    assert fates(batch) == {"changed": 1, "same": 1}
    assert sorted(Person.objects.values_list("life_state", flat=True)) == ["moved_out", "present"]
    importer.post(f"{page}/undo")
    assert work().state == "undone"
    assert sorted(Person.objects.values_list("life_state", flat=True)) == ["dead", "moved_out"]


@pytest.mark.parametrize("choice", ["candidate", "new", "keep"])
def test_one_of_several_is_meant_or_somebody_new_or_nobody(
    importer: Client, tmp_path: Path, choice: str
) -> None:
    known = [somebody_known(phone_masked=f"m{number}") for number in (1, 2)]
    page, batch = sent(
        importer, file_of(tmp_path, row("周甲乙", 0, 出生日期="1980-01-02", 电话=world.phone(5)))
    )
    assert fates(batch) == {"conflict": 1}
    shown = importer.get(f"{page}/conflicts").content.decode()
    assert all(f"candidate:{person.pk}" in shown for person in known)
    stranger = somebody_known("别人")
    decide(importer, page, batch, 1, f"candidate:{stranger.pk}")
    assert not RowDecision.objects.exists(), "only who was offered can be meant"
    decide(importer, page, batch, 1, f"candidate:{known[1].pk}" if choice == "candidate" else choice)
    batch = applied(importer, page)
    wanted = {"candidate": "changed", "new": "new", "keep": "same"}[choice]
    assert fates(batch) == {wanted: 1}
    assert Person.objects.filter(name="周甲乙").count() == (3 if choice == "new" else 2)
    known[1].refresh_from_db()
    assert bool(known[1].phone_key) == (choice == "candidate")


def test_of_several_rows_one_counts_and_the_others_stay_out(importer: Client, tmp_path: Path) -> None:
    rows = (row("周甲乙", 1, 电话=world.phone(1)), row("周甲乙", 1, 电话=world.phone(2)), row("吴丙", 3))
    page, batch = sent(importer, file_of(tmp_path, *rows))
    assert fates(batch) == {"conflict": 2, "new": 1}
    decide(importer, page, batch, 2, "take")
    assert sorted(RowDecision.objects.values_list("ref", "choice")) == [
        ("line 2", "keep"),
        ("line 3", "take"),
    ]
    batch = applied(importer, page)
    assert fates(batch) == {"new": 2, "same": 1}
    assert Person.objects.get(name="周甲乙").phone_masked.endswith("02")


def test_of_two_heads_one_is_the_head(importer: Client, tmp_path: Path) -> None:
    rows = (
        row("周甲", 1, 户号="H1", 与户主关系="户主"),
        row("吴丙", 3, 户号="H1", 与户主关系="户主"),
        row("周丁", 5, born="2010-01-02", 户号="H1", 与户主关系="子"),
    )
    page, batch = sent(importer, file_of(tmp_path, *rows))
    assert fates(batch) == {"conflict": 2, "new": 1}
    decide(importer, page, batch, 2, "take")
    batch = applied(importer, page)
    assert fates(batch) == {"new": 2, "same": 1}
    assert Membership.objects.get(relation="02").person.name == "吴丙"


def test_a_household_with_another_head_is_left_to_its_own_page(importer: Client, tmp_path: Path) -> None:
    page, _batch = sent(importer, file_of(tmp_path, row("周甲", 1, 户号="H1", 与户主关系="户主")))
    applied(importer, page)
    page, batch = sent(importer, file_of(tmp_path, row("吴丙", 3, 户号="H1", 与户主关系="户主")))
    assert fates(batch) == {"conflict": 1}
    assert "周*" in importer.get(f"{page}/conflicts").content.decode()
    decide(importer, page, batch, 1, "take")
    assert not RowDecision.objects.exists()
    decide(importer, page, batch, 1, "keep")
    assert fates(applied(importer, page)) == {"same": 1}


def test_all_rows_of_one_reason_are_decided_at_once(importer: Client, tmp_path: Path) -> None:
    rows = [row("周甲乙", order) for order in (1, 3, 5)]
    page, _batch = sent(importer, file_of(tmp_path, *rows))
    applied(importer, page)
    Person.objects.update(life_state="moved_out")
    page, batch = sent(importer, file_of(tmp_path, *[(*one[:3], world.phone(9), *one[4:]) for one in rows]))
    decide(importer, page, batch, 2, "keep")
    importer.post(f"{page}/conflicts/decide", {"all": "person_moved_out", "choice": "new"})
    assert RowDecision.objects.count() == 1, "nobody who is known becomes somebody new"
    importer.post(f"{page}/conflicts/decide", {"all": "person_moved_out", "choice": "take"})
    assert RowDecision.objects.filter(choice="take").count() == 2
    assert fates(checked(importer, page)) == {"changed": 2, "same": 1}
    forgotten = RowDecision.objects.get(choice="keep")
    importer.post(f"{page}/conflicts/decide", {"forget": str(forgotten.pk)})
    assert fates(checked(importer, page)) == {"changed": 2, "conflict": 1}


def test_decisions_hold_when_the_same_file_comes_again(importer: Client, run: Run, tmp_path: Path) -> None:
    path = file_of(tmp_path, row("周甲乙", 1, 电话=world.phone(1)), row("周甲乙", 1, 电话=world.phone(2)))
    page, batch = sent(importer, path)
    applied(importer, page)
    assert not Person.objects.exists()
    assert "empty-title" in importer.get(f"{page}/conflicts").content.decode()
    decide(importer, page, batch, 1, "take")
    assert not RowDecision.objects.exists(), "a settled import has no plan to decide on"
    page, batch = sent(importer, path)
    decide(importer, page, batch, 1, "take")
    importer.post(f"{page}/discard")
    again = run("people", path, prefixes=(world.STREET,), to="applied")
    assert fates(again) == {"new": 1, "same": 1}
    other = run(
        "people",
        file_of(tmp_path, row("周甲乙", 7), row("周甲乙", 7, 电话=world.phone(3))),
        prefixes=(world.STREET,),
    )
    assert fates(other) == {"conflict": 2}, "another file is decided by itself"


def test_things_of_the_same_key_are_decided_too(importer: Client, tmp_path: Path) -> None:
    path = collection(
        tmp_path / "b.geojson",
        (square(113.01, 23.01, 0.0003), {"@id": "1", "name": "甲楼"}),
        (square(113.02, 23.02, 0.0003), {"@id": "1", "name": "乙楼"}),
    )
    page, batch = sent(importer, path)
    assert fates(batch) == {"conflict": 2}
    shown = importer.get(f"{page}/conflicts").content.decode()
    assert "甲楼" in shown
    assert "conflict-differs" in shown
    decide(importer, page, batch, 2, "take")
    assert fates(applied(importer, page)) == {"new": 1, "same": 1}
    assert Building.objects.filter(name="乙楼").count() == 1
    assert not Building.objects.filter(name="甲楼").exists()


CODES = ("00010100100100001", "00010100100100002")


def two_buildings(run: Run, tmp_path: Path, *features: dict[str, str]) -> ImportBatch:
    """Two buildings of the register, and a file that mixes up their ids and codes."""
    known = [
        (square(113 + at, 23), {"@id": str(at + 1), "code": code, "name": f"旧{at + 1}"})
        for at, code in enumerate(CODES)
    ]
    run("buildings", collection(tmp_path / "1.geojson", *known), to="applied", datum="wgs84", county="000101")
    path = collection(tmp_path / "2.geojson", *[(square(113, 23), feature) for feature in features])
    return run("buildings", path, datum="wgs84", county="000101")


def as_decided(batch: ImportBatch, row_no: int, choice: str, target: str = "") -> ImportBatch:
    conflicts.decide(batch=batch, row_no=row_no, choice=choice, target=target, by=None, at=AT)
    return actions.apply(batch_id=batch.pk, by=None, at=AT)


def named() -> list[tuple[str, str, str]]:
    return list(Building.objects.order_by("external_id").values_list("external_id", "code", "name"))


@pytest.mark.parametrize("meant", [0, 1])
def test_of_two_rows_of_the_register_one_is_meant(run: Run, tmp_path: Path, meant: int) -> None:
    batch = two_buildings(run, tmp_path, {"@id": "1", "code": CODES[1], "name": "新"})
    assert "two_rows_match" in codes(batch)
    target = Building.objects.get(external_id=str(meant + 1))
    shown = conflicts.conflicts(batch, list(batch.findings.filter(severity="conflict")))[0]
    assert {side.target for side in shown.sides if side.target} == {
        str(one.pk) for one in Building.objects.all()
    }
    batch = as_decided(batch, 1, "candidate", str(target.pk))
    assert fates(batch) == {"changed": 1}
    assert named() == [(str(at + 1), CODES[at], "新" if at == meant else f"旧{at + 1}") for at in (0, 1)], (
        "no code and no id moves to the other"
    )
    actions.undo(batch_id=batch.pk, by=None, at=AT)
    assert [name for _id, _code, name in named()] == ["旧1", "旧2"]


@pytest.mark.parametrize("choice", ["candidate", "new", "keep"])
def test_a_code_that_is_taken_means_that_building_or_another_one(
    run: Run, tmp_path: Path, choice: str
) -> None:
    batch = two_buildings(run, tmp_path, {"@id": "3", "code": CODES[0], "name": "新"})
    assert "code_taken" in codes(batch)
    target = str(Building.objects.get(code=CODES[0]).pk) if choice == "candidate" else ""
    batch = as_decided(batch, 1, choice, target)
    first, third = {
        "candidate": (("1", CODES[0], "新"), []),
        "new": (("1", CODES[0], "旧1"), [("3", "", "新")]),
        "keep": (("1", CODES[0], "旧1"), []),
    }[choice]
    assert named() == [first, ("2", CODES[1], "旧2"), *third]
    assert fates(batch) == {{"candidate": "changed", "new": "new", "keep": "same"}[choice]: 1}


def test_a_decision_holds_only_while_its_reason_does(run: Run, tmp_path: Path) -> None:
    batch = two_buildings(run, tmp_path, {"@id": "1", "code": CODES[1], "name": "新"})
    first, second = Building.objects.order_by("external_id")
    conflicts.decide(batch=batch, row_no=1, choice="candidate", target=str(first.pk), by=None, at=AT)
    second.delete()
    assert fates(actions.apply(batch_id=batch.pk, by=None, at=AT)) == {"changed": 1}
    assert named() == [("1", CODES[1], "新")], "the code is free now"


def test_words_for_another_thing_speak_of_things(importer: Client, tmp_path: Path, run: Run) -> None:
    Grant.objects.update(scope_code="000101")
    batch = two_buildings(run, tmp_path, {"@id": "3", "code": CODES[0], "name": "新"})
    ImportBatch.objects.update(created_by=User.objects.get().pk, prefixes=["000101"])
    shown = importer.get(f"/import/{batch.pk}/conflicts").content.decode()
    assert 'value="new"' in shown
    assert "新的人员" not in shown
    assert "Somebody new" not in shown
    importer.post(f"/import/{batch.pk}/conflicts/decide", {"all": "code_taken", "choice": "new"})
    assert RowDecision.objects.get().choice == "new"
    assert "somebody new" not in importer.get(f"/import/{batch.pk}/conflicts").content.decode()


def test_nobody_decides_for_others(importer: Client, tmp_path: Path) -> None:
    page, _batch = sent(importer, file_of(tmp_path, row("周甲", 1), row("周甲", 1, 电话=world.phone(2))))
    other = somebody("other", "importer", "000202")
    assert other.get(f"{page}/conflicts").status_code == 404
    assert other.post(f"{page}/conflicts/decide", {"row": "1", "choice": "keep"}).status_code == 404
    for wrong in (
        {"row": "99", "choice": "keep"},
        {"row": "x", "choice": "keep"},
        {"row": "1", "choice": "new"},
        {"forget": "x"},
        {"all": "nothing", "choice": "keep"},
    ):
        importer.post(f"{page}/conflicts/decide", wrong)
    assert not RowDecision.objects.exists()


def test_another_office_decides_about_the_same_file_for_itself(
    importer: Client, run: Run, tmp_path: Path
) -> None:
    path = file_of(tmp_path, row("周甲乙", 1, 电话=world.phone(1)), row("周甲乙", 1, 电话=world.phone(2)))
    page, batch = sent(importer, path)
    decide(importer, page, batch, 1, "take")
    theirs = run("people", path, prefixes=(world.COUNTY,))
    assert fates(theirs) == {"conflict": 2}
    assert not made_for(theirs).exists()
    assert open_findings(theirs).count() == 2
    assert fates(checked(importer, page)) == {"new": 1, "same": 1}
    office = somebody("office", "importer", world.COUNTY)
    page, batch = sent(office, path)
    decide(office, page, batch, 2, "take")
    assert sorted(RowDecision.objects.filter(choice="take").values_list("places", "ref")) == [
        (world.COUNTY, "line 3"),
        (world.STREET, "line 2"),
    ]


def test_another_mapping_forgets_what_was_decided(importer: Client, tmp_path: Path) -> None:
    page, batch = sent(
        importer, file_of(tmp_path, row("周甲乙", 1, 电话=world.phone(1)), row("周甲乙", 1, 户号="7"))
    )
    decide(importer, page, batch, 1, "take")
    RowDecision.objects.create(
        batch=batch, kind="people", sha256="0" * 64, ref="line 2", code="x", choice="keep"
    )
    importer.post(f"{page}/mapping/save", {"column-4": "-"})
    assert fates(work()) == {"conflict": 2}
    assert RowDecision.objects.get().sha256 == "0" * 64, "those of other files stay"


def test_of_two_names_of_one_account_one_stays_out(tmp_path: Path) -> None:
    world.make_street()
    boss = somebody("boss", "admin", world.STREET)
    head = ("用户名", "姓名", "角色", "所属社区", "责任网格")
    cell = f"{world.COMMUNITY}001"
    rows = (("li.si", "李四", "网格员", "兰湖里社区", cell), ("li.si", "李思", "网格员", "兰湖里社区", ""))
    path = world.write_csv(tmp_path / "s.csv", head, rows)
    answer = upload(boss, path.read_bytes(), path.name, kind="staff", datum="", county="")
    assert fates(work()) == {"conflict": 2}
    shown = boss.get(f"{answer.headers['Location']}/conflicts")
    assert shown.status_code == 200
    text = shown.content.decode()
    assert {"李四", "李思", cell} <= set(re.findall(r"[\w.]+", text)), "both rows side by side"
    assert not AccessRecord.objects.exists(), "no resident was shown"


def test_rows_about_care_are_written_down_for_the_person_they_are_of(
    importer: Client, tmp_path: Path
) -> None:
    person = somebody_known()
    CareMembership.objects.create(
        county=world.COUNTY, person=person, group=code_of("care_group", "残疾人", bare=False), level="1"
    )
    head = ("姓名", "出生日期", "关爱类型", "残疾等级")
    rows = [("周甲乙", "1980-01-02", "残疾人", level) for level in ("二级", "三级")]
    path = world.write_csv(tmp_path / "care.csv", head, rows)
    answer = upload(importer, path.read_bytes(), path.name, kind="care", datum="", county="")
    assert fates(work()) == {"conflict": 2}
    assert importer.get(f"{answer.headers['Location']}/conflicts").status_code == 200
    listed = AccessRecord.objects.get()
    assert (listed.action, listed.subject_kind, listed.subject_ids) == ("listed", "person", [person.pk])


def test_whose_grant_ended_is_shown_no_conflict(importer: Client, tmp_path: Path) -> None:
    page, _batch = sent(importer, file_of(tmp_path, row("周甲", 1), row("周甲", 1, 电话=world.phone(2))))
    assert importer.get(f"{page}/conflicts").status_code == 200
    Grant.objects.update(scope_code=world.OTHER_STREET)
    assert importer.get(page).status_code == 200, "one's own import is seen"
    assert importer.get(f"{page}/conflicts").status_code == 403
    assert not AccessRecord.objects.exists()


def test_nobody_decides_while_the_import_is_worked_on(importer: Client, tmp_path: Path) -> None:
    page, batch = sent(importer, file_of(tmp_path, row("周甲", 1), row("周甲", 1, 电话=world.phone(2))))
    decide(importer, page, batch, 1, "take")
    kept = RowDecision.objects.get(choice="take")
    importer.post(f"{page}/apply")  # asked for, not begun
    for wish in (
        {"row": "2", "choice": "take"},
        {"all": "key_twice_in_file", "choice": "keep"},
        {"forget": str(kept.pk)},
    ):
        importer.post(f"{page}/conflicts/decide", wish)
    with pytest.raises(DomainError, match="batch_busy"):
        conflicts.decide(batch=batch, row_no=2, choice="take", target="", by=None, at=AT)
    assert RowDecision.objects.get(choice="take") == kept


def test_every_kind_says_whose_records_its_rows_are() -> None:
    assert {kind.subject for kind in KINDS.values()} <= set(SubjectKind.values)
    assert {name for name, kind in KINDS.items() if kind.logged} == {"people", "care", "dwellings"}


def test_every_reason_that_can_be_decided_is_a_reason() -> None:
    assert set(CHOICES) <= set(REASONS)
    assert all(set(FOR_ALL[code]) <= set(CHOICES[code]) for code in FOR_ALL)
    assert choices("dwellings", "key_twice_in_file") == ("keep",)
    assert choices("people", "phone_form") == ()
