"""Triggers note what a write touched, also when it came from psql; drafts and untouched places are not noted."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from geodata.models import Building, Cell, TileDirt
from tests.geodata.tile_world import box_around, place_everything
from tests.world import ORIGIN, STREET, World

CELL = STREET + "001001"


@pytest.fixture
def placed(world: World) -> dict[str, Any]:
    things = place_everything()
    TileDirt.objects.all().delete()
    return things


def run(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def noted() -> list[tuple[str, int, int, int, int]]:
    return list(TileDirt.objects.values_list("layer", "x0", "y0", "x1", "y1"))


def corners(building: Building) -> tuple[float, float, float, float]:
    return building.geom.transform(3857, clone=True).extent


def test_an_edit_notes_the_box_it_left_and_the_box_it_entered(placed: dict[str, Any]) -> None:
    old = corners(placed["ours"])
    run("UPDATE geodata_building SET geom = ST_Translate(geom, 0.01, 0) WHERE id = %s", placed["ours"].pk)
    boxes = sorted(noted(), key=lambda row: row[1])
    assert [row[0] for row in boxes] == ["buildings", "buildings"]
    _layer, x0, _y0, _x1, y1 = boxes[0]
    assert x0 <= old[0] < x0 + 1
    assert y1 - 1 < old[3] <= y1
    assert boxes[1][1] - x0 == pytest.approx(1113, abs=2)


@pytest.mark.parametrize(
    ("table", "layer"),
    [
        ("geodata_area", "areas"),
        ("geodata_cell", "cells"),
        ("geodata_building", "buildings"),
        ("geodata_component", "components"),
        ("geodata_contextfeature", "context"),
    ],
)
def test_every_layers_table_is_watched(placed: dict[str, Any], table: str, layer: str) -> None:
    run(f"UPDATE {table} SET geom = ST_Translate(geom, 0, 0.0001)")
    assert {row[0] for row in noted()} == {layer}


def test_a_delete_is_noted(placed: dict[str, Any]) -> None:
    run("DELETE FROM geodata_organisation")
    assert {row[0] for row in noted()} == {"organisations"}


def test_drafts_of_cells_are_not_noted_until_they_become_active(world: World, placed: dict[str, Any]) -> None:
    run("UPDATE geodata_cell SET active = false WHERE id = %s", world.cells["A"].pk)
    TileDirt.objects.all().delete()
    run("UPDATE geodata_cell SET name = 'x' WHERE id = %s", world.cells["A"].pk)
    assert noted() == []
    run("UPDATE geodata_cell SET active = true WHERE id = %s", world.cells["A"].pk)
    assert [row[0] for row in noted()] == ["cells"]
    assert Cell.objects.filter(name="x", active=True).exists()


def test_a_write_that_touches_no_row_notes_nothing(placed: dict[str, Any]) -> None:
    run("UPDATE geodata_building SET floors = 1 WHERE code = 'nobody'")
    assert noted() == []


def test_a_mass_write_is_gathered_by_square(placed: dict[str, Any]) -> None:
    Building.objects.bulk_create(
        Building(
            county=CELL[:6], cell_code=CELL,
            geom=box_around(ORIGIN[0] + n % 50 * 0.0005, ORIGIN[1] - n // 50 * 0.0005, 0.0003),
        )
        for n in range(2000)
    )  # fmt: skip
    boxes = noted()
    assert 1 <= len(boxes) <= 16
    west, east = min(row[1] for row in boxes), max(row[3] for row in boxes)
    assert east - west == pytest.approx(2770, abs=40)
