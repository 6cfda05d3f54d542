from __future__ import annotations

from collections import Counter
from functools import cache

import numpy as np
import shapely
from shapely import STRtree

from geodata.sample.blocks import net_ground, river_water, road_surfaces
from geodata.sample.furniture import along
from geodata.sample.picture import draw_plan
from geodata.sample.plan import dwelling_count
from geodata.sample.scales import STREET
from tests.sample.plans import district_tile, street


@cache
def outlines() -> np.ndarray:
    return np.array([b.outline for b in street().buildings], dtype=object)


def test_no_two_buildings_overlap() -> None:
    pairs = STRtree(outlines()).query(outlines(), predicate="intersects")
    shared = shapely.area(shapely.intersection(outlines()[pairs[0]], outlines()[pairs[1]]))
    assert shared[pairs[0] != pairs[1]].max(initial=0.0) < 1e-6


def test_no_building_stands_on_a_road_or_in_the_river() -> None:
    plan = street()
    surfaces = road_surfaces(plan.net)
    hits = STRtree(outlines()).query(surfaces, predicate="intersects")
    shared = shapely.area(shapely.intersection(outlines()[hits[1]], surfaces[hits[0]]))
    assert shared.max(initial=0.0) < 0.5
    assert not shapely.intersects(outlines(), plan.water).any()


def test_every_building_is_valid_and_inside_the_ground_of_its_cell() -> None:
    grounds = net_ground(street().net)
    cells = np.array([b.cell for b in street().buildings])
    assert shapely.is_valid(outlines()).all()
    assert shapely.covers(shapely.buffer(grounds[cells], 0.05), outlines()).all()


def test_the_river_is_water_between_banks_free_of_blocks() -> None:
    plan = street()
    water = river_water(plan.net)
    assert water.area > 60_000
    assert not any(block.ground.intersects(water) for block in plan.blocks)


def test_there_are_all_kinds_of_buildings_and_uses() -> None:
    kinds = Counter(b.kind for b in street().buildings)
    assert set(kinds) >= {
        "slab",
        "tower",
        "house",
        "village_house",
        "shops",
        "school",
        "hospital",
        "market",
        "mall",
    }
    assert {"park", "school", "hospital", "market", "office", "slabs"} <= {b.use for b in street().blocks}


def test_there_are_dwellings_for_all_households_and_some_stand_empty() -> None:
    for plan, households in ((street(), STREET.households), (district_tile(8), 420_000 // 18)):
        assert households * 1.05 < dwelling_count(plan.buildings) < households * 1.35


def test_components_lie_in_their_cell_and_not_in_the_river() -> None:
    plan = street()
    points = shapely.points(plan.components.points)
    assert len(points) > 10_000
    assert shapely.intersects(plan.net.cells[plan.components.cell], points).all()
    assert not shapely.intersects(plan.water, points).any()
    assert {"0137", "0402", "0102", "0305"} <= set(plan.components.class_code)


def test_pieces_along_a_road_keep_their_distance_and_side() -> None:
    line = shapely.LineString([(0, 0), (100, 0)])
    points = along(line, 30, 10, 4.0)
    assert points.tolist() == [[10.0, 4.0], [40.0, 4.0], [70.0, 4.0]]


def test_the_plan_can_be_drawn() -> None:
    picture = draw_plan(street(), 300)
    assert picture.size == (300, 300)
    assert len(picture.getcolors(90_000) or []) > 20
