"""The importer's pages: upload, dry run, apply, undo – and who may not."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import CalamineWorkbook

from geodata.models import Building, Person
from gridmgmt.events.models import OutboxEvent
from gridmgmt.organisation.models import Grant, User
from importers import jobs
from importers.filling import FILLABLE
from importers.kinds import KINDS
from importers.models import ImportBatch
from tests.importers import people_world as world
from tests.importers.conftest import AT, Run, collection, square

pytestmark = pytest.mark.django_db
COUNTY = "000101"


def somebody(name: str, role: str, scope: str = COUNTY) -> Client:
    user = User.objects.create(username=name, name=name)
    Grant.objects.create(user=user, role=role, scope_code=scope, valid_from=AT.replace(year=2020))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def importer() -> Client:
    return somebody("importer", "importer")


def upload(client: Client, content: bytes, name: str = "b.geojson", **said: str) -> Any:
    form = {"kind": "buildings", "datum": "wgs84", "county": COUNTY, **said}
    return client.post("/import/new", {**form, "file": SimpleUploadedFile(name, content)})


def work() -> ImportBatch:
    """What the worker does for the latest wish."""
    event = OutboxEvent.objects.filter(topic="import.wanted").latest("id")
    jobs.run(str(event.event_id), event.payload)
    return ImportBatch.objects.get(pk=event.payload["batch"])


def good_file(tmp_path: Path) -> bytes:
    path = collection(
        tmp_path / "b.geojson", (square(113, 23), {"@id": "1", "name": "甲楼"}), (None, {"@id": "2"})
    )
    return path.read_bytes()


def test_from_upload_to_undo(importer: Client, tmp_path: Path) -> None:
    page = upload(importer, good_file(tmp_path)).headers["Location"]
    waiting = importer.get(f"{page}/progress")
    assert "HX-Refresh" not in waiting.headers
    assert work().state == "checked"
    assert importer.get(f"{page}/progress").headers["HX-Refresh"] == "true"
    shown = importer.get(page).content.decode()
    assert "没有位置" in shown or "There is no position" in shown
    assert Building.objects.count() == 0
    told = importer.get(f"{page}/report.json").json()
    assert (told["state"], told["counts"]["new"], told["sample"][0]["code"]) == (
        "checked",
        1,
        "geometry_missing",
    )
    importer.post(f"{page}/apply")
    assert work().state == "applied"
    assert Building.objects.get().name == "甲楼"
    jobs.run("again", {"batch": page.rpartition("/")[2], "state": "applied"})
    assert Building.objects.count() == 1
    importer.post(f"{page}/undo")
    assert work().state == "undone"
    assert Building.objects.count() == 0
    assert importer.get(page).status_code == 200


def test_a_refused_upload_says_why_and_leaves_nothing(importer: Client, tmp_path: Path) -> None:
    answer = upload(importer, b"<OGRVRTDataSource/>", "a.geojson")
    assert answer.status_code == 415
    assert "VRT" in answer.content.decode()
    assert ImportBatch.objects.count() == 0
    assert upload(importer, good_file(tmp_path), datum="epsg:99999").status_code == 400
    assert upload(importer, good_file(tmp_path), county="440104").status_code == 403


def test_a_file_refused_by_the_reader_is_told_on_its_page(importer: Client) -> None:
    page = upload(importer, b'{"type":"FeatureCollection","features":[{]}').headers["Location"]
    assert work().state == "failed"
    shown = importer.get(page).content.decode()
    assert "alert-danger" in shown
    importer.post(f"{page}/apply")
    assert ImportBatch.objects.get().wanted == ""


def test_only_importers_may_come_in_and_only_to_their_own(importer: Client, tmp_path: Path) -> None:
    page = upload(importer, good_file(tmp_path)).headers["Location"]
    work()
    assert Client().get("/import/").status_code == 302
    worker = somebody("worker", "worker")
    neighbour = somebody("neighbour", "importer", "440104")
    assert worker.get("/import/").status_code == 403
    assert upload(worker, good_file(tmp_path)).status_code == 403
    for path in (page, f"{page}/progress", f"{page}/findings.csv", f"{page}/report.json"):
        assert neighbour.get(path).status_code == 404, path
    assert neighbour.post(f"{page}/apply").status_code == 404
    assert ImportBatch.objects.get().state == "checked"
    assert "b.geojson" not in neighbour.get("/import/").content.decode()


def test_a_narrower_importer_cannot_apply_a_wider_import(importer: Client, tmp_path: Path) -> None:
    page = upload(importer, good_file(tmp_path)).headers["Location"]
    work()
    user = User.objects.get(username="importer")
    user.grants.update(scope_code="000101001")
    importer.post(f"{page}/apply")
    assert ImportBatch.objects.get().wanted == ""


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "＝1+1", "\u3000@SUM(1)", "-2+3"])
def test_findings_leave_as_text_not_as_formulas(importer: Client, tmp_path: Path, text: str) -> None:
    path = collection(tmp_path / "b.geojson", (square(113, 23), {"@id": "1", "floors": text}))
    page = upload(importer, path.read_bytes()).headers["Location"]
    work()
    answer = importer.get(f"{page}/findings.csv")
    (row,) = [
        row
        for row in csv.reader(b"".join(answer.streaming_content).decode("utf-8-sig").splitlines())
        if row[2].startswith("value_")
    ]
    assert row[-1].startswith("'")


def test_the_list_needs_few_queries(
    importer: Client, run: Run, tmp_path: Path, django_assert_max_num_queries: Any
) -> None:
    for number in range(3):
        path = collection(tmp_path / f"{number}.geojson", (square(113, 23), {"@id": str(number)}))
        run("buildings", path, datum="wgs84", county=COUNTY)
    with django_assert_max_num_queries(12):
        assert importer.get("/import/").status_code == 200


def test_an_operator_answers_addresses_and_checks_again(importer: Client, tmp_path: Path) -> None:
    street = world.make_street()
    Grant.objects.update(scope_code=world.STREET)
    rows = [
        ("周甲", world.number("1980-01-02", 1), "嘉禾苑1栋501"),
        ("周乙", world.number("1980-01-02", 3), "无名巷7号"),
    ]
    path = world.write_csv(tmp_path / "p.csv", ("姓名", "身份证号", "住址"), rows)
    page = upload(importer, path.read_bytes(), "p.csv", kind="people", datum="", county="009901").headers[
        "Location"
    ]
    batch = work()
    assert (batch.counts["new"], batch.questions.count()) == (2, 2)
    assert "/addresses" in importer.get(page).content.decode()
    shown = importer.get(f"{page}/addresses").content.decode()
    assert "嘉禾苑1栋" in shown
    assert "501" not in shown, "a room is nobody's business here"
    question = batch.questions.get(text="嘉禾苑1栋")
    unknown = batch.questions.get(text="无名巷7号")
    foreign = importer.post(
        f"/import/addresses/{question.pk}", {"building": str(street["邻"].pk)}, follow=True
    )
    assert batch.questions.filter(decided_at=None).count() == 2
    assert "alert" in foreign.content.decode()
    importer.post(f"/import/addresses/{question.pk}", {"building": str(street["嘉1"].pk)})
    search = importer.get(f"{page}/addresses?question={unknown.pk}&q=砚屿路9").content.decode()
    assert str(street["路9"].pk) in search
    assert (
        str(street["邻"].pk)
        not in importer.get(f"{page}/addresses?question={unknown.pk}&q=邻").content.decode()
    )
    importer.post(f"/import/addresses/{unknown.pk}", {"building": str(street["路9"].pk)})
    importer.post(f"{page}/check")
    batch = work()
    assert "address_unsure" not in batch.summary["reasons"]["note"]
    importer.post(f"{page}/apply")
    work()
    assert set(Person.objects.values_list("building", flat=True)) == {street["嘉1"].pk, street["路9"].pk}
    assert importer.get(f"{page}/addresses").status_code == 200
    assert somebody("other", "importer", "000202").get(f"{page}/addresses").status_code == 404


@pytest.mark.parametrize("kind", FILLABLE)
def test_a_template_is_recognised_as_it_comes(importer: Client, run: Run, tmp_path: Path, kind: str) -> None:
    world.make_street()
    sent = importer.get(f"/import/template/{kind}.xlsx")
    path = tmp_path / "t.xlsx"
    path.write_bytes(sent.content)
    batch = run(kind, path, prefixes=(world.STREET,))
    assert batch.counts["in"] == 0
    assert batch.summary["hint_row"] == 2
    assert not batch.summary["dropped_columns"]
    fields = {field.name for field in KINDS[kind].fields if field.headings}
    assert set(batch.summary["mapping"]) == fields


def test_findings_as_a_workbook_run_no_formula(importer: Client, run: Run, tmp_path: Path) -> None:
    world.make_street()
    rows = [("周甲", "x", "=1+1"), ("", world.number("1980-01-02", 3), "")]
    path = world.write_csv(tmp_path / "p.csv", ("姓名", "身份证号", "所属网格"), rows)
    batch = run("people", path, prefixes=(world.STREET,), county="009901")
    User.objects.filter(username="importer").update(is_superuser=True)
    sent = importer.get(f"/import/{batch.pk}/findings.xlsx")
    found = tmp_path / "f.xlsx"
    found.write_bytes(sent.content)
    sheet = CalamineWorkbook.from_path(str(found)).get_sheet_by_index(0).to_python()
    assert len(sheet) == 1 + batch.findings.count()
    assert {row[2] for row in sheet[1:]} == set(batch.findings.values_list("code", flat=True))
    assert b"<f>" not in zipfile.ZipFile(found).read("xl/worksheets/sheet1.xml")
