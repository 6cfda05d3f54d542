"""The layers a tile may ask for and which statements answer at which zoom. To add one see docs/layers.md."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from geodata.errors import DomainError
from geodata.tiles import statements as sql
from geodata.tiles.squares import Tile


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer. ``bands``: (first zoom, statements) in rising order; below the first zoom it is empty.

    ``public`` layers show nothing that belongs to anybody's area and need no scope.
    """

    name: str
    bands: tuple[tuple[int, tuple[str, ...]], ...]
    public: bool = False

    def statements(self, z: int) -> tuple[str, ...]:
        """The statements of a zoom."""
        chosen: tuple[str, ...] = ()
        for first, statements in self.bands:
            if z >= first:
                chosen = statements
        return chosen


LAYERS = {
    layer.name: layer
    for layer in (
        Layer(
            "context",
            ((8, (sql.CONTEXT_FAR,)), (14, (sql.CONTEXT_NEAR,))),
            public=True,
        ),
        Layer("areas", ((0, (sql.AREAS_FAR, sql.AREA_LABELS)), (14, (sql.AREAS_NEAR, sql.AREA_LABELS)))),
        Layer("cells", ((11, (sql.CELLS_FAR,)), (14, (sql.CELLS_NEAR, sql.CELL_LABELS)))),
        Layer(
            "buildings",
            ((12, (sql.BUILDING_GROUPS,)), (14, (sql.BUILDING_POINTS,)), (15, (sql.BUILDING_SHAPES,))),
        ),
        Layer("components", ((14, (sql.COMPONENT_GROUPS,)), (16, (sql.COMPONENTS,)))),
        Layer("organisations", ((14, (sql.ORGANISATION_GROUPS,)), (16, (sql.ORGANISATIONS,)))),
    )
}


@dataclass(frozen=True, slots=True)
class Selection:
    """Layers asked for together, in the order of LAYERS whatever order they were asked in."""

    layers: tuple[Layer, ...]

    @property
    def public(self) -> bool:
        """True when none of them belongs to anybody's area."""
        return all(layer.public for layer in self.layers)

    @property
    def name(self) -> str:
        """Their names, joined by "+"."""
        return "+".join(layer.name for layer in self.layers)


@lru_cache(maxsize=256)
def selection(text: str) -> Selection:
    """The layers of an address like "areas+cells"; DomainError tile_layer_unknown 404, tile_layer_repeated 400."""
    names = text.split("+")
    if unknown := [name for name in names if name not in LAYERS]:
        raise DomainError(
            code="tile_layer_unknown",
            message="There is no such map layer.",
            status=404,
            data={"layer": unknown[0][:40]},
        )
    if len(set(names)) != len(names):
        raise DomainError(code="tile_layer_repeated", message="A map layer is named twice.", status=400)
    return Selection(tuple(layer for name, layer in LAYERS.items() if name in names))


def tile_at(z: str, x: str, y: str) -> Tile:
    """The tile of an address; DomainError tile_address_invalid 400, tile_out_of_range 404."""
    # isdecimal() alone would let other scripts' digits through; ten digits are more than any zoom has.
    if not all(part.isascii() and part.isdecimal() and len(part) <= 10 for part in (z, x, y)):
        raise DomainError(
            code="tile_address_invalid", message="A tile address has three whole numbers.", status=400
        )
    tile = Tile(int(z), int(x), int(y))
    if not tile.exists():
        raise DomainError(code="tile_out_of_range", message="There is no such tile.", status=404)
    return tile
