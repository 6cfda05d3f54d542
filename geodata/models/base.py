"""Columns that every located row shares: identifier, codes, source position, stored tile geometry."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.contrib.gis.db.models.functions import Transform
from django.contrib.postgres.indexes import GistIndex
from django.db.models import Func, Q
from django.db.models.functions import Left, Now

from geodata.crs import SRID_WEB, SRID_WGS84
from geodata.ids import uuid7

CODE_COLLATION = "C"  # byte order: one plain btree answers both equality and "code starts with"


class AreaM2(Func):
    """Area in square metres on the ellipsoid of a lon/lat geometry."""

    template = "ST_Area((%(expressions)s)::geography)"
    output_field = models.FloatField()


class PointOnSurface(Func):
    """A point that is certainly inside the shape."""

    function = "ST_PointOnSurface"


def code_field(digits: int, *, blank: bool = False) -> models.CharField[str, str]:
    """A code as text, up to so many characters, sorted by byte."""
    return models.CharField(max_length=digits, blank=blank, db_collation=CODE_COLLATION)


def web_geometry(source: str = "geom") -> models.GeneratedField:
    """The stored copy in EPSG:3857 that tiles read."""
    return models.GeneratedField(
        expression=Transform(source, SRID_WEB),
        output_field=models.GeometryField(srid=SRID_WEB, spatial_index=False),
        db_persist=True,
    )


def surface_point(source: str = "geom") -> models.GeneratedField:
    """A stored point inside the shape, EPSG:4326."""
    return models.GeneratedField(
        expression=PointOnSurface(source, output_field=models.PointField(srid=SRID_WGS84)),
        output_field=models.PointField(srid=SRID_WGS84, spatial_index=False),
        db_persist=True,
    )


class Identified(models.Model):
    """A row whose key can be made anywhere (UUIDv7)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)

    class Meta:
        abstract = True


class Located(Identified):
    """A row in a cell. ``cell_code`` may be shorter (an area's code) while no cell is known.

    ``county`` is its first six digits: the key by which data would be sharded.
    """

    county = code_field(6)
    cell_code = code_field(16)

    class Meta:
        abstract = True


class Sourced(models.Model):
    """Where a row came from: the source's own key and the raw position before any shift."""

    source = models.CharField(max_length=40, blank=True)
    external_id = models.CharField(max_length=80, blank=True)
    source_datum = models.CharField(max_length=16, blank=True)
    source_x = models.FloatField(null=True, blank=True)
    source_y = models.FloatField(null=True, blank=True)
    accuracy_m = models.FloatField(null=True, blank=True)
    extra = models.JSONField(default=dict, blank=True)
    updated_at = models.DateTimeField(auto_now=True, db_default=Now())

    class Meta:
        abstract = True


def county_matches() -> models.CheckConstraint:
    """``county`` is the beginning of ``cell_code``."""
    return models.CheckConstraint(
        name="%(app_label)s_%(class)s_county_is_prefix",
        condition=Q(county=Left("cell_code", 6)),
    )


def source_is_unique() -> models.UniqueConstraint:
    """A source's own key appears once, so a second import finds the row again."""
    return models.UniqueConstraint(
        fields=["source", "external_id"],
        name="%(app_label)s_%(class)s_source_unique",
        condition=~Q(external_id=""),
    )


def web_index(name: str, field: str = "geom_3857") -> GistIndex:
    """Spatial index for the tiles."""
    return GistIndex(fields=[field], name=name)
