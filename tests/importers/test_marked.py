"""The uploader's own file with its faults marked: layout kept, faults coloured, for nobody else, and not for ever."""

from __future__ import annotations

import os
import re
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import xlsxwriter
from django.test import Client
from python_calamine import CalamineWorkbook

from gridmgmt.audit.models import AccessRecord
from gridmgmt.events.models import OutboxEvent
from gridmgmt.organisation.models import Grant, User
from importers import actions, files, jobs, marked
from importers.models import ImportBatch, MarkedCopy
from tests.importers import people_world as world
from tests.importers.conftest import Run
from tests.importers.test_pages import somebody, upload, work

pytestmark = pytest.mark.django_db
HEAD = ("备注", "姓名", "身份证号", "性别", "住址")
ROWS = (
    ("=1+1", "周甲", world.number("1980-01-02", 1), "女", "嘉和苑1栋501"),
    ("", "吴丙", world.number("1990-01-02", 3), "男", "嘉和苑1栋502"),
    ("+cmd", "郑丁", "123", "男", ""),
)


@pytest.fixture
def importer() -> Client:
    world.make_street()
    return somebody("importer", "importer", world.STREET)


def marked_copy(client: Client, page: str, tmp_path: Path) -> Path:
    """Asked for, made by the worker, taken."""
    client.post(f"{page}/marked")
    assert "every 2s" in client.get(page).content.decode()
    event = OutboxEvent.objects.filter(topic="import.copy_wanted").latest("id")
    jobs.mark(str(event.event_id), event.payload)
    assert "every 2s" not in client.get(f"{page}/marked/state").content.decode()
    answer = client.get(f"{page}/marked.xlsx")
    path = tmp_path / "marked.xlsx"
    path.write_bytes(b"".join(answer.streaming_content))
    return path


def sent(client: Client, path: Path) -> str:
    page = upload(client, path.read_bytes(), path.name, kind="people", datum="", county="")
    work()
    return str(page.headers["Location"])


def test_a_table_comes_back_as_it_was_with_its_faults_marked(importer: Client, tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "p.xlsx"))
    notes, sheet, hidden = book.add_worksheet("说明"), book.add_worksheet("人员"), book.add_worksheet("藏")
    notes.write_string(0, 0, "填表说明")
    hidden.write_string(0, 0, "x")
    hidden.hide()
    sheet.write_string(0, 0, "某社区人员登记表")
    for at, values in enumerate((HEAD, *ROWS), start=2):
        for column, value in enumerate(values):
            if value:
                sheet.write_string(at, column, value)
    book.close()
    page = sent(importer, tmp_path / "p.xlsx")
    path = marked_copy(importer, page, tmp_path)
    read = CalamineWorkbook.from_path(str(path))
    assert read.sheet_names == ["说明", "人员"]
    table = read.get_sheet_by_name("人员").to_python(skip_empty_area=False)
    assert table[0][0] == "某社区人员登记表"
    assert table[2] == [*HEAD, "导入检查结果"] or table[2] == [*HEAD, "Import findings"]
    for at, values in enumerate(ROWS, start=3):
        assert tuple(table[at][:5]) == values
    assert table[3][5] != ""
    assert table[4][5] == "", "a row without a fault has no reason"
    with zipfile.ZipFile(path) as parts:
        xml = parts.read("xl/worksheets/sheet2.xml").decode()
        comments = parts.read("xl/comments1.xml").decode()
    styles = dict(re.findall(r'<c r="([A-Z]+\d+)" s="(\d+)"', xml))
    assert styles["D4"] == styles["C6"] != styles["B4"], "sex against the ID number, and a wrong number"
    assert styles["D4"] != styles["D5"]
    assert {'ref="D4"', 'ref="C6"'} <= set(re.findall(r'ref="[A-Z]\d"', comments))
    assert "<f>" not in xml


