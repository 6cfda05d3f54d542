"""Shops, companies, schools and offices in the buildings of a street, with credit codes of the fictional county."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely

from geodata.sample import footprints as kinds
from geodata.sample.footprints import Footprint
from geodata.sample.identity import credit_code
from geodata.sample.naming import community_name, estate_name, firm_name, shop_name, street_name
from geodata.sample.plan import StreetPlan
from geodata.sample.randomness import generator
from geodata.sample.scales import COUNTY_NAMES

_PUBLIC = {
    kinds.SCHOOL: ("学校", "school"),
    kinds.HOSPITAL: ("医院", "hospital"),
    kinds.MARKET: ("农贸市场", "market"),
    kinds.KINDERGARTEN: ("幼儿园", "kindergarten"),
}
_SERIALS_PER_STREET = 5_000


@dataclass
class Firm:
    """An organisation: name, kind, credit code, number of its building in the plan, floor, ground point."""

    name: str
    kind: str
    credit_code: str
    building: int
    floor: int
    point: shapely.Point


def front_points(outline: shapely.Polygon, count: int) -> list[shapely.Point]:
    """`count` points spread along the building's first edge (its front), half a metre inside."""
    coords = shapely.get_coordinates(shapely.orient_polygons(outline))
    start, way = coords[0], coords[1] - coords[0]
    inward = 0.5 * np.array([-way[1], way[0]]) / np.hypot(*way)
    return [shapely.Point(start + way * (k + 0.5) / count + inward) for k in range(count)]


def _named(
    plan: StreetPlan, number: int, building: Footprint, rng: np.random.Generator
) -> Iterator[tuple[str, str, str, int]]:
    """(name, kind, class of the credit code, floor) of the organisations in one building."""
    county = COUNTY_NAMES[plan.place.county]
    length = float(np.hypot(*np.diff(shapely.get_coordinates(building.outline)[:2], axis=0)[0]))
    if building.kind == kinds.SHOPS:
        for _ in range(max(1, min(5, int(length // 8)))):
            yield (*shop_name(rng), "92", 1)
    elif building.kind == kinds.MALL:
        for k in range(24):
            yield (*shop_name(rng), "91", 1 + k % building.floors)
    elif building.kind == kinds.OFFICE:
        for k in range(min(16, building.floors)):
            yield (*firm_name(rng, county), "91", k + 1)
    elif building.kind in _PUBLIC:
        title, kind = _PUBLIC[building.kind]
        stem = estate_name(plan.place.index, building.cell, towers=False)[:2]
        if all(
            b.cell != building.cell or b.kind != building.kind
            for b in plan.buildings[max(0, number - 6) : number]
        ):
            yield county.removesuffix("区") + stem + title, kind, "12", 1


def _offices(plan: StreetPlan) -> Iterator[tuple[int, str, str, str, int]]:
    """The street office in its house and a residents' committee in each community."""
    by_use = {block.cell: block.use for block in plan.blocks}
    seats = [k for k, b in enumerate(plan.buildings) if by_use[b.cell] == "office"]
    if seats:
        yield seats[0], street_name(plan.place.index) + "办事处", "government", "11", 1
    communities = [int(plan.net.cell_community[b.cell]) for b in plan.buildings]
    for community in range(len(plan.net.communities)):
        if community in communities:
            name = community_name(plan.place.index, community) + "居民委员会"
            yield communities.index(community), name, "government", "55", 1


def list_firms(plan: StreetPlan) -> list[Firm]:
    """All organisations of a street."""
    listed = list(_offices(plan))
    for number, building in enumerate(plan.buildings):
        rng = generator(plan.seed, "firms", plan.place.tx, plan.place.ty, number)
        listed += [(number, *named) for named in _named(plan, number, building, rng)]
    in_building: dict[int, int] = {}
    for number, *_ in listed:
        in_building[number] = in_building.get(number, 0) + 1
    points = {
        number: iter(front_points(plan.buildings[number].outline, count))
        for number, count in in_building.items()
    }
    first = plan.place.inside * _SERIALS_PER_STREET
    return [
        Firm(
            name,
            kind,
            credit_code(klass, plan.place.county_code, first + k + 1),
            number,
            floor,
            next(points[number]),
        )
        for k, (number, name, kind, klass, floor) in enumerate(listed)
    ]
