"""Points that lie beside the places they name by one constant vector are told, with the likely datum; nothing is shifted."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command

from geodata.crs import from_wgs84, to_wgs84
from geodata.datum_guess import Guess, Verdict, guess
from geodata.models import Building, Organisation
from importers import report
from importers.models import ImportBatch
from tests.importers import people_world as world
from tests.importers.conftest import Run, collection, point

HERE = [(113.26 + 0.0011 * (n % 8), 23.12 + 0.0009 * (n // 8)) for n in range(40)]


def told(datum: str, declared: str = "wgs84", *, noise: float = 0.0, of: int = 40, mixed: int = 0) -> Guess:
    """Places as points that are really in one datum and were read in another."""
    chance = random.Random(7)
    read, places = [], []
    for number, (lon, lat) in enumerate(HERE[:of]):
        x, y = from_wgs84(lon, lat, declared if number < mixed else datum)

        there = to_wgs84(x, y, declared)
        read.append((there.lon + chance.uniform(-noise, noise), there.lat + chance.uniform(-noise, noise)))
        places.append((lon, lat))
    return guess(np.array(read), np.array(places), declared)


@pytest.mark.parametrize(
    ("datum", "declared", "low", "high", "azimuths"),
    [
        ("gcj02", "wgs84", 540, 670, (75, 125)),
        ("bd09", "wgs84", 1200, 1350, (52, 90)),
        ("wgs84", "gcj02", 540, 670, (255, 305)),
        ("gcj02", "epsg:4547", 540, 670, (75, 125)),
        ("bd09", "gcj02", 850, 990, (20, 70)),
    ],
)
def test_a_constant_offset_names_the_likely_datum(
    datum: str, declared: str, low: int, high: int, azimuths: tuple[int, int]
) -> None:
    found = (
        told(datum, declared, noise=0.0003)
        if not declared.startswith("epsg")
        else told(datum, "wgs84", noise=0.0003)
    )
    assert (found.verdict, found.likely) == (Verdict.OFFSET, datum)
    assert low <= found.metres <= high
    assert azimuths[0] <= found.azimuth <= azimuths[1]


def test_right_points_noise_and_few_points_say_nothing() -> None:
    assert told("wgs84", noise=0.0005).verdict is Verdict.FITS
    assert told("wgs84", noise=0.02).verdict is Verdict.FITS, "scattered, but in no one direction"
    assert told("gcj02", of=9).verdict is Verdict.TOO_FEW
    chance = random.Random(3)
    lost = np.array(
        [(lon + chance.choice((-1, 1)) * 0.006, lat + chance.choice((-1, 1)) * 0.002) for lon, lat in HERE]
    )
    assert guess(lost, np.array(HERE), "wgs84").verdict is not Verdict.OFFSET


def test_a_mixture_is_told_as_one() -> None:
    found = told("gcj02", mixed=24)
    assert (found.verdict, found.likely, found.share) == (Verdict.MIXED, "gcj02", 0.4)
    assert told("gcj02", mixed=35).verdict is Verdict.FITS, "a few odd points are no mixture"


def shops(path: Path, datum: str, number: int = 12) -> Path:
    """Shops at the door of a building each, with its address, in a datum."""
    made = []
    for at in range(number):
        lon, lat = 113.01 + 0.0012 * at, 23.02
        Building.objects.create(
            county=world.COUNTY, cell_code=f"{world.COMMUNITY}001", geom=world.box(lon, lat, 0.0004),
            address=f"砚屿路{100 + at}号", use="commercial",
        )  # fmt: skip
        x, y = from_wgs84(lon + 0.0002, lat + 0.0002, datum)
        made.append((point(x, y), {"@id": str(at), "name": f"店{at}", "address": f"砚屿路{100 + at}号一层"}))
    return collection(path, *made)


@pytest.mark.django_db
@pytest.mark.parametrize("right", [True, False])
def test_the_batch_warns_and_shifts_nothing(
    run: Run, tmp_path: Path, right: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    world.make_street()
    path = shops(tmp_path / "s.geojson", "gcj02")
    datum = "gcj02" if right else "wgs84"
    batch = run("organisations", path, datum=datum, county=world.COUNTY, to="applied")
    check = batch.summary["datum_check"]
    assert batch.counts["new"] == 12
    if right:
        assert check == {"verdict": "fits", "points": 12}
        assert report.datum_text(batch) == ""
        return
    assert (check["verdict"], check["likely"], check["declared"]) == ("offset", "gcj02", "wgs84")
    assert str(check["metres"]) in report.datum_text(batch)
    moved = Organisation.objects.get(name="店0").geom
    assert moved.distance(Building.objects.get(address="砚屿路100号").geom) > 0.004, (
        "what was said is what is kept"
    )
    call_command("importfile", "organisations", str(path), "--datum", "wgs84", "--county", world.COUNTY)
    assert "WARNING" in capsys.readouterr().out
    call_command(
        "importfile", "organisations", str(path), "--datum", "wgs84", "--county", world.COUNTY, "--json"
    )
    assert json.loads(capsys.readouterr().out)["facts"]["datum_check"]["likely"] == "gcj02"


@pytest.mark.django_db
def test_few_shops_are_no_ground_for_a_warning(run: Run, tmp_path: Path) -> None:
    world.make_street()
    batch = run(
        "organisations", shops(tmp_path / "s.geojson", "gcj02", 4), datum="wgs84", county=world.COUNTY
    )
    assert batch.summary["datum_check"] == {"verdict": "too_few", "points": 4}
    assert ImportBatch.objects.get().counts["new"] == 4
