"""An importer writes inside their own area only, and names nothing of the server."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from geodata.models import Building
from importers.models import ImportBatch
from tests.importers.conftest import Run, collection, square
from tests.importers.test_pages import importer, somebody, upload  # noqa: F401 - a fixture
from tests.world import ORIGIN, OTHER, STEP, STREET, World

pytestmark = pytest.mark.django_db


def corner(shift: float) -> tuple[float, float]:
    """South-west corner of a small building well inside a street of the drawing."""
    return ORIGIN[0] + shift + STEP / 4, ORIGIN[1] - STEP / 2


@pytest.mark.parametrize("shift", [0.0, 0.02])
def test_a_building_of_another_street_is_not_taken_over(
    world: World, run: Run, tmp_path: Path, shift: float
) -> None:
    """Neither moved here nor changed there, although the file knows its number."""
    theirs = collection(
        tmp_path / "a.geojson", (square(*corner(0.02), 0.0005), {"@id": "1", "name": "theirs"})
    )
    run("buildings", theirs, to="applied", datum="wgs84")
    mine = collection(tmp_path / "b.geojson", (square(*corner(shift), 0.0005), {"@id": "1", "name": "mine"}))
    batch = run("buildings", mine, to="applied", datum="wgs84", prefixes=(STREET,))
    assert batch.counts["rejected"] == 1
    building = Building.objects.get()
    assert building.name == "theirs"
    assert building.cell_code.startswith(OTHER)


def test_the_form_names_no_file_of_the_server(importer: Client, tmp_path: Path) -> None:  # noqa: F811
    secret = tmp_path / "settings.json"
    secret.write_text('{"kind": "buildings", "source": "taken"}', encoding="utf-8")
    for path in (secret, tmp_path / "missing.json"):
        answer = upload(importer, b"{}", profile=str(path))
        assert answer.status_code == 422
        assert path.name in answer.content.decode()
    assert not ImportBatch.objects.exists()
