"""How large a sample is: tiles (one per street), communities, cells, buildings, people. Only numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

COUNTY_NAMES = (
    "屿新区",
    "汐蘅区",
    "砚澜区",
    "鹭霁区",
    "岚浔区",
    "筠礁区",
    "漪榭区",
    "霁汀区",
    "澜砚区",
    "珩渚区",
)


@dataclass(frozen=True)
class Mix:
    """Shares of a tile's cells by use; what is left over becomes slab compounds (住宅小区)."""

    old_town: float
    village: float
    towers: float
    business: float


@dataclass(frozen=True)
class Scale:
    """A sample size: counties of columns × rows tiles; a tile is a street of blocks_u × blocks_v communities."""

    name: str
    counties: int
    county_columns: int
    columns: int
    rows: int
    blocks_u: int
    blocks_v: int
    tile_u_m: float
    tile_v_m: float
    cells: int
    buildings: int
    households: int
    persons: int
    mix: Mix

    @property
    def tiles_u(self) -> int:
        """Tiles from west to east over all counties."""
        return self.county_columns * self.columns

    @property
    def tiles_v(self) -> int:
        """Tiles from south to north over all counties."""
        return -(-self.counties // self.county_columns) * self.rows

    @property
    def tiles(self) -> int:
        """Number of streets."""
        return self.counties * self.columns * self.rows

    def tile(self, index: int) -> TilePlace:
        """Place of street number `index` (0-based, county by county)."""
        county, inside = divmod(index, self.columns * self.rows)
        row, column = divmod(inside, self.columns)
        county_row, county_column = divmod(county, self.county_columns)
        tx, ty = county_column * self.columns + column, county_row * self.rows + row
        return TilePlace(index, county, inside, tx, ty)

    def all_tiles(self) -> Iterator[TilePlace]:
        """Every street in code order."""
        return (self.tile(index) for index in range(self.tiles))

    def share(self, total: int, index: int) -> int:
        """Part of a whole-sample total that falls to tile `index`; the parts add up exactly."""
        return total * (index + 1) // self.tiles - total * index // self.tiles


@dataclass(frozen=True)
class TilePlace:
    """Where a street lies: county and number within it (0-based), column and row in the whole plan."""

    index: int
    county: int
    inside: int
    tx: int
    ty: int

    @property
    def county_code(self) -> str:
        """Six digits 0099nn: no division of GB/T 2260 begins with 00."""
        return f"0099{self.county + 1:02d}"

    @property
    def street_code(self) -> str:
        """Nine digits."""
        return f"{self.county_code}{self.inside + 1:03d}"


STREET = Scale(
    "street", 1, 1, 1, 1, 4, 4, 2000.0, 2000.0, 150, 2_500, 35_000, 100_000, Mix(0.185, 0.045, 0.13, 0.05)
)
DISTRICT = Scale(
    "district",
    1,
    1,
    6,
    3,
    4,
    3,
    1880.0,
    1420.0,
    2_000,
    20_000,
    420_000,
    1_200_000,
    Mix(0.085, 0.035, 0.20, 0.06),
)
CITY = Scale(
    "city",
    10,
    2,
    6,
    3,
    4,
    3,
    1880.0,
    1420.0,
    20_000,
    200_000,
    4_200_000,
    12_000_000,
    Mix(0.085, 0.035, 0.20, 0.06),
)
SCALES = {scale.name: scale for scale in (STREET, DISTRICT, CITY)}
