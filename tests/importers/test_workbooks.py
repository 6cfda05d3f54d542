"""Workbooks: what a cell says, where the headings are, and files that were made to hurt."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from geodata.errors import DomainError
from geodata.models import Building
from importers import archive, files, sniff
from importers.models import BatchState, ImportBatch
from importers.reading import child, headings, sheets
from importers.reading.sheets import open_workbook

Run = Callable[..., ImportBatch]


def workbook(path: Path, fill: Callable[[Any], None]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        fill(book)
    return path


def table(path: Path, *rows: list[Any]) -> Path:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("名单")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)

    return workbook(path, fill)


def read(path: Path, form: str = "xlsx", sheet: str = "") -> list[tuple[int, list[str]]]:
    return list(open_workbook(path, form, sheet=sheet).numbered())


def refused(act: Callable[[], Any]) -> str:
    with pytest.raises(DomainError) as error:
        act()
    return error.value.code


def test_cells_are_read_as_people_see_them(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("名单")
        day = book.add_format({"num_format": 'yyyy"年"m"月"d"日"'})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        money = book.add_format({"num_format": '[Red]#,##0.00" days"'})
        sheet.write_row(0, 0, ["甲", "乙", "丙", "丁", "戊", "己", "庚", "辛"])
        sheet.write_string(1, 0, "𠮷·古丽")
        sheet.write_number(1, 1, 3)
        sheet.write_number(1, 2, 0.1)
        sheet.write_datetime(1, 3, date(1980, 1, 31), day)
        sheet.write_datetime(1, 4, datetime(2026, 2, 14, 17, 30), moment)  # noqa: DTZ001 - a cell has no zone
        sheet.write_boolean(1, 5, True)
        sheet.write_formula(1, 6, "=1+1", None, 2)
        sheet.write_number(1, 7, 29221, money)
        sheet.write_rich_string(2, 0, "红", book.add_format({"bold": True}), "旗", "路")
        sheet.write_datetime(2, 3, date(1900, 1, 31), day)

    (_, head), first, second = read(workbook(tmp_path / "a.xlsx", fill))
    assert head == list("甲乙丙丁戊己庚辛")
    assert first == (2, ["𠮷·古丽", "3", "0.1", "1980-01-31", "2026-02-14 17:30:00", "true", "2", "29221"])
    assert second == (3, ["红旗路", "", "", "1900-01-31"])


def test_days_count_from_1904_where_the_workbook_says_so(tmp_path: Path) -> None:
    path = tmp_path / "mac.xlsx"
    with xlsxwriter.Workbook(str(path), {"date_1904": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write_datetime(1, 0, date(1980, 1, 31), book.add_format({"num_format": 14}))
    assert read(path)[1] == (2, ["1980-01-31"])


def test_a_value_merged_downwards_stands_in_every_row(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("名单")
        sheet.merge_range("A1:C1", "某社区居民花名册")
        sheet.write_row(1, 0, ["户号", "姓名", "住址"])
        sheet.merge_range("A3:A5", "0001")
        sheet.merge_range("C4:C5", "示例路1号")
        for row, name in ((2, "甲"), (3, "乙"), (4, "丙"), (5, "丁")):
            sheet.write(row, 1, name)

    rows = read(workbook(tmp_path / "a.xlsx", fill))
    assert [values for _, values in rows[2:]] == [
        ["0001", "甲"],
        ["0001", "乙", "示例路1号"],
        ["0001", "丙", "示例路1号"],
        ["", "丁"],
    ]


def test_the_sheet_is_the_only_visible_table_or_the_named_one(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        for name in ("甲", "说明", "乙", "藏"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["只有一格"] if name == "说明" else ["名称", "层数"])
        sheet.hide()

    path = workbook(tmp_path / "a.xlsx", fill)
    assert refused(lambda: read(path)) == "sheet_needed"
    assert refused(lambda: read(path, sheet="丙")) == "sheet_unknown"
    grid = open_workbook(path, "xlsx", sheet="乙")
    assert grid.facts == {"sheet": "乙", "sheets": 4, "hidden_sheets": ["藏"]}
    assert grid.ref(7) == "乙!7"


@pytest.mark.django_db
def test_headings_are_found_below_titles_and_notes_are_left_out(run: Run, tmp_path: Path) -> None:
    path = table(
        tmp_path / "a.xlsx",
        ["", "示例街道楼栋台账"],
        [],
        ["楼栋名称*", "层数（地上）", "wkt"],
        ["必填，在网格内唯一", "可选，如 6", "必填"],
        ["甲楼", 6, "POLYGON((0 0, 0 1, 1 1, 0 0))"],
        ["乙楼", "六", "POLYGON((2 0, 2 1, 3 1, 2 0))"],
    )
    batch = run("buildings", path, to="applied", datum="wgs84", county="009901")
    assert batch.state == BatchState.APPLIED
    assert batch.summary["heading_row"] == 3
    assert batch.summary["hint_row"] == 4
    assert Building.objects.get(name="甲楼").floors == 6
    assert [one.ref for one in batch.findings.all() if one.severity == "error"] == ["名单!6"]


def test_a_cell_at_the_end_of_the_sheet_costs_nothing(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("名单")
        sheet.write_row(0, 0, ["名称", "层数"])
        sheet.write(1_048_575, 0, "尾")

    assert read(workbook(tmp_path / "a.xlsx", fill)) == [(1, ["名称", "层数"]), (1_048_576, ["尾"])]

    def too_wide(book: Any) -> None:
        sheet = book.add_worksheet("名单")
        sheet.write_row(0, 0, ["名称", "层数"])
        sheet.write(1_048_575, 16_383, "尾")

    assert refused(lambda: read(workbook(tmp_path / "b.xlsx", too_wide))) == "too_many_columns"


def rewritten(path: Path, part: str, change: Callable[[bytes], bytes]) -> Path:
    """The same workbook with one part changed."""
    target = path.with_stem(path.stem + "-changed")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as sink:
        for name in source.namelist():
            data = source.read(name)
            sink.writestr(name, change(data) if name == part else data)
    return target


SHEET = "xl/worksheets/sheet1.xml"


def bombed(data: bytes) -> bytes:
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
    return data.replace(b"?>", b"?>" + laughs, 1)


@pytest.mark.parametrize(
    ("part", "change"),
    [
        (SHEET, bombed),
        ("xl/sharedStrings.xml", bombed),
        (SHEET, lambda data: data[: len(data) // 2]),
        (SHEET, lambda data: data.replace(b"<v>1</v>", b"<v>99</v>")),
        (SHEET, lambda data: data.replace(b'r="B2"', b'r="\xc3\xa42"')),
        ("xl/workbook.xml", lambda _data: b""),
    ],
)
def test_broken_parts_are_one_refusal(tmp_path: Path, part: str, change: Callable[[bytes], bytes]) -> None:
    path = rewritten(table(tmp_path / "a.xlsx", ["名称", "地址"], ["甲", "乙"]), part, change)
    assert refused(lambda: read(path)) == "file_broken"


def test_a_workbook_that_unpacks_to_too_much_is_refused_at_the_door(tmp_path: Path) -> None:
    path = rewritten(
        table(tmp_path / "a.xlsx", ["名称", "地址"]), SHEET, lambda data: data + b" " * (200 << 20)
    )
    assert refused(lambda: archive.inspect(path)) == "archive_too_large"


def test_what_a_workbook_is_tells_its_content(tmp_path: Path) -> None:
    path = table(tmp_path / "a.xlsx", ["名称", "地址"])
    assert sniff.sniff(path) == sniff.XLSX
    wrong = path.rename(tmp_path / "a.csv")
    assert refused(lambda: sniff.sniff(wrong)) == "format_mismatch"
    locked = tmp_path / "locked.xlsx"
    locked.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    assert refused(lambda: sniff.sniff(locked)) == "format_mismatch"


def test_a_broken_old_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    assert sniff.sniff(path) == sniff.XLS
    assert refused(lambda: read(path, "xls")) == "file_broken"


MANIFEST = """<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">
<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>
</manifest:manifest>"""
SPACE = "urn:oasis:names:tc:opendocument:xmlns:"
WORD = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
SIX = '<table:table-cell office:value-type="float" office:value="6"><text:p>6</text:p></table:table-cell>'
ROW = "<table:table-row>{}</table:table-row>"
NAMES = " ".join(f'xmlns:{name}="{SPACE}{name}:1.0"' for name in ("office", "table", "text"))
ODS = (
    f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {NAMES}><office:body><office:spreadsheet>'
    f'<table:table table:name="表">{ROW.format(WORD.format("名称") + WORD.format("层数"))}'
    f"{ROW.format(WORD.format('甲楼') + SIX)}</table:table>"
    "</office:spreadsheet></office:body></office:document-content>"
)


def test_an_open_document_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.ods"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr("content.xml", ODS)
        packed.writestr("META-INF/manifest.xml", MANIFEST)
    assert sniff.sniff(path) == sniff.ODS
    assert read(path, "ods") == [(1, ["名称", "层数"]), (2, ["甲楼", "6"])]


def test_headings_with_marks_and_notes_are_the_same_heading() -> None:
    assert headings.plain("姓名＊ （必填）") == headings.plain("姓名")
    assert headings.plain("Built_Year") == "builtyear"
    assert headings.plain("（备注）") == "(备注)"
    assert not headings.is_hint(["甲楼", "6", "示例路 1 号"])


def test_the_template_of_another_system_is_read_without_its_notes(shared_data: Path) -> None:
    path = next((shared_data / "register-templates").glob("*.xlsx"))
    job = {
        "path": str(path),
        "format": "xlsx",
        "kind": "buildings",
        "profile": {"kind": "buildings", "layer": "Building"},
    }
    kind = child.kind_named("buildings")
    source = child._open(job, {"layer": "Building", "position": {"x": "经度", "y": "纬度"}}, kind)
    assert source.facts["hint_row"] == 2
    assert list(source.chunks) == []
    assert len(source.columns) == 29


def test_a_workbook_in_an_archive_is_taken_out(tmp_path: Path, settings: Any) -> None:
    path = table(tmp_path / "a.xlsx", ["名称", "地址"], ["甲", "乙"])
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.write(path, "名册/a.xlsx")
    stored = files.take_path(tmp_path / "a.zip", ImportBatch().pk)
    assert stored.format == sniff.XLSX
    assert read(stored.path)[1] == (2, ["甲", "乙"])


def test_the_streaming_reader_agrees_with_calamine(tmp_path: Path) -> None:
    rows = [[f"名{row}", row / 7, f"{row:018d}", "" if row % 3 else "x"] for row in range(300)]
    path = table(tmp_path / "a.xlsx", ["名称", "数", "号", "注"], *rows)
    names, rows_of = sheets._whole(path)
    other = [values for _, values in rows_of[names[0][0]]()]
    ours = [[*values, *[""] * (4 - len(values))] for _, values in read(path)]
    assert ours == other
