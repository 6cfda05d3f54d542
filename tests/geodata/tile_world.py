"""Places on the small street of tests/world.py that tiles show, in both streets, with canaries in hidden columns."""

from __future__ import annotations

from typing import Any

import mapbox_vector_tile
from django.contrib.gis.geos import LineString, MultiPolygon, Point, Polygon

from geodata.models import Building, Component, ContextFeature, Organisation
from geodata.tiles import query
from geodata.tiles.layers import selection
from geodata.tiles.squares import WORLD_M, Box, Tile, touched
from tests.world import ORIGIN, OTHER, STREET

CANARY = "CANARY-13800138000"


def box_around(x: float, y: float, size: float = 0.0004) -> MultiPolygon:
    return MultiPolygon(Polygon.from_bbox((x, y, x + size, y + size)), srid=4326)


def place_everything() -> dict[str, Any]:
    """A building, a component and a shop in cell A and in the other street's cell A, a road through both."""
    placed: dict[str, Any] = {}
    for name, street, shift in (("ours", STREET, 0.0), ("theirs", OTHER, 0.02)):
        x, y, cell = ORIGIN[0] + shift + 0.0005, ORIGIN[1] - 0.0015, f"{street}001001"
        building = Building.objects.create(
            county=cell[:6], cell_code=cell, geom=box_around(x, y), floors=6, name=f"{name}楼", use="residential",
            address=CANARY, external_id=CANARY + name, source="t", extra={"owner": CANARY},
        )  # fmt: skip
        placed[name] = building
        Component.objects.create(
            county=cell[:6], cell_code=cell, code=f"{cell[:6]}0101{len(placed):06d}", class_code="0101",
            owner_key=CANARY, name=CANARY, geom=Point(x, y, srid=4326), extra={"phone": CANARY},
        )  # fmt: skip
        Organisation.objects.create(
            county=cell[:6], cell_code=cell, name=f"{name}商店", kind="retail", address=CANARY,
            geom=Point(x + 0.0001, y, srid=4326), extra={"legal person": CANARY}, building=building,
        )  # fmt: skip
    ContextFeature.objects.create(
        county=STREET[:6], kind="road", rank=3, name="滨河路", source="t", external_id=CANARY,
        geom=LineString((ORIGIN[0] - 0.01, ORIGIN[1] - 0.0015), (ORIGIN[0] + 0.03, ORIGIN[1] - 0.0015), srid=4326),
    )  # fmt: skip
    return placed


def tile_over(shape: Any, z: int) -> Tile:
    """The tile in which a shape's middle lies."""
    middle = shape.transform(3857, clone=True).centroid
    return next(touched(Box(middle.x, middle.y, middle.x, middle.y), z, margin=0))


def decoded(layers: str, tile: Tile, *prefixes: str, thinning: int = 1) -> dict[str, list[dict[str, Any]]]:
    """{MVT layer: properties of its features}."""
    raw = query.raw_tile(selection(layers), tile, prefixes, thinning)
    return {
        name: [feature["properties"] for feature in layer["features"]]
        for name, layer in mapbox_vector_tile.decode(raw).items()
    }


def width_m(z: int) -> float:
    return WORLD_M / (1 << z)
