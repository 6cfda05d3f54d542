"""What is in a tile: the right things at the right zoom, nothing of other people's areas, nothing personal, not too much."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.contrib.gis.geos import Point
from django.db import connection

from geodata.errors import DomainError
from geodata.models import Building, Component
from geodata.tiles import query, statements
from geodata.tiles.layers import LAYERS, selection, tile_at
from geodata.tiles.squares import Tile
from tests.geodata.tile_world import CANARY, box_around, decoded, place_everything, tile_over
from tests.world import ORIGIN, OTHER, STREET, World

ALL = "+".join(LAYERS)
# Every column a tile may carry. A new one is a decision, taken here and in docs/layers.md.
ALLOWED = {
    "context": {"kind", "subclass", "rank", "name"},
    "areas": {"code", "level", "name", "name_en"},
    "area_labels": {"code", "level", "name", "name_en"},
    "cells": {"code", "name"},
    "cell_labels": {"code", "name"},
    "buildings": {"id", "name", "use", "floors", "height"},
    "building_points": {"use", "floors", "n"},
    "components": {"code", "class_code", "state"},
    "component_groups": {"n"},
    "organisations": {"id", "name", "kind"},
    "organisation_groups": {"n"},
}


@pytest.fixture
def placed(world: World) -> dict[str, Any]:
    return place_everything()


def test_tiles_carry_allowed_columns_only(placed: dict[str, Any]) -> None:
    for z in range(19):
        for layer, features in decoded(ALL, tile_over(placed["ours"].geom, z), "").items():
            for properties in features:
                assert set(properties) <= ALLOWED[layer], (layer, z)


def test_nothing_hidden_and_nothing_of_another_street_is_in_the_bytes(placed: dict[str, Any]) -> None:
    for place, z in itertools.product(placed.values(), range(19)):
        raw = query.raw_tile(selection(ALL), tile_over(place.geom, z), (STREET,))
        assert CANARY.encode() not in raw
        assert b"theirs" not in raw
        assert OTHER.encode() not in raw
        assert str(placed["theirs"].pk).encode() not in raw


def test_every_statement_lists_its_columns() -> None:
    for name, text in vars(statements).items():
        if name.isupper():
            assert not re.search(r"SELECT\s+(\w+\.)?\*", text), name


@pytest.mark.parametrize(
    ("z", "expected"),
    [
        (11, {"context", "areas", "area_labels", "cells"}),
        (12, {"context", "areas", "area_labels", "cells", "building_points"}),
        (13, {"context", "areas", "area_labels", "cells", "building_points"}),
        (14, {"context", "areas", "area_labels", "cells", "cell_labels", "building_points", "component_groups",
              "organisation_groups"}),
        (15, {"context", "areas", "area_labels", "cells", "cell_labels", "buildings", "component_groups",
              "organisation_groups"}),
        (16, {"context", "areas", "cells", "buildings", "components", "organisations"}),
    ],
)  # fmt: skip
def test_each_zoom_shows_its_layers(placed: dict[str, Any], z: int, expected: set[str]) -> None:
    shown = {
        name for name, features in decoded(ALL, tile_over(placed["ours"].geom, z), "").items() if features
    }
    assert shown - {"cell_labels", "area_labels"} == expected - {"cell_labels", "area_labels"}
    assert z > 15 or shown == expected


def test_a_cell_worker_sees_the_own_cell_and_no_other(placed: dict[str, Any]) -> None:
    shown = decoded(ALL, tile_over(placed["ours"].geom, 14), STREET + "001001")
    assert [cell["code"] for cell in shown["cells"]] == [STREET + "001001"]
    assert "areas" not in shown or not shown["areas"]
    assert len(shown["building_points"]) == 1
    assert shown["context"], "context is everybody's"


def test_drafts_are_not_shown(placed: dict[str, Any], world: World) -> None:
    world.cells["A"].active = False
    world.cells["A"].save()
    codes = {cell["code"] for cell in decoded("cells", tile_over(placed["ours"].geom, 16), "")["cells"]}
    assert world.cells["A"].code not in codes


def test_a_prefix_is_text_and_not_a_pattern(placed: dict[str, Any]) -> None:
    assert (
        query.raw_tile(selection("cells+buildings"), tile_over(placed["ours"].geom, 15), ("%", "_____"))
        == b""
    )


def test_an_empty_place_gives_an_empty_tile(placed: dict[str, Any]) -> None:
    assert query.raw_tile(selection(ALL), Tile(14, 0, 0), ("",)) == b""
    assert query.light_tile(selection(ALL), Tile(14, 0, 0), ("",)) == b""


def test_groups_count_what_they_stand_for(placed: dict[str, Any]) -> None:
    cell = STREET + "001001"
    Component.objects.bulk_create(
        Component(
            county=cell[:6], cell_code=cell, code=f"{cell[:6]}0202{n:06d}", class_code="0202",
            geom=Point(ORIGIN[0] + 0.0005 + n * 1e-6, ORIGIN[1] - 0.0015, srid=4326),
        )
        for n in range(50)
    )  # fmt: skip
    shown = decoded("components", tile_over(placed["ours"].geom, 14), STREET)
    assert sum(group["n"] for group in shown["component_groups"]) == 51


@pytest.mark.parametrize("z", [14, 15, 16])
def test_a_crowded_tile_is_thinned_below_100_kb(placed: dict[str, Any], z: int) -> None:
    """Far denser than any real town: 6,000 footprints on one z16 tile's ground, each with a name of its own."""
    cell = STREET + "001001"
    west, south = ORIGIN[0], ORIGIN[1] - 0.004
    Building.objects.bulk_create(
        Building(
            county=cell[:6], cell_code=cell, floors=n % 30, name=f"{n * 7919 % 10007}号楼",
            geom=box_around(west + n % 80 * 0.00005, south + n // 80 * 0.00005, 0.00002 + n % 7 * 0.000005),
        )
        for n in range(6000)
    )  # fmt: skip
    tile = tile_over(box_around(west + 0.002, south + 0.002), z)
    heavy = query.pack(query.raw_tile(selection("buildings"), tile, ("",)))
    light = query.light_tile(selection("buildings"), tile, ("",))
    assert z != 15 or len(heavy) > query.HEAVY_BYTES, "the crowd is not heavy enough to test anything"
    assert 0 < len(light) <= query.HEAVY_BYTES


def test_a_tile_is_one_query(placed: dict[str, Any], django_assert_num_queries: Any) -> None:
    tile = tile_over(placed["ours"].geom, 16)
    seen = []
    with connection.execute_wrapper(lambda *args: seen.append(args)):
        query.raw_tile(selection(ALL), tile, ("",))
    assert seen == [], "tiles bypass Django's cursor: one prepared statement on the bare connection"


@pytest.mark.parametrize(
    ("address", "code", "status"),
    [
        (("a", "0", "0"), "tile_address_invalid", 400),
        (("1.0", "0", "0"), "tile_address_invalid", 400),
        (("-1", "0", "0"), "tile_address_invalid", 400),
        (("１", "0", "0"), "tile_address_invalid", 400),
        (("1", "99999999999", "0"), "tile_address_invalid", 400),
        (("23", "0", "0"), "tile_out_of_range", 404),
        (("3", "8", "0"), "tile_out_of_range", 404),
        (("3", "0", "8"), "tile_out_of_range", 404),
    ],
)
def test_addresses_that_cannot_be_are_named(address: tuple[str, str, str], code: str, status: int) -> None:
    with pytest.raises(DomainError) as caught:
        tile_at(*address)
    assert (caught.value.code, caught.value.status) == (code, status)


@pytest.mark.parametrize(
    ("text", "code"),
    [("persons", "tile_layer_unknown"), ("", "tile_layer_unknown"), ("cells+cells", "tile_layer_repeated")],
)
def test_layers_that_cannot_be_are_named(text: str, code: str) -> None:
    with pytest.raises(DomainError) as caught:
        selection(text)
    assert caught.value.code == code


def test_the_order_of_layers_does_not_matter() -> None:
    assert selection("buildings+areas") == selection("areas+buildings")


def test_every_layer_and_column_is_documented() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "layers.md").read_text(encoding="utf-8")
    for name in [*LAYERS, *ALLOWED]:
        assert f"`{name}`" in page, name
    for column in set().union(*ALLOWED.values()):
        assert re.search(rf"\b{column}\b", page), column


