from __future__ import annotations

import json

import numpy as np
import pytest
import shapely
from shapely import LineString, box
from shapely.geometry import shape

from geodata.errors import DomainError
from geodata.planning.edits import merge_cells, split_cell
from geodata.planning.faces import cut_faces
from geodata.planning.plane import Plane
from geodata.planning.proposal import Frame, Target, propose

ORIGIN = (113.2611, 23.1333)


def plane():
    lon, lat = ORIGIN
    return Plane.around([box(lon - 0.01, lat - 0.01, lon + 0.01, lat + 0.01)])


def degrees(*shapes):
    return list(plane().degrees(list(shapes)))


def block(columns=6, rows=4, side=100.0):
    """A community of square blocks between straight roads, its outline leaning so that no edge is axis-parallel."""
    outline = shapely.affinity.rotate(box(0, 0, columns * side, rows * side), 11, origin=(0, 0))
    across = [LineString([(k * side, -20), (k * side, rows * side + 20)]) for k in range(1, columns)]
    along = [LineString([(-20, k * side), (columns * side + 20, k * side)]) for k in range(1, rows)]
    roads = [shapely.affinity.rotate(road, 11, origin=(0, 0)) for road in across + along]
    return outline, roads


def homes(outline, per_building, step=25.0):
    west, south, east, north = outline.bounds
    grid = [
        box(x, y, x + 10, y + 10)
        for x in np.arange(west, east, step)
        for y in np.arange(south, north, step)
        if outline.contains(box(x, y, x + 10, y + 10))
    ]
    return grid, [float(per_building)] * len(grid)


def assert_tiles(cells, outline):
    shapes = [cell.geom for cell in cells]
    assert shapely.coverage_is_valid(shapes)
    union = shapely.coverage_union_all(shapes)
    ground = Plane.around([outline]).ground([shapely.symmetric_difference(union, outline)])
    assert (
        ground[0].area < 1e-3
    )  # square metres: noding puts points onto the outline to the last bit of a double
    corners = {tuple(xy) for xy in shapely.get_coordinates(outline).tolist()}
    assert corners <= {tuple(xy) for xy in shapely.get_coordinates(union).tolist()}


def test_roads_cut_a_community_into_blocks():
    outline, roads = block()
    assert len(cut_faces(outline, roads)) == 24


def test_a_road_that_ends_short_of_the_border_still_cuts():
    outline = box(0, 0, 200, 100)
    assert len(cut_faces(outline, [LineString([(100, 12), (100, 95)])])) == 2
    assert len(cut_faces(outline, [LineString([(100, 45), (100, 60)])])) == 1


def test_the_middle_of_a_dual_carriageway_is_no_face():
    outline = box(0, 0, 400, 200)
    lanes = [LineString([(-5, 100), (405, 100)]), LineString([(-5, 112), (405, 112)])]
    assert len(cut_faces(outline, lanes)) == 2


def test_cells_of_even_area_follow_the_roads_and_tile_exactly():
    outline, roads = block()
    (whole, *lines) = degrees(outline, *roads)
    found = propose(Frame(whole, lines), Target(area_m2=40_000))
    assert_tiles(found.cells, whole)
    assert len(found.cells) == 6
    assert found.quality.deviation <= 0.25
    assert found.quality.along_roads > 0.95


def test_cells_of_even_households_keep_near_the_target():
    outline, roads = block()
    footprints, weights = homes(outline, 6)
    whole, *lines = degrees(outline, *roads)
    found = propose(Frame(whole, lines, degrees(*footprints), weights), Target(households=400))
    assert_tiles(found.cells, whole)
    assert sum(cell.households for cell in found.cells) == sum(weights)
    assert found.quality.deviation <= 0.2
    low, _median, high = found.quality.households
    assert low >= 200
    assert high <= 600


def test_a_compound_without_roads_is_cut_between_its_buildings():
    outline = box(0, 0, 300, 300)
    footprints, weights = homes(outline, 12)
    found = propose(Frame(degrees(outline)[0], [], degrees(*footprints), weights), Target(households=400))
    assert_tiles(found.cells, degrees(outline)[0])
    assert len(found.cells) >= 3
    borders = shapely.union_all(shapely.boundary([cell.geom for cell in found.cells]))
    inner = borders.difference(degrees(outline)[0].boundary.buffer(1e-6))
    assert not [k for k in degrees(*footprints) if shapely.intersects(k.buffer(-1e-6), inner)]


def test_a_park_without_anything_is_cut_into_even_areas():
    whole = degrees(box(0, 0, 600, 400))[0]
    found = propose(Frame(whole, []), Target(area_m2=60_000))
    assert_tiles(found.cells, whole)
    assert len(found.cells) == 4
    assert found.quality.deviation < 0.2


