"""The buildings of one block: turn it level, propose by use, keep what is free, turn back."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import shapely
from shapely import affinity

from geodata.sample import blocks as uses
from geodata.sample import housing, public_buildings
from geodata.sample.blocks import Block
from geodata.sample.footprints import Footprint, Rng, facing_angle, keep_free

_LAYOUTS: dict[str, Callable[[shapely.Polygon, Rng], Iterable[Footprint]]] = {
    uses.SLABS: lambda ground, rng: housing.compound(ground, rng, housing.slab_rows),
    uses.TOWERS: lambda ground, rng: housing.compound(ground, rng, housing.point_towers),
    uses.OLD_TOWN: housing.perimeter_houses,
    uses.VILLAGE: housing.village_houses,
    uses.BUSINESS: public_buildings.business_blocks,
    uses.PARK: public_buildings.park,
    uses.SCHOOL: public_buildings.school,
    uses.HOSPITAL: public_buildings.hospital,
    uses.MARKET: public_buildings.market,
    uses.OFFICE: public_buildings.street_office,
}


def build_block(block: Block, rng: Rng) -> list[Footprint]:
    """All buildings of one block, in ground metres; none overlap, none leave the block's ground."""
    if block.ground.is_empty or block.ground.area < 400:
        return []
    angle = facing_angle(block.ground)
    pivot = block.ground.centroid
    level = affinity.rotate(block.ground, -angle, origin=pivot, use_radians=True)
    proposals = list(_LAYOUTS[block.use](level, rng))
    gap = 0.2 if block.use in (uses.OLD_TOWN, uses.VILLAGE) else 5.0
    kept = keep_free(level, proposals, gap)
    for building in kept:
        building.outline = affinity.rotate(building.outline, angle, origin=pivot, use_radians=True)
        building.cell = block.cell
    return kept
