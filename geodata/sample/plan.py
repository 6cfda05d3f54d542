"""One street of the sample as plain records: cells, buildings, components, map context."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from shapely.geometry.base import BaseGeometry

from geodata.sample import blocks as uses
from geodata.sample import context, footprints
from geodata.sample.blocks import Block, make_blocks, river_water
from geodata.sample.cuts import RIVER
from geodata.sample.footprints import Footprint
from geodata.sample.furniture import Components, place_components
from geodata.sample.layouts import build_block
from geodata.sample.naming import road_name
from geodata.sample.net import Net, build_net
from geodata.sample.randomness import generator
from geodata.sample.scales import Scale, TilePlace


@dataclass
class StreetPlan:
    """Everything with a place in one street, in ground metres."""

    scale: Scale
    seed: int
    place: TilePlace
    net: Net
    blocks: list[Block]
    buildings: list[Footprint]
    components: Components
    features: list[context.Feature]
    water: BaseGeometry

    def cell_code(self, cell: int) -> str:
        """15 digits: street, community from 001, cell from 001 within its community."""
        community = int(self.net.cell_community[cell])
        first = int(np.searchsorted(self.net.cell_community, community))
        return f"{self.place.street_code}{community + 1:03d}{cell - first + 1:03d}"


def plan_street(scale: Scale, seed: int, index: int) -> StreetPlan:
    """The whole plan of street number `index`; a pure function of its arguments, about a second of work."""
    place = scale.tile(index)
    tile = (place.tx, place.ty)
    net = build_net(scale, seed, place)
    water = river_water(net)
    plots = make_blocks(scale, seed, place, net)
    buildings = [
        b for block in plots for b in build_block(block, generator(seed, "buildings", *tile, block.cell))
    ]
    _meet_dwelling_need(buildings, scale.share(scale.households, index))
    river = next((road_name(RIVER, c.name_key) for c in net.roads if c.kind == RIVER), road_name(RIVER, tile))
    features = [
        *context.water_and_green(net, plots, water, river),
        *context.gardens(plots, buildings),
        *context.roads(
            net, water, last_column=place.tx == scale.tiles_u - 1, last_row=place.ty == scale.tiles_v - 1
        ),
    ]
    components = place_components(seed, tile, net, plots, water)
    return StreetPlan(scale, seed, place, net, plots, buildings, components, features, water)


def dwelling_count(buildings: list[Footprint]) -> int:
    """Dwellings in all buildings (shop houses have none on the ground floor)."""
    return sum(b.entrances * b.per_floor * living_floors(b) for b in buildings)


def living_floors(building: Footprint) -> int:
    """Floors with dwellings: shop houses sell on the ground floor."""
    return building.floors - (1 if building.kind == footprints.SHOPS else 0)


def _meet_dwelling_need(buildings: list[Footprint], households: int) -> None:
    """Raise slabs and towers floor by floor until at least 6 % of the dwellings can stand empty."""
    tall = [b for b in buildings if b.kind in (footprints.SLAB, footprints.TOWER)]
    while tall and dwelling_count(buildings) < households * 1.06:
        for building in tall:
            building.floors += 1


def cell_of_use(plan: StreetPlan, use: str) -> npt.NDArray[np.int64]:
    """Cells of one use (blocks.PARK, blocks.SCHOOL …)."""
    return np.array([b.cell for b in plan.blocks if b.use == use], dtype=np.int64)


__all__ = ["StreetPlan", "cell_of_use", "dwelling_count", "living_floors", "plan_street", "uses"]
