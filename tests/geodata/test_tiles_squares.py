"""Arithmetic of squares: an edit raises the revisions of the tiles it touches, and of no others."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.tiles import squares
from geodata.tiles.squares import HALF_M, MARGIN, WORLD_M, Box, Tile, fields_of, fields_touched, touched

SMALL_M = 60.0


@st.composite
def tiles(draw: st.DrawFn) -> Tile:
    z = draw(st.integers(0, 20))
    return Tile(z, draw(st.integers(0, (1 << z) - 1)), draw(st.integers(0, (1 << z) - 1)))


@st.composite
def boxes_near(draw: st.DrawFn, size: float = SMALL_M) -> tuple[Tile, Box]:
    """A tile and a box within about a tile's width of it, so that both answers occur."""
    tile = draw(tiles())
    width = WORLD_M / (1 << tile.z)
    x = tile.x * width - HALF_M + draw(st.floats(-1, 2)) * width
    y = HALF_M - tile.y * width - draw(st.floats(-1, 2)) * width
    return tile, Box(x, y, x + draw(st.floats(0, size)), y + draw(st.floats(0, size)))


def meets(tile: Tile, box: Box) -> bool:
    """Independent of the code under test: does the box meet the square with its margin?"""
    width = WORLD_M / (1 << tile.z)
    west, north = tile.x * width - HALF_M, HALF_M - tile.y * width
    edge = MARGIN * width
    return (
        box.x0 <= west + width + edge
        and box.x1 >= west - edge
        and box.y0 <= north + edge
        and box.y1 >= north - width - edge
    )


def inside_world(box: Box) -> bool:
    return max(abs(box.x0), abs(box.x1), abs(box.y0), abs(box.y1)) < HALF_M


@given(boxes_near())
def test_a_small_edit_changes_exactly_the_tiles_it_meets(case: tuple[Tile, Box]) -> None:
    tile, box = case
    if tile.z > squares.FINEST or not inside_world(box):
        return
    # Right on the edge of the margin rounding may decide either way.
    nearly = [meets(tile, Box(box.x0 - d, box.y0 - d, box.x1 + d, box.y1 + d)) for d in (-1e-3, 1e-3)]
    if nearly[0] != nearly[1]:
        return
    assert bool(fields_touched([box]) & set(fields_of(tile))) == nearly[0]


@given(boxes_near(size=300_000))
def test_a_large_edit_misses_no_tile_it_meets(case: tuple[Tile, Box]) -> None:
    tile, box = case
    if meets(tile, box) and inside_world(box):
        assert fields_touched([box]) & set(fields_of(tile))


def test_a_buildings_edit_raises_few_revisions_and_a_countys_not_many_more() -> None:
    building = Box(12_690_000, 2_369_000, 12_690_050, 2_369_040)
    county = Box(12_690_000, 2_369_000, 12_730_000, 2_409_000)
    assert len(fields_touched([building])) < 60
    assert len(fields_touched([county])) < 600


def test_tiles_below_the_finest_zoom_share_their_ancestors_fate() -> None:
    deep = Tile(20, 856_400, 460_000)
    assert fields_of(deep)[0] == str(deep.at(18))


@given(tiles())
def test_a_square_touches_itself_and_with_margin_its_neighbours(tile: Tile) -> None:
    width = WORLD_M / (1 << tile.z)
    x, y = (tile.x + 0.5) * width - HALF_M, HALF_M - (tile.y + 0.5) * width
    centre = Box(x, y, x, y)
    assert list(touched(centre, tile.z)) == [tile]
    whole = Box(x - width / 2, y - width / 2, x + width / 2, y + width / 2)
    assert tile in set(touched(whole, tile.z))


def test_bounds_are_degrees() -> None:
    west, south, east, north = Box(-HALF_M, -HALF_M, HALF_M, HALF_M).bounds()
    assert (west, east) == (-180, 180)
    assert math.isclose(north, 85.051129, abs_tol=1e-5)
    assert math.isclose(south, -85.051129, abs_tol=1e-5)


@pytest.mark.parametrize(
    ("z", "x", "y"), [(0, 1, 0), (3, 8, 0), (3, 0, 8), (23, 0, 0), (-1, 0, 0), (3, -1, 0)]
)
def test_addresses_outside_the_pyramid_do_not_exist(z: int, x: int, y: int) -> None:
    assert not Tile(z, x, y).exists()
