"""Small plans shared by the tests of the sample, made once."""

from __future__ import annotations

from functools import cache

from geodata.sample.plan import StreetPlan, plan_street
from geodata.sample.scales import DISTRICT, STREET, Mix, Scale

SEED = 7
HAMLET = Scale(
    name="hamlet", counties=1, county_columns=1, columns=1, rows=1, blocks_u=2, blocks_v=2, tile_u_m=900.0,
    tile_v_m=900.0, cells=30, buildings=400, households=2_000, persons=5_700, mix=Mix(0.2, 0.05, 0.1, 0.05),
)  # fmt: skip


@cache
def street() -> StreetPlan:
    """The demo street."""
    return plan_street(STREET, SEED, 0)


@cache
def district_tile(index: int) -> StreetPlan:
    """One street of the district."""
    return plan_street(DISTRICT, SEED, index)
