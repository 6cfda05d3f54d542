"""The map beside the addresses: where the candidates stand, and which building stands where somebody taps."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.gis.db.models import Extent
from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.geos import Point
from django.db.models import Q, QuerySet

from geodata.crs import SRID_WGS84
from geodata.models import Area, Building

MAX_TILE_ZOOM: Final = 16
_LAYERS: Final = "areas+cells+buildings"
_NEAR_DEGREES: Final = 0.0003
"""About 30 m: who taps beside a house means it."""


def within(prefixes: tuple[str, ...]) -> QuerySet[Building]:
    """Buildings an importer may write to."""
    inside = Q()
    for prefix in prefixes:
        inside |= Q(cell_code__startswith=prefix)
    fields = ("id", "name", "estate", "address", "cell_code", "floors", "code", "geom")
    return Building.objects.filter(inside).only(*fields)


def map_data(prefixes: tuple[str, ...]) -> dict[str, Any]:
    """Bounds and tile addresses, as the map's module wants them."""
    inside = Q()
    for prefix in prefixes:
        inside |= Q(code__startswith=prefix)
    box = Area.objects.exclude(geom=None).filter(inside).order_by().aggregate(box=Extent("geom"))["box"]
    return {
        "bounds": [[box[1], box[0]], [box[3], box[2]]] if box else None,
        "tiles": {
            "context": "/tiles/context/{z}/{x}/{y}.mvt",
            "places": f"/tiles/{_LAYERS}/{{z}}/{{x}}/{{y}}.mvt",
            "all": f"/tiles/context+{_LAYERS}/{{z}}/{{x}}/{{y}}.mvt",
        },
        "max_tile_zoom": MAX_TILE_ZOOM,
    }


def spot(building: Building) -> dict[str, Any]:
    """A building as the map's module wants it."""
    point = building.geom.point_on_surface
    return {
        "id": str(building.pk),
        "title": str(building),
        "address": building.address,
        "lon": round(point.x, 7),
        "lat": round(point.y, 7),
    }


def building_at(prefixes: tuple[str, ...], lon: float, lat: float) -> Building | None:
    """The building under a point, else the nearest one close by."""
    point = Point(lon, lat, srid=SRID_WGS84)
    near = within(prefixes).filter(geom__bboverlaps=point.buffer(_NEAR_DEGREES))
    under = near.filter(geom__intersects=point).first()
    if under is not None:
        return under
    return (
        near.filter(geom__dwithin=(point, _NEAR_DEGREES))
        .annotate(away=Distance("geom", point))
        .order_by("away")
        .first()
    )
