"""Buildings, their entrances and dwellings."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.contrib.postgres.indexes import GistIndex
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from geodata.crs import SRID_WEB, SRID_WGS84
from geodata.models.base import (
    Identified,
    Located,
    Sourced,
    code_field,
    county_matches,
    source_is_unique,
    surface_point,
    web_geometry,
    web_index,
)


class BuildingUse(models.TextChoices):
    """What a building mainly serves."""

    RESIDENTIAL = "residential", _("residential")
    MIXED = "mixed", _("mixed")
    COMMERCIAL = "commercial", _("commercial")
    OFFICE = "office", _("office")
    PUBLIC = "public", _("public service")
    SCHOOL = "school", _("school")
    HOSPITAL = "hospital", _("hospital")
    INDUSTRIAL = "industrial", _("industrial")
    OTHER = "other", _("other")


class Building(Located, Sourced):
    """A footprint with floors; people and dwellings hang on it and need no geometry of their own."""

    code = code_field(17, blank=True)
    name = models.CharField(max_length=80, blank=True)
    estate = models.CharField(max_length=80, blank=True, help_text="Compound the building belongs to")
    address = models.CharField(max_length=160, blank=True)
    use = models.CharField(max_length=12, choices=BuildingUse, default=BuildingUse.OTHER)
    floors = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Floors above ground")
    floors_below = models.PositiveSmallIntegerField(default=0)
    height_m = models.FloatField(null=True, blank=True)
    built_year = models.PositiveSmallIntegerField(null=True, blank=True)
    geom = models.MultiPolygonField(srid=SRID_WGS84, spatial_index=False)
    geom_3857 = web_geometry()
    point = surface_point()
    point_3857 = models.GeneratedField(
        expression=models.Func(
            models.Func("geom", function="ST_PointOnSurface"),
            function="ST_Transform",
            template="ST_Transform(%(expressions)s, 3857)",
        ),
        output_field=models.PointField(srid=SRID_WEB, spatial_index=False),
        db_persist=True,
    )

    class Meta:
        ordering = ["code"]
        verbose_name = _("building")
        indexes = [
            models.Index(fields=["cell_code"], name="building_cell"),
            models.Index(fields=["estate"], name="building_estate"),
            GistIndex(fields=["geom"], name="building_geom"),
            GistIndex(fields=["point"], name="building_point"),
            web_index("building_geom_3857"),
            web_index("building_point_3857", "point_3857"),
        ]
        constraints = [
            county_matches(),
            source_is_unique(),
            models.UniqueConstraint(fields=["code"], condition=~Q(code=""), name="building_code_unique"),
            models.CheckConstraint(
                name="building_height_sane", condition=Q(height_m=None) | Q(height_m__gt=0, height_m__lt=1000)
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.address or self.code


class Entrance(Identified):
    """A stair (单元) of a building."""

    building = models.ForeignKey(Building, models.CASCADE, related_name="entrances")
    county = code_field(6)
    number = models.CharField(max_length=16)
    point = models.PointField(srid=SRID_WGS84, null=True, blank=True, spatial_index=False)

    class Meta:
        ordering = ["number"]
        verbose_name = _("entrance")
        constraints = [
            models.UniqueConstraint(fields=["building", "number"], name="entrance_number_unique"),
        ]

    def __str__(self) -> str:
        return self.number


class Dwelling(Identified):
    """A door: floor and room, in an entrance where the building has several."""

    building = models.ForeignKey(Building, models.PROTECT, related_name="dwellings")
    entrance = models.ForeignKey(Entrance, models.PROTECT, null=True, blank=True, related_name="dwellings")
    county = code_field(6)
    floor = models.SmallIntegerField()
    room = models.CharField(max_length=16, help_text="As printed at the door")
    use = models.CharField(max_length=12, choices=BuildingUse, default=BuildingUse.RESIDENTIAL)
    area_m2 = models.FloatField(null=True, blank=True)

    class Meta:
        ordering = ["floor", "room"]
        verbose_name = _("dwelling")
        constraints = [
            models.UniqueConstraint(
                fields=["building", "entrance", "floor", "room"],
                name="dwelling_door_unique",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return self.room
