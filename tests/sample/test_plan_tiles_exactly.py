from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import shapely

from geodata.sample import warp
from geodata.sample.cuts import lay_out
from geodata.sample.net import build_net
from geodata.sample.plan import StreetPlan, plan_street
from geodata.sample.scales import CITY, DISTRICT, SCALES, STREET
from tests.sample.plans import SEED, district_tile, street


@pytest.mark.parametrize("make", [street, lambda: district_tile(8)], ids=["street", "district"])
def test_cells_tile_each_community_with_shared_vertices(make: Callable[[], StreetPlan]) -> None:
    net = make().net
    assert shapely.coverage_is_valid(net.cells)
    for number, community in enumerate(net.communities):
        cells = net.cells[net.cell_community == number]
        assert shapely.area(cells).sum() == pytest.approx(community.area, abs=1e-6)
        assert shapely.coverage_union_all(cells).equals(community)


def test_cells_still_tile_after_the_move_to_degrees() -> None:
    cells = warp.to_lonlat(street().net.cells)
    assert shapely.coverage_is_valid(cells)
    assert shapely.is_valid(cells).all()


def test_communities_tile_the_street() -> None:
    net = street().net
    assert shapely.coverage_is_valid(net.communities)
    assert shapely.area(net.communities).sum() == pytest.approx(net.outline.area, abs=1e-6)


def test_neighbouring_streets_share_every_vertex_of_their_border() -> None:
    east, here, north = (build_net(DISTRICT, SEED, DISTRICT.tile(k)) for k in (8, 7, 13))
    cells = np.concatenate([here.cells, east.cells, north.cells])
    assert shapely.coverage_is_valid(cells)
    assert here.outline.intersection(east.outline).length > 1000
    assert here.outline.intersection(east.outline).area == pytest.approx(0, abs=1e-6)


def test_same_seed_same_plan_another_seed_another_plan() -> None:
    again = plan_street(STREET, SEED, 0)
    assert [b.outline.wkb for b in again.buildings] == [b.outline.wkb for b in street().buildings]
    assert np.array_equal(again.components.points, street().components.points)
    other = lay_out(STREET, SEED + 1, 0, 0, STREET.cells)
    assert other.cells != lay_out(STREET, SEED, 0, 0, STREET.cells).cells


def test_counts_of_the_street_are_as_announced() -> None:
    plan = street()
    assert len(plan.net.cells) == 150
    assert len(plan.net.communities) == 16
    assert len(plan.buildings) == pytest.approx(2_500, rel=0.08)
    assert {feature.kind for feature in plan.features} == {"road", "green", "water"}


@pytest.mark.parametrize("scale", SCALES.values(), ids=list(SCALES))
def test_shares_of_the_streets_add_up(scale: object) -> None:
    for total in (scale.cells, scale.households, scale.persons):  # type: ignore[attr-defined]
        parts = [scale.share(total, k) for k in range(scale.tiles)]  # type: ignore[attr-defined]
        assert sum(parts) == total
        assert max(parts) - min(parts) <= 1


def test_city_has_ten_counties_of_eighteen_streets_side_by_side() -> None:
    places = list(CITY.all_tiles())
    assert len({(p.tx, p.ty) for p in places}) == 180
    assert len({p.street_code for p in places}) == 180
    assert places[18].county_code == "009902"