def test_a_csv_comes_back_as_a_workbook_and_can_be_sent_again(
    importer: Client, run: Run, tmp_path: Path
) -> None:
    path = world.write_csv(tmp_path / "p.csv", HEAD, ROWS, encoding="gb18030")
    page = sent(importer, path)
    copy = marked_copy(importer, page, tmp_path)
    table = CalamineWorkbook.from_path(str(copy)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    assert [tuple(row[:5]) for row in table] == [HEAD, *ROWS]
    again = run("people", copy, prefixes=(world.STREET,))
    before = ImportBatch.objects.get(pk=page.rpartition("/")[2])
    for figure in ("new", "conflict", "rejected"):
        assert again.counts[figure] == before.counts[figure]


def test_it_is_for_the_uploader_alone_and_recorded(importer: Client, tmp_path: Path) -> None:
    page = sent(importer, world.write_csv(tmp_path / "p.csv", HEAD, ROWS))
    marked_copy(importer, page, tmp_path)
    taken = AccessRecord.objects.get()
    assert (taken.action, taken.row_count, taken.asked["kind"]) == ("exported", 3, "people")
    admin = somebody("boss", "admin", "009901")
    ImportBatch.objects.update(county="009901")
    assert admin.get(page).status_code == 200
    assert "marked.xlsx" not in admin.get(page).content.decode()
    assert admin.get(f"{page}/marked.xlsx").status_code == 403
    admin.post(f"{page}/marked")
    assert MarkedCopy.objects.get().asked_by == User.objects.get(username="importer").pk


def test_faults_can_be_marked_after_applying_for_some_days(importer: Client, tmp_path: Path) -> None:
    page = sent(importer, world.write_csv(tmp_path / "p.csv", HEAD, ROWS))
    importer.post(f"{page}/apply")
    batch = work()
    assert batch.state == "applied"
    marked_copy(importer, page, tmp_path)
    copy = MarkedCopy.objects.get()
    assert batch.applied_at is not None
    jobs.tidy(batch.applied_at + timedelta(hours=1))
    assert marked.path_of(copy).is_file()
    assert files.present() == {batch.pk}
    jobs.tidy(batch.applied_at + timedelta(days=4))
    assert not marked.path_of(copy).exists()
    assert files.present() == set()
    assert not MarkedCopy.objects.exists()
    importer.post(f"{page}/marked")
    assert not MarkedCopy.objects.exists(), "the file is gone"
    assert importer.get(f"{page}/marked.xlsx").status_code == 404


def test_a_file_without_faults_goes_at_once_and_a_discarded_one_takes_its_copy_along(
    importer: Client, tmp_path: Path
) -> None:
    good = world.write_csv(tmp_path / "g.csv", HEAD[1:4], [ROWS[1][1:4]])
    page = sent(importer, good)
    importer.post(f"{page}/apply")
    assert work().counts["rejected"] == 0
    assert files.present() == set()
    page = sent(importer, world.write_csv(tmp_path / "p.csv", HEAD, ROWS))
    marked_copy(importer, page, tmp_path)
    path = marked.path_of(MarkedCopy.objects.get())
    importer.post(f"{page}/discard")
    assert not path.exists()
    assert files.present() == set()


def test_a_copy_that_was_forgotten_while_it_was_made_is_not_left_behind(
    importer: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = sent(importer, world.write_csv(tmp_path / "p.csv", HEAD, ROWS))
    importer.post(f"{page}/marked")
    event = OutboxEvent.objects.filter(topic="import.copy_wanted").latest("id")
    folder = marked.path_of(MarkedCopy.objects.get()).parent
    write = marked._write

    def discarded_meanwhile(batch: ImportBatch, path: Path) -> int:
        rows = write(batch, path)
        marked.forget(batch)
        return rows

    monkeypatch.setattr(marked, "_write", discarded_meanwhile)
    jobs.mark("x", event.payload)
    assert list(folder.iterdir()) == []
    assert not MarkedCopy.objects.exists()


def test_a_copy_whose_making_breaks_leaves_no_part_of_itself(
    importer: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = sent(importer, world.write_csv(tmp_path / "p.csv", HEAD, ROWS))
    importer.post(f"{page}/marked")
    event = OutboxEvent.objects.filter(topic="import.copy_wanted").latest("id")
    folder = marked.path_of(MarkedCopy.objects.get()).parent

    def breaks(_batch: ImportBatch, path: Path) -> int:
        path.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(marked, "_write", breaks)
    with pytest.raises(OSError, match="disk full"):
        jobs.mark("x", event.payload)
    assert list(folder.iterdir()) == []
    assert MarkedCopy.objects.get().made_at is None, "it is tried again"


def test_files_that_no_copy_names_go_after_some_hours(importer: Client, tmp_path: Path) -> None:
    page = sent(importer, world.write_csv(tmp_path / "p.csv", HEAD, ROWS))
    marked_copy(importer, page, tmp_path)
    path = marked.path_of(MarkedCopy.objects.get())
    lost = path.with_suffix(".part")
    lost.write_bytes(b"half")
    now = datetime.now(UTC)
    jobs.tidy(now + timedelta(hours=5))
    assert {path, lost} == set(path.parent.iterdir()), "somebody may be writing it"
    jobs.tidy(now + timedelta(hours=7))
    assert set(path.parent.iterdir()) == {path}


def test_an_upload_that_is_being_taken_in_is_not_tidied_away() -> None:
    batch_id = actions.new_batch_id()
    folder = files.folder_of(batch_id)
    folder.mkdir(parents=True)
    (folder / "upload.csv").write_bytes(b"a,b")
    now = datetime.now(UTC)
    os.utime(folder, (0, 0))
    jobs.tidy(now + timedelta(hours=23))
    assert files.present() == {batch_id}
    jobs.tidy(now + timedelta(hours=25))
    assert files.present() == set(), "nobody came back to it"


def test_what_is_no_table_is_not_marked(importer: Client, tmp_path: Path) -> None:
    Grant.objects.update(scope_code="000101")
    page = upload(importer, b'{"type":"FeatureCollection","features":[]}').headers["Location"]
    work()
    importer.post(f"{page}/marked")
    assert not MarkedCopy.objects.exists()


def test_a_file_that_broke_meanwhile_is_told(importer: Client, tmp_path: Path) -> None:
    page = sent(importer, world.write_csv(tmp_path / "p.csv", HEAD, ROWS))
    importer.post(f"{page}/marked")
    batch = ImportBatch.objects.get()
    (files.folder_of(batch.pk) / batch.summary["file"]).write_bytes(b"a,b\n\x00")
    jobs.mark("x", OutboxEvent.objects.filter(topic="import.copy_wanted").latest("id").payload)
    assert MarkedCopy.objects.get().error == "nul_bytes"
    assert "nul_bytes" in importer.get(page).content.decode()
    jobs.mark("x", {"copy": "01a2183f-8772-766c-89a5-55e0dac55adf", "language": "en"})
