"""What a waiting person is told: rows, rows a second, time left – and nothing where nobody knows."""

from __future__ import annotations

import zipfile
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from django.test import Client

from importers import batches
from importers.management.commands.importfile import progress_line
from importers.models import ImportBatch
from importers.pace import Pace, expected_rows, pace_of, reading_pace
from tests.importers import people_world as world
from tests.importers.conftest import AT, Run, collection, square
from tests.importers.test_pages import COUNTY, somebody, upload

ROWS = [(f"周{number}", str(number)) for number in range(5000)]


def test_rows_are_guessed_from_the_beginning_of_a_file(tmp_path: Path) -> None:
    table = world.write_csv(tmp_path / "a.csv", ("姓名", "号"), ROWS)
    assert expected_rows(table, "csv") == pytest.approx(5001, rel=0.1)
    book = world.write_xlsx(tmp_path / "a.xlsx", ("姓名", "号"), ROWS)
    assert expected_rows(book, "xlsx") == pytest.approx(5001, rel=0.1)
    shapes = collection(tmp_path / "a.geojson", *[(square(113, 23), {"@id": str(n)}) for n in range(300)])
    assert expected_rows(shapes, "geojson") == pytest.approx(300, rel=0.1)
    (tmp_path / "a.dbf").write_bytes(b"\x03\x7a\x01\x01" + (77).to_bytes(4, "little") + b"\x00" * 24)
    assert expected_rows(tmp_path / "a.shp", "shapefile") == 77


def test_what_cannot_be_guessed_is_not_known(tmp_path: Path) -> None:
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04nothing")
    assert expected_rows(tmp_path / "broken.xlsx", "xlsx") == 0
    damaged = tmp_path / "damaged.xlsx"
    with zipfile.ZipFile(damaged, "w", zipfile.ZIP_LZMA) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", "<row>" * 9999)
    content = bytearray(damaged.read_bytes())
    at = content.index(b"sheet1.xml") + len("sheet1.xml")
    content[at : at + 9] = b"\xff" * 9
    damaged.write_bytes(content)
    assert expected_rows(damaged, "xlsx") == 0
    with zipfile.ZipFile(tmp_path / "empty.xlsx", "w") as packed:
        packed.writestr("xl/workbook.xml", "")
    assert expected_rows(tmp_path / "empty.xlsx", "xlsx") == 0
    assert expected_rows(tmp_path / "missing.shp", "shapefile") == 0
    assert expected_rows(tmp_path / "x.gpkg", "gpkg") == 0


def test_pace_of_a_count() -> None:
    assert reading_pace(0, 1000, 5) == Pace()
    assert reading_pace(500, 1000, 1) == Pace(share=50)
    assert reading_pace(500, 1000, 5) == Pace(100, 5, 50)
    assert reading_pace(1500, 1000, 5) == Pace(300, None, 99), "more than guessed: no time is made up"
    assert reading_pace(500, 0, 5) == Pace(100, None, None)


def test_the_command_line_says_it_in_one_line() -> None:
    assert progress_line("checking", 0, 100, 3) == "checking"
    assert (
        progress_line("reading", 50_000, 100_000, 5) == "reading 50,000 rows  50 %  10,000 rows/s  0:05 left"
    )


@pytest.mark.django_db
def test_the_page_tells_rows_rate_and_time(tmp_path: Path) -> None:
    importer: Client = somebody("importer", "importer")
    page = upload(importer, b'{"type":"FeatureCollection","features":[]}').headers["Location"]
    batch = ImportBatch.objects.get()
    note = batches.note_progress(batch.pk)
    with patch.object(batches.connection, "in_atomic_block", new=False):
        note("expected", 100_000)
        note("reading", 0)
        note("reading", 40_000)
    batch.refresh_from_db()
    assert (batch.step, batch.rows_done, batch.rows_expected) == ("reading", 40_000, 100_000)
    assert batch.step_at is not None
    assert pace_of(batch, batch.step_at + timedelta(seconds=4)) == Pace(10_000, 6, 40)
    ImportBatch.objects.update(step_at=batch.step_at - timedelta(seconds=4))
    shown = importer.get(f"{page}/progress").content.decode()
    assert 'aria-valuenow="40"' in shown
    assert "rows/s" in shown or "每秒" in shown


@pytest.mark.django_db
def test_steps_without_a_count_take_as_long_as_earlier_ones(run: Run, tmp_path: Path) -> None:
    path = collection(
        tmp_path / "b.geojson", (square(113, 23), {"@id": "1"}), (square(113.1, 23), {"@id": "2"})
    )
    earlier = run("buildings", path, datum="wgs84", county=COUNTY, to="applied")
    assert set(earlier.summary["seconds"]) == {"reading", "applying"}
    ImportBatch.objects.filter(pk=earlier.pk).update(summary={"seconds": {"applying": 20.0}})
    batch = ImportBatch.objects.create(
        kind="buildings", file_name="x", format="csv", size_bytes=1, sha256="0", created_at=AT,
        counts={"in": 6}, wanted="applied", step="applying", step_at=AT,
    )  # fmt: skip
    assert pace_of(batch, AT + timedelta(seconds=15)) == Pace(None, 45, 25)
    batch.kind = "components"
    assert pace_of(batch, AT + timedelta(seconds=15)) == Pace()