SAME_SHAPE = f"""
{statements.HEAD}
SELECT ours, theirs, ST_Area(ours), ST_Area(theirs), ST_Area(ST_SymDifference(ST_MakeValid(ours), theirs)), ST_Perimeter(theirs),
       ST_IsPolygonCCW(ours), ST_IsPolygonCCW(theirs), ST_XMin(ours) >= -65 AND ST_YMax(ours) <= 4096 + 65
FROM (SELECT {statements.clipped("c.geom_3857")} AS ours, ST_AsMVTGeom(c.geom_3857, tile.box, 4096, 64) AS theirs
      FROM tile, geodata_cell c WHERE c.active AND c.geom_3857 && tile.reach AND c.code ^@ ANY(tile.prefixes) AND $5::int = 1
      OFFSET 0) shown WHERE theirs IS NOT NULL
"""


@pytest.mark.parametrize("z", [14, 15, 16, 18, 20, 22])
def test_a_cut_polygon_is_the_one_postgis_would_give(placed: dict[str, Any], z: int) -> None:
    tile = tile_over(placed["ours"].geom, z)
    with query.bare_link() as link, psycopg.RawCursor(link) as cursor:
        rows = cursor.execute(SAME_SHAPE.encode(), (tile.z, tile.x, tile.y, [STREET], 1)).fetchall()
    assert rows
    for *_, ours, theirs, apart, edge, turned, as_they_turn, inside in rows:
        assert abs(ours - theirs) <= edge
        assert apart <= edge
        assert turned == as_they_turn
        assert inside


def test_a_polygon_smaller_than_a_unit_is_left_out(placed: dict[str, Any]) -> None:
    ours = placed["ours"]
    spot = ours.geom.centroid
    dot = box_around(spot.x, spot.y, 1e-7)
    Building.objects.filter(pk=ours.pk).update(geom=dot, name="punkt")
    tile = tile_over(dot, 15)
    assert b"punkt" not in query.raw_tile(selection("buildings"), tile, (STREET,))
