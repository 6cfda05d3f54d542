"""The mapping page: what columns were taken for, corrected, kept as a profile, used again by page and command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from geodata.errors import DomainError
from geodata.models import Building, Person
from importers.models import ImportBatch, SavedProfile
from importers.profile import checked
from importers.reading.values import How, day
from importers.whole import whole
from tests.importers import people_world as world
from tests.importers.conftest import Run, collection, square
from tests.importers.test_pages import somebody, upload, work

pytestmark = pytest.mark.django_db
HEAD = ("称呼", "证号", "何时出生", "男女", "宗教信仰", "曾用名")


@pytest.fixture
def importer() -> Client:
    world.make_street()
    return somebody("importer", "importer", world.STREET)


def people_file(tmp_path: Path) -> bytes:
    rows = [
        ("周甲乙", world.number("1980-01-02", 1), "02/01/1980", "男性别", "某教", "周大"),
        ("周丙丁", world.number("1990-11-30", 3), "30/11/1990", "男性别", "", ""),
    ]
    return world.write_csv(tmp_path / "p.csv", HEAD, rows).read_bytes()


def sent(client: Client, content: bytes) -> str:
    page = upload(client, content, "p.csv", kind="people", datum="", county="")
    return str(page.headers["Location"])


def columns(batch: ImportBatch) -> dict[str, str]:
    """Select of each column by its heading."""
    return {column["name"]: f"column-{at}" for at, column in enumerate(batch.summary["columns"])}


def test_columns_are_shown_with_masked_samples_and_reasons(importer: Client, tmp_path: Path) -> None:
    page = sent(importer, people_file(tmp_path))
    batch = work()
    shown = importer.get(f"{page}/mapping").content.decode()
    for secret in ("周甲乙", "周大", world.number("1980-01-02", 1), "02/01/1980", "某教"):
        assert secret not in shown, secret
    found = {column["name"]: column for column in batch.summary["columns"]}
    assert found["宗教信仰"] == {
        "name": "宗教信仰",
        "field": "",
        "how": "refused",
        "heading": "",
        "samples": [],
    }
    assert found["称呼"]["samples"] == ["周**"]
    assert found["何时出生"]["samples"] == ["**/**/****"]
    assert "name" in shown


def test_of_hidden_fields_no_value_is_shown(importer: Client, tmp_path: Path) -> None:
    rows = [("周甲", "1980-01-02", "低保对象")]
    content = world.write_csv(tmp_path / "c.csv", ("姓名", "出生日期", "关爱类型"), rows).read_bytes()
    page = upload(importer, content, "c.csv", kind="care", datum="", county="").headers["Location"]
    found = {column["name"]: column for column in work().summary["columns"]}
    assert {name: (column["field"], column["samples"]) for name, column in found.items()} == {
        "姓名": ("name", ["周*"]),
        "出生日期": ("birth_date", []),
        "关爱类型": ("group", []),
    }
    shown = importer.get(f"{page}/mapping").content.decode()
    assert shown.count("不显示") + shown.count("not shown") == 2


def test_an_operator_corrects_the_columns_and_keeps_them(importer: Client, tmp_path: Path) -> None:
    page = sent(importer, people_file(tmp_path))
    batch = work()
    assert batch.counts["rejected"] == 2
    select = columns(batch)
    said = {
        select["称呼"]: "name",
        select["证号"]: "id_no",
        select["何时出生"]: "birth_date",
        select["男女"]: "sex",
    }
    answer = importer.post(f"{page}/mapping/save", {**said, "date_style": "dmy", "do": "check"})
    assert answer.headers["Location"] == page
    batch = work()
    assert batch.findings.filter(code="value_unknown").values_list("value", flat=True)[0] == "男性别"
    shown = importer.get(f"{page}/mapping").content.decode()
    assert 'name="word-sex-0" value="男性别"' in shown
    corrected = {
        "word-sex-0": "男性别",
        "means-sex-0": "男",
        "date_style": "dmy",
        "do": "keep",
        "name": "六月 名册",
    }
    importer.post(f"{page}/mapping/save", corrected)
    batch = work()
    assert (batch.counts["rejected"], batch.counts["new"]) == (0, 2)
    assert batch.profile_name == "六月 名册"
    saved = SavedProfile.objects.get()
    assert (saved.scope_code, saved.kind, saved.data["fields"]["sex"]["values"]) == (
        world.STREET,
        "people",
        {"男性别": "男"},
    )
    importer.post(f"{page}/apply")
    work()
    assert {str(born) for born in Person.objects.values_list("birth_date", flat=True)} == {
        "1980-01-02",
        "1990-11-30",
    }


def test_a_profile_says_by_what_somebody_is_found_again(
    importer: Client, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = ("姓名", "出生日期", "电话", "住址")
    home = "砚屿路27号嘉和苑1栋501"
    first = world.write_csv(tmp_path / "1.csv", head, [("周甲", "1980-01-02", world.phone(1), home)])
    run("people", first, prefixes=(world.STREET,), to="applied")
    rows = [("周甲", "", world.phone(1), home), ("周甲", "1980-01-02", world.phone(2), home)]
    for one, wanted in ((rows[0], "same"), (rows[1], "changed")):
        batch = run("people", world.write_csv(tmp_path / "2.csv", head, [one]), prefixes=(world.STREET,))
        assert batch.counts[wanted] == 1
    for one, rule in zip(rows, (["name_birth"], ["name_phone"]), strict=True):
        path = world.write_csv(tmp_path / "2.csv", head, [one])
        batch = run("people", path, prefixes=(world.STREET,), match=rule)
        left = {"new": 1} if rule == ["name_phone"] else {"rejected": 1}
        assert {name: batch.counts[name] for name in left} == left, rule
    content = world.write_csv(tmp_path / "3.csv", head, rows[1:]).read_bytes()
    page = sent(importer, content)
    assert work().counts["changed"] == 1
    shown = importer.get(f"{page}/mapping").content.decode()
    assert all(f'value="{rule}" checked' in shown for rule in ("id_no", "name_birth", "name_phone"))
    said = {"match-asked": "yes", "match": ["name_phone"], "do": "keep", "name": "按电话"}
    importer.post(f"{page}/mapping/save", said)
    assert work().counts["new"] == 1
    assert SavedProfile.objects.get().data["match"] == ["name_phone"]
    assert 'value="name_birth" checked' not in importer.get(f"{page}/mapping").content.decode()
    importer.post(f"{page}/mapping/save", {"match-asked": "yes", "match": ["name_birth", "name_phone"]})
    batch = work()
    assert (batch.counts["changed"], batch.profile.get("match")) == (1, None)
    importer.post(f"{page}/mapping/save", {"date_style": "dmy"})
    assert "match" not in work().profile
    with pytest.raises(DomainError, match="match_rule_unknown"):
        checked({"kind": "buildings", "match": ["name_phone"]})


def test_rows_that_an_unused_rule_would_confuse_are_two_people(run: Run, tmp_path: Path) -> None:
    world.make_street()
    head = ("姓名", "出生日期", "电话", "住址")
    rows = [("周甲", day, world.phone(1), "嘉和苑1栋501") for day in ("1980-01-02", "1990-01-02")]
    path = world.write_csv(tmp_path / "p.csv", head, rows)
    numbers = run("people", path, prefixes=(world.STREET,), match=["name_birth"], to="applied").counts
    assert numbers["new"] == 2


def test_care_lists_can_be_told_to_go_by_the_number_alone(run: Run, tmp_path: Path) -> None:
    world.make_street()
    home = Building.objects.get(name="嘉和苑1栋")
    Person.objects.create(
        county=home.county, cell_code=home.cell_code, building=home, name="周甲", birth_date="1950-01-02"
    )
    path = world.write_csv(
        tmp_path / "c.csv", ("姓名", "出生日期", "关爱类型"), [("周甲", "1950-01-02", "残疾人")]
    )
    assert run("care", path, prefixes=(world.STREET,)).counts["new"] == 1
    batch = run("care", path, prefixes=(world.STREET,), match=[])
    assert (batch.counts["rejected"], batch.profile["match"]) == (1, [])


def test_a_number_of_thousands_of_digits_is_refused(importer: Client, tmp_path: Path) -> None:
    page = sent(importer, people_file(tmp_path))
    work()
    answer = importer.post(f"{page}/mapping/save", {"heading_row": "9" * 5000}, follow=True)
    assert "18" in answer.content.decode()
    assert ImportBatch.objects.get().wanted == ""
    answer = importer.post(f"{page}/conflicts/decide", {"row": "9" * 5000, "choice": "keep"})
    assert answer.status_code == 302
    with pytest.raises(DomainError) as refused:
        whole("9" * 5000)
    assert (refused.value.code, refused.value.status) == ("number_too_long", 422)
    assert (whole("9" * 18), whole("²"), whole("-1")) == (10**18 - 1, 0, 0)


def test_a_kept_profile_reads_the_next_file_whatever_stands_behind_its_headings(
    importer: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    SavedProfile.objects.create(
        scope_code=world.STREET, name="名册", kind="people",
        data={"kind": "people", "recognise": False, "fields": {"name": "称呼", "id_no": "证号", "phone": "电话"}},
    )  # fmt: skip
    path = world.write_csv(
        tmp_path / "n.csv", ("称呼＊（必填）", " 证号 "), [("周甲", world.number("1980-01-02", 1))]
    )
    kept = SavedProfile.objects.get()
    page = upload(
        importer, path.read_bytes(), "n.csv", kind="cells", profile=str(kept.pk), datum="", county=""
    )
    batch = work()
    assert page.headers["Location"].endswith(str(batch.pk))
    assert (batch.kind, batch.counts["new"], batch.summary["missing_fields"]) == ("people", 1, ["phone"])
    call_command("importfile", "people", str(path), "--profile", "名册", "--by", "importer")
    assert "new 1" in capsys.readouterr().out
    call_command("importfile", "--list-profiles")
    assert "名册" in capsys.readouterr().out


def test_profiles_are_renamed_and_deleted_by_their_own_office_only(importer: Client) -> None:
    mine = SavedProfile.objects.create(
        scope_code=world.STREET, name="甲", kind="people", data={"kind": "people"}
    )
    SavedProfile.objects.create(scope_code=world.STREET, name="乙", kind="people", data={"kind": "people"})
    above = SavedProfile.objects.create(
        scope_code=world.COUNTY, name="丙", kind="people", data={"kind": "people"}
    )
    other = SavedProfile.objects.create(
        scope_code=world.OTHER_STREET, name="丁", kind="people", data={"kind": "people"}
    )
    shown = importer.get("/import/profiles").content.decode()
    assert "丙" in shown
    assert "丁" not in shown
    for name in ("乙", "", "people-plain", "x" * 61):
        importer.post(f"/import/profiles/{mine.pk}", {"name": name})
        mine.refresh_from_db()
        assert mine.name == "甲", name
    importer.post(f"/import/profiles/{mine.pk}", {"name": "新名"})
    mine.refresh_from_db()
    assert mine.name == "新名"
    for foreign in (above, other):
        importer.post(f"/import/profiles/{foreign.pk}", {"do": "delete"})
    importer.post(f"/import/profiles/{mine.pk}", {"do": "delete"})
    assert set(SavedProfile.objects.values_list("name", flat=True)) == {"乙", "丙", "丁"}


def test_a_refused_file_is_read_again_once_its_system_is_named(importer: Client, tmp_path: Path) -> None:
    path = tmp_path / "b.csv"
    path.write_text('wkt,name\n"POLYGON((113 23,113.001 23,113.001 23.001,113 23))",甲楼\n', encoding="utf-8")
    page = upload(importer, path.read_bytes(), "b.csv", datum="", county="").headers["Location"]
    assert work().error["code"] == "crs_undeclared"
    assert importer.get(f"{page}/mapping").status_code == 200
    importer.post(f"{page}/mapping/save", {"datum": "wgs84", "do": "check"})
    assert (work().state, work().counts["new"]) == ("checked", 1)
    importer.post(f"{page}/apply")
    work()
    assert Building.objects.filter(name="甲楼").count() == 1
    importer.post(f"{page}/mapping/save", {"datum": "gcj02", "do": "check"})
    assert ImportBatch.objects.get().state == "applied", "a settled import is not read anew"


def test_columns_beside_the_fields_can_be_left_out_and_constants_set(
    importer: Client, tmp_path: Path
) -> None:
    path = collection(tmp_path / "b.geojson", (square(113, 23), {"@id": "1", "甲": "楼一", "乙": "x"}))
    page = upload(importer, path.read_bytes(), county="").headers["Location"]
    batch = work()
    select = columns(batch)
    form = {
        select["甲"]: "name",
        select["乙"]: "-",
        "constant-use": "office",
        "constant-nothing": "1",
        "do": "check",
    }
    assert importer.post(f"{page}/mapping/save", form).headers["Location"].endswith("/mapping")
    del form["constant-nothing"]
    importer.post(f"{page}/mapping/save", form)
    work()
    importer.post(f"{page}/apply")
    work()
    made = Building.objects.get(name="楼一")
    assert (made.name, made.use, made.extra) == ("楼一", "office", {})


def test_the_mapping_is_nobody_elses_business(importer: Client, tmp_path: Path) -> None:
    page = sent(importer, people_file(tmp_path))
    work()
    other = somebody("other", "importer", "000202")
    assert other.get(f"{page}/mapping").status_code == 404
    assert other.post(f"{page}/mapping/save", {"do": "check"}).status_code == 404


@pytest.mark.parametrize(
    ("style", "text", "day_"),
    [
        ("dmy", "31/1/1990", "1990-01-31"),
        ("mdy", "1-31-1990", "1990-01-31"),
        ("dmy", "1990-01-31", "1990-01-31"),
    ],
)
def test_days_that_end_with_their_year(style: str, text: str, day_: str) -> None:
    from datetime import date

    assert day(text, How(today=date(2026, 1, 1), date_style=style)) == day_


def test_a_saved_mapping_survives_the_second_reading(importer: Client, run: Run, tmp_path: Path) -> None:
    """Asking twice reads twice the same: nothing of the first reading is left behind."""
    page = sent(importer, people_file(tmp_path))
    first = work()
    importer.post(f"{page}/mapping/save", {"do": "check"})
    second = work()
    assert first.counts == second.counts
    assert second.profile.get("fields", {}) == {}