def test_an_island_becomes_a_cell_of_its_own():
    whole = shapely.MultiPolygon(degrees(box(0, 0, 200, 200), box(400, 0, 600, 200)))
    found = propose(Frame(whole, []), Target(area_m2=80_000))
    assert_tiles(found.cells, whole)
    assert [cell.geom.geom_type for cell in found.cells] == ["Polygon", "Polygon"]


def test_the_same_input_gives_the_same_cells():
    outline, roads = block()
    whole, *lines = degrees(outline, *roads)
    first, second = (propose(Frame(whole, lines), Target(area_m2=30_000)) for _ in range(2))
    assert [cell.geom.wkb for cell in first.cells] == [cell.geom.wkb for cell in second.cells]


def test_cells_stand_in_reading_order():
    outline, roads = block(columns=2, rows=2, side=200)
    whole, *lines = degrees(outline, *roads)
    middles = [cell.geom.centroid for cell in propose(Frame(whole, lines), Target(area_m2=40_000)).cells]
    assert [(m.x > whole.centroid.x, m.y < whole.centroid.y) for m in middles] == [
        (False, False), (True, False), (False, True), (True, True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "values", [{}, {"households": 100, "area_m2": 1000}, {"households": 0}, {"area_m2": -5}]
)
def test_a_target_is_one_positive_number(values):
    with pytest.raises(DomainError) as refused:
        Target(**values)
    assert refused.value.code == "target_invalid"


def test_households_as_a_target_need_households():
    with pytest.raises(DomainError) as refused:
        propose(Frame(degrees(box(0, 0, 100, 100))[0], []), Target(households=300))
    assert refused.value.code == "target_without_households"


def cells_of_four():
    outline, roads = block(columns=2, rows=2, side=200)
    whole, *lines = degrees(outline, *roads)
    return [cell.geom for cell in propose(Frame(whole, lines), Target(area_m2=40_000)).cells]


def test_a_split_leaves_no_gap_and_gives_neighbours_the_new_points():
    cells = cells_of_four()
    west, south, east, north = cells[0].bounds
    line = LineString([(west - 0.001, (south + north) / 2), (east + 0.001, (south + north) / 2 + 0.0001)])
    after = split_cell(cells, 0, line)
    assert [owner for owner, _piece in after] == [0, 0, 1, 2, 3]
    shapes = [piece for _owner, piece in after]
    assert shapely.coverage_is_valid(shapes)
    assert shapes[0].area >= shapes[1].area
    before = Plane.around(cells).ground([shapely.coverage_union_all(cells)])[0].area
    assert Plane.around(cells).ground([shapely.coverage_union_all(shapes)])[0].area == pytest.approx(
        before, abs=1e-3
    )


def test_a_line_that_misses_or_leaves_a_sliver_splits_nothing():
    cells = cells_of_four()
    west, south, _east, north = cells[0].bounds
    for line, code in (
        (LineString([(0, 0), (1, 1)]), "split_misses"),
        (LineString([cells[0].centroid.coords[0], (west - 1, south)]), "split_misses"),
        (LineString([(west + 1e-6, south), (west + 4e-6, north)]), None),
    ):
        if code:
            with pytest.raises(DomainError) as refused:
                split_cell(cells, 0, line)
            assert refused.value.code == code
    thin = [box(113, 23, 113.002, 23.002)]
    with pytest.raises(DomainError) as refused:
        split_cell(thin, 0, LineString([(112, 23.000002), (114, 23.000002)]))
    assert refused.value.code == "split_sliver"


def test_merging_needs_a_common_border():
    cells = cells_of_four()
    assert merge_cells(cells, [0, 1]).geom_type == "Polygon"
    for chosen, code in (([0, 3], "merge_apart"), ([0], "merge_too_few"), ([0, 9], "cell_unknown")):
        with pytest.raises(DomainError) as refused:
            merge_cells(cells, chosen)
        assert refused.value.code == code


@pytest.mark.shared
@pytest.mark.parametrize("position", range(18))
def test_a_street_of_yuexiu_is_tiled_along_its_roads(shared_data, position):
    folder = shared_data / "boundaries-yuexiu"
    streets = json.loads((folder / "yuexiu_subdistricts_18_wgs84.geojson").read_text())["features"]
    roads = json.loads((folder / "yuexiu_roads_wgs84.geojson").read_text())["features"]
    outline = shape(streets[position]["geometry"])
    lines = np.array([shape(road["geometry"]) for road in roads], dtype=object)
    found = propose(Frame(outline, list(lines[shapely.intersects(lines, outline)])), Target(area_m2=100_000))
    assert_tiles(found.cells, outline)
    assert len(found.cells) == pytest.approx(sum(c.area_m2 for c in found.cells) / 100_000, abs=3)
    assert found.quality.deviation <= 0.2
    # Some streets have large parks and depots without mapped roads; there cuts are straight.
    assert found.quality.along_roads > 0.2
