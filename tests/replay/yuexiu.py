"""Areas and coarse cells straight from the real street outlines, for tests that need the place but not the importer."""

from __future__ import annotations

import json
from pathlib import Path

import shapely
from django.contrib.gis.geos import GEOSGeometry, MultiPolygon
from shapely.geometry.base import BaseGeometry

from geodata.models import Area, Cell, Edition, EditionState
from gridmgmt.cases import catalogue, reference
from gridmgmt.organisation.actions import grant_role
from gridmgmt.organisation.models import Role, User
from tests.world import AT

COUNTY = "440104"


def build(folder: Path) -> User:
    """County, 18 streets with a community each, four cells a street, departments; returns a worker of the county."""
    reference.forget()
    catalogue.apply_catalogue()
    Area.objects.create(code=COUNTY, level=6, name="越秀区", number_prefix="YX")
    streets = json.loads((folder / "yuexiu_subdistricts_18_wgs84.geojson").read_text(encoding="utf-8"))
    for feature in streets["features"]:
        street(feature["properties"], shapely.from_geojson(json.dumps(feature["geometry"])))
    worker = User.objects.create(username="replay", name="回放")
    grant_role(user=worker, role=Role.WORKER, scope_code=COUNTY, at=AT)
    return worker


def street(properties: dict[str, str], outline: BaseGeometry) -> None:
    """A street with one community and up to four cells, cut at the middle of its box."""
    code = properties["ref:admin:CN:nbs"]
    Area.objects.create(code=code, level=9, name=properties["name"], parent_id=COUNTY, geom=geos(outline))
    Area.objects.create(
        code=code + "001", level=12, name=properties["name"], parent_id=code, geom=geos(outline)
    )
    edition = Edition.objects.create(scope_code=code, number=1, state=EditionState.ACTIVE, valid_from=AT)
    for serial, piece in enumerate(quarters(outline), 1):
        Cell.objects.create(
            edition=edition, code=f"{code}001{serial:03d}", county=COUNTY, community_code=code + "001",
            geom=geos(piece), active=True,
        )  # fmt: skip
    catalogue.found_street(street_code=code)


def quarters(outline: BaseGeometry) -> list[BaseGeometry]:
    """The outline cut into the four quarters of its box."""
    west, south, east, north = outline.bounds
    x, y = (west + east) / 2, (south + north) / 2
    boxes = [(west, y, x, north), (x, y, east, north), (west, south, x, y), (x, south, east, y)]
    pieces = (outline.intersection(shapely.box(*box)) for box in boxes)
    return [piece for piece in pieces if piece.area > 0]


def geos(shape: BaseGeometry) -> MultiPolygon:
    """As GeoDjango wants it."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return GEOSGeometry(shapely.to_wkt(shapely.MultiPolygon(parts), rounding_precision=-1), srid=4326)
