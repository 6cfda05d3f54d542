"""Where the cases of the sample happen: at shops, homes, roads and components that the register knows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import numpy as np
import psycopg

from gridmgmt.sample.topics import HOME, PART, ROAD, SHOP, Topic

_SELECT = {
    SHOP: "SELECT ST_X(geom), ST_Y(geom), cell_code, address, NULL, '', '' FROM geodata_organisation "
    "WHERE kind IN ('retail', 'catering', 'service', 'market', 'pharmacy', 'logistics') AND cell_code LIKE %s",
    HOME: "SELECT ST_X(point), ST_Y(point), cell_code, address, NULL, '', '' FROM geodata_building "
    "WHERE use = 'residential' AND cell_code LIKE %s",
    ROAD: "SELECT ST_X(geom), ST_Y(geom), cell_code, '', NULL, '', '' FROM geodata_component "
    "WHERE class_code = '0137' AND cell_code LIKE %s",
    PART: "SELECT ST_X(geom), ST_Y(geom), cell_code, '', id, owner_key, class_code FROM geodata_component "
    "WHERE class_code = ANY(%s) AND cell_code LIKE %s",
}
# The nearest building names a spot that has no address of its own. Index: building_geom.
_NEAR = """
SELECT b.address FROM unnest(%s::float8[], %s::float8[]) WITH ORDINALITY AS s (x, y, n)
CROSS JOIN LATERAL (SELECT address FROM geodata_building
  ORDER BY geom <-> ST_SetSRID(ST_MakePoint(s.x, s.y), 4326) LIMIT 1) b
ORDER BY s.n
"""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place of a case; component and owner where it is about one."""

    lon: float
    lat: float
    cell: str
    address: str
    component: UUID | None
    owner: str
    class_code: str


class Spots:
    """All candidate places of a street, busy cells drawn more often than quiet ones."""

    def __init__(
        self, cursor: psycopg.Cursor[Any], street_code: str, classes: list[str], rng: np.random.Generator
    ) -> None:
        self.rng = rng
        under = f"{street_code}%"
        self._busy: dict[str, float] = {}
        self._spots: dict[str, list[Spot]] = {}
        self._chance: dict[str, np.ndarray[Any, np.dtype[np.float64]]] = {}
        for kind, statement in _SELECT.items():
            values = [classes, under] if kind == PART else [under]
            rows = cursor.execute(f"{statement} ORDER BY id", values).fetchall()
            for spot in (Spot(*row) for row in rows):
                self._spots.setdefault(f"{kind}{spot.class_code}", []).append(spot)
        for key, spots in self._spots.items():
            weights = np.array([self._weight(spot.cell) for spot in spots])
            self._chance[key] = weights / weights.sum()

    def _weight(self, cell: str) -> float:
        """How busy a cell is: a few cells make most of the work."""
        if cell not in self._busy:
            self._busy[cell] = float(self.rng.lognormal(0.0, 0.9))
        return self._busy[cell]

    def draw(self, topic: Topic) -> Spot:
        """A place for a topic."""
        key = f"{topic.place}{topic.component}"
        spots = self._spots[key]
        return spots[int(self.rng.choice(len(spots), p=self._chance[key]))]


def with_addresses(cursor: psycopg.Cursor[Any], spots: list[Spot]) -> list[Spot]:
    """The spots again, those without an address named by the nearest building."""
    bare = [k for k, spot in enumerate(spots) if not spot.address]
    places = [[spots[k].lon for k in bare], [spots[k].lat for k in bare]]
    near = cursor.execute(_NEAR, places).fetchall()
    named = list(spots)
    for k, (address,) in zip(bare, near, strict=True):
        named[k] = replace(spots[k], address=f"{address}附近")
    return named
