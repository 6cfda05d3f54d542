"""Tables and archives made to do harm: wide, unclosed, nested, linked, locked, disguised. One refusal or a reason a row."""

from __future__ import annotations

import json
import stat
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from geodata.errors import DomainError
from geodata.models import Building, Organisation, Person
from importers import actions, archive, files, limits
from tests.importers import people_world as world
from tests.importers.conftest import Run, codes, fates
from tests.importers.test_bad_input import packed, read_here, refused

SQUARE = "POLYGON((113 23,113.001 23,113.001 23.001,113 23))"


@pytest.mark.django_db
def test_three_hundred_columns_are_read_and_people_keep_none_of_them(run: Run, tmp_path: Path) -> None:
    more = [f"列{number}" for number in range(300)]
    path = world.write_csv(tmp_path / "b.csv", ("name", "wkt", *more), [("甲楼", SQUARE, *more)])
    batch = run("buildings", path, datum="wgs84", county="000101", to="applied")
    assert fates(batch) == {"new": 1}
    assert len(Building.objects.get().extra) == 300
    assert len(batch.summary["columns"]) == 301
    world.make_street()
    rows = [("周甲", world.number("1980-01-02", 1), *more)]
    people = world.write_csv(tmp_path / "p.csv", ("姓名", "身份证号", *more), rows)
    batch = run("people", people, prefixes=(world.STREET,), to="applied")
    assert len(batch.summary["dropped_columns"]) == 300
    assert "列7" not in json.dumps(
        [column["samples"] for column in batch.summary["columns"]], ensure_ascii=False
    )


def test_a_quote_that_never_closes_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "FEATURE_BYTES", 10_000)
    path = tmp_path / "a.csv"
    path.write_text('name,lon,lat\n甲,113,23\n"open,113,23\n' + "x,113,23\n" * 5_000, encoding="utf-8")
    assert refused(path, "organisations", datum="wgs84") == "file_broken"


def test_headings_that_differ_by_blanks_only_are_one_heading(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name, name ,lon,lat\na,b,113,23\n", encoding="utf-8")
    assert refused(path, "organisations", datum="wgs84") == "header_repeated"


@pytest.mark.parametrize("kind", ["link", "locked", "nested", "disguised"])
def test_archives_in_disguise(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.zip"
    wanted = {
        "link": "archive_unsafe_path",
        "locked": "archive_encrypted",
        "nested": "archive_empty",
        "disguised": "format_mismatch",
    }
    with zipfile.ZipFile(path, "w") as sink:
        if kind == "link":
            entry = zipfile.ZipInfo("a.csv")
            entry.external_attr = (stat.S_IFLNK | 0o777) << 16
            sink.writestr(entry, "/etc/passwd")
        elif kind == "nested":
            sink.write(packed(tmp_path / "inner.zip", ("a.csv", b"name\n")), "inner.zip")
        elif kind == "disguised":
            sink.writestr("a.gpkg", b'{"type":"FeatureCollection","features":[]}')
        else:
            sink.writestr("a.csv", b"name\n")
    if kind == "locked":
        data = bytearray(path.read_bytes())
        for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            data[data.index(mark) + offset] |= 1
        path.write_bytes(data)
    batch_id = actions.new_batch_id()
    with pytest.raises(DomainError) as caught:
        files.take_path(path, batch_id)
    assert caught.value.code == wanted[kind]
    assert not files.folder_of(batch_id).exists()


def test_a_shapefile_that_is_a_vrt_is_refused_inside_an_archive_too(tmp_path: Path) -> None:
    vrt = b"<OGRVRTDataSource><OGRVRTLayer name='x'><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
    path = packed(tmp_path / "a.zip", ("a.shp", vrt), ("a.dbf", b"\x03" + b"\x00" * 40), ("a.shx", vrt))
    with pytest.raises(DomainError) as caught:
        files.take_path(path, actions.new_batch_id())
    assert (caught.value.code, caught.value.data["found"]) == ("format_refused", "VRT")


def test_an_archive_of_small_bombs_is_stopped_by_its_sum(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", *[(f"{number}.csv", b"0" * 900_000) for number in range(40)])
    with pytest.raises(DomainError, match="archive_too_large"):
        archive.unpack(path, tmp_path / "t", limit=20_000_000)


@pytest.mark.django_db
def test_formulas_count_by_their_value_and_links_are_not_followed(run: Run, tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["name", "floors", "wkt"])
    sheet.write_formula(1, 0, '=WEBSERVICE("http://127.0.0.1/")', None, "甲楼")
    sheet.write_formula(1, 1, "=3+4", None, 7)
    sheet.write_string(1, 2, SQUARE)
    sheet.write_url(3, 0, "external:c:/x.xlsx#a!A1", string="乙楼")
    book.close()
    batch = run("buildings", tmp_path / "a.xlsx", datum="wgs84", county="000101", to="applied")
    assert (Building.objects.get(name="甲楼").floors, batch.counts["rejected"]) == (7, 1)


@pytest.mark.django_db
def test_naughty_strings_are_values_or_reasons_never_harm(
    shared_data: Path, run: Run, tmp_path: Path
) -> None:
    naughty = json.loads((shared_data / "naughty-strings" / "blns.json").read_text(encoding="utf-8"))
    texts = [text.replace("\x00", "") for text in naughty]
    shops = world.write_csv(
        tmp_path / "s.csv",
        ("名称", "地址", "经度", "纬度"),
        [(text, text, "113.1", "23.1") for text in texts],
    )
    batch = run("organisations", shops, datum="wgs84", county="000101", to="applied")
    assert sum(fates(batch).values()) == batch.counts["in"]
    assert batch.counts["new"] > 300
    assert Organisation.objects.filter(name__contains="<script>").exists(), (
        "kept as text, escaped where it is shown"
    )
    assert codes(batch) <= {
        "value_missing",
        "value_too_long",
        "repeated_in_file",
        "key_twice_in_file",
        "outside_areas",
    }
    world.make_street()
    people = world.write_csv(
        tmp_path / "p.csv",
        ("姓名", "身份证号", "电话", "住址", "出生日期", "与户主关系"),
        [(text, text, text, text, text, text) for text in texts],
    )
    batch = run("people", people, prefixes=(world.STREET,), to="applied")
    assert fates(batch) == {"rejected": batch.counts["in"]}
    assert not Person.objects.exists()


def test_control_characters_and_directions_do_not_reach_the_register(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name,lon,lat\n甲\u202e乙\u0007,113,23\n", encoding="utf-8")
    rows, _ = read_here(path, "organisations", datum="wgs84")
    assert all(mark not in "".join(rows[0]) for mark in ("\u202e", "\u0007"))
