"""`manage importfile`: dry run by default, apply, undo, activation; its answer for scripts; the limits of the child."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from geodata.models import Area, Cell, Component, Edition
from gridmgmt.organisation.models import Grant, User
from importers.models import ImportBatch
from tests.importers.conftest import AT, collection, point, square

COUNTY = "000101"


def command(*words: str) -> dict[str, Any]:
    out = StringIO()
    call_command("importfile", *words, "--json", stdout=out)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


@pytest.mark.django_db
def test_dry_run_then_apply_then_undo(tmp_path: Path) -> None:
    path = collection(tmp_path / "c.geojson", (point(113, 23), {"编号": "1", "小类": "0121"}))
    words = [
        "components",
        str(path),
        "--datum=gcj02",
        f"--county={COUNTY}",
        "--map=编号=external_id",
        "--set=class_code=0121",
    ]
    dry = command(*words)
    assert (dry["state"], dry["counts"]["new"], Component.objects.count()) == ("checked", 1, 0)
    done = command(*words, "--apply")
    assert (done["batch"], done["state"]) == (dry["batch"], "applied")
    component = Component.objects.get()
    assert (component.code, component.source_datum) == (f"{COUNTY}0121000001", "gcj02")
    assert (component.source_x, component.source_y) == (113.0, 23.0)
    assert component.geom.x != 113.0
    assert component.extra == {"小类": "0121"}
    assert command("--undo", done["batch"])["state"] == "undone"
    assert Component.objects.count() == 0


@pytest.mark.django_db
def test_an_import_that_was_begun_is_taken_up_by_its_number(tmp_path: Path) -> None:
    path = collection(tmp_path / "c.geojson", (point(113, 23), {"@id": "1", "class_code": "0121"}))
    begun = command("components", str(path), "--datum=wgs84", f"--county={COUNTY}")
    path.unlink()
    again = command("--resume", begun["batch"])
    assert (again["batch"], again["state"]) == (begun["batch"], "checked")
    user = User.objects.create(username="narrow", name="n")
    Grant.objects.create(user=user, role="importer", scope_code="440104", valid_from=AT)
    with pytest.raises(CommandError, match=r"outside_your_scope"):
        call_command("importfile", "--resume-apply", begun["batch"], "--by=narrow")
    assert command("--resume-apply", begun["batch"])["state"] == "applied"
    assert Component.objects.count() == 1


@pytest.mark.django_db
def test_the_summary_names_figures_and_reasons(tmp_path: Path) -> None:
    path = collection(tmp_path / "c.geojson", (None, {"@id": "1", "class_code": "0121"}))
    out = StringIO()
    call_command("importfile", "components", str(path), "--datum=wgs84", f"--county={COUNTY}", stdout=out)
    assert "rejected 1" in out.getvalue()
    assert "feature 1: geometry_missing" in out.getvalue()


@pytest.mark.django_db
def test_refusals_end_with_status_two_and_their_code(tmp_path: Path) -> None:
    path = collection(tmp_path / "c.geojson", (point(113, 23), {}))
    for words, code in (
        (["components", str(path)], "crs_undeclared"),
        (["animals", str(path)], "kind_unknown"),
        (["components", str(tmp_path / "none.csv")], "file_missing"),
        (["components", str(path), "--profile=none"], "profile_unknown"),
        (["components", str(path), "--datum=mars"], "datum_unknown"),
    ):
        with pytest.raises(CommandError, match=code) as caught:
            call_command("importfile", *words, stdout=StringIO())
        assert caught.value.returncode == 2


@pytest.mark.django_db
def test_somebody_elses_grants_count_when_named(tmp_path: Path) -> None:
    user = User.objects.create(username="importer", name="importer")
    Grant.objects.create(user=user, role="importer", scope_code="440104", valid_from=AT.replace(year=2020))
    path = collection(tmp_path / "c.geojson", (point(113, 23), {"@id": "1", "class_code": "0121"}))
    answer = command("components", str(path), "--datum=wgs84", f"--county={COUNTY}", "--by=importer")
    assert answer["reasons"]["error"] == {"outside_scope": 1}
    assert ImportBatch.objects.get().created_by == user.pk


@pytest.mark.django_db
def test_cells_are_drafted_and_activated(tmp_path: Path) -> None:
    areas = collection(
        tmp_path / "a.geojson",
        (square(113, 23, 0.02), {"code": "000101", "name": "示例区"}),
        (square(113, 23, 0.02), {"code": "000101001", "name": "示例街道"}),
        (square(113, 23, 0.02), {"code": "000101001001", "name": "示例社区"}),
    )
    command("areas", str(areas), "--datum=wgs84", "--apply")
    assert Area.objects.get(code="000101001001").parent_id == "000101001"

    def half(west: float) -> dict[str, Any]:
        east = west + 0.01
        ring = [[west, 23], [east, 23], [east, 23.02], [west, 23.02], [west, 23]]
        return {"type": "Polygon", "coordinates": [ring]}

    cells = collection(
        tmp_path / "c.geojson",
        (half(113.0), {"网格编码": "000101001001001", "网格名称": "一号网格"}),
        (half(113.01), {"网格编码": "000101001001002"}),
    )
    answer = command("cells", str(cells), "--datum=wgs84", "--apply", "--activate")
    assert answer["facts"]["edition"]["state"] == "active"
    assert Cell.objects.filter(active=True).count() == 2
    assert Edition.objects.get().scope_code == "000101001001"
    lamp = collection(tmp_path / "l.geojson", (point(113.015, 23.01), {"@id": "1", "class_code": "0121"}))
    command("components", str(lamp), "--datum=wgs84", "--apply")
    assert Component.objects.get().cell_code == "000101001001002"
    again = command("cells", str(cells), "--datum=wgs84", "--apply")
    assert again["counts"]["same"] == 2
    with pytest.raises(CommandError, match="edition_not_draft"):
        command("--undo", answer["batch"])


LOCKED_IN = """
import os, socket, sys
from importers.reading.confine import confine
offline = confine(memory=1 << 30, cpu_seconds=20, scratch=0)
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=2).close()
    reached = "reached"
except OSError:
    reached = "refused"
try:
    with open(sys.argv[2], "w") as file:
        file.write("x" * 10000)
    wrote = "wrote"
except OSError:
    wrote = "kept"
print(offline, reached, wrote, os.getpriority(os.PRIO_PROCESS, 0))
"""


def test_the_child_reaches_no_address_writes_no_file_and_lets_others_go_first(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-c", LOCKED_IN, port, str(tmp_path / "x")],
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parents[2],
        )
    offline, reached, wrote, priority = done.stdout.split()
    assert (wrote, priority) == ("kept", "10")
    if offline == "True":
        assert reached == "refused"


def test_only_the_wanted_driver_is_left() -> None:
    code = (
        "from importers.reading.confine import keep_drivers; keep_drivers('GPKG'); import pyogrio;"
        "print(sorted(pyogrio.list_drivers()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.strip() == "['GPKG']"
