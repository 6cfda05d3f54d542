"""Map context without a register: roads, green, water, rail."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.contrib.postgres.indexes import GistIndex
from django.utils.translation import gettext_lazy as _

from geodata.crs import SRID_WGS84
from geodata.models.base import Identified, Sourced, code_field, source_is_unique, web_geometry, web_index


class ContextKind(models.TextChoices):
    """What the map draws below the registers."""

    ROAD = "road", _("road")
    GREEN = "green", _("green space")
    WATER = "water", _("water")
    RAIL = "rail", _("railway")


class ContextFeature(Identified, Sourced):
    """A line or surface that gives the map its look; ``rank`` 1 (motorway) … 9 (footpath) thins roads by zoom."""

    county = code_field(6)
    kind = models.CharField(max_length=8, choices=ContextKind)
    subclass = models.CharField(max_length=40, blank=True)
    rank = models.PositiveSmallIntegerField(default=5)
    name = models.CharField(max_length=80, blank=True)
    geom = models.GeometryField(srid=SRID_WGS84, spatial_index=False)
    geom_3857 = web_geometry()

    class Meta:
        verbose_name = _("context feature")
        indexes = [
            GistIndex(fields=["geom"], name="context_geom"),
            web_index("context_geom_3857"),
        ]
        constraints = [source_is_unique()]

    def __str__(self) -> str:
        return self.name or self.subclass
