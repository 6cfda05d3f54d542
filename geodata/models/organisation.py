"""Organisations at a building, dwelling or point."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.contrib.postgres.indexes import GistIndex
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from geodata.crs import SRID_WGS84
from geodata.models.base import (
    Located,
    Sourced,
    code_field,
    county_matches,
    source_is_unique,
    web_geometry,
    web_index,
)
from geodata.models.building import Building, Dwelling


class Organisation(Located, Sourced):
    """A shop, company, school, office: anything that works at a place."""

    credit_code = code_field(18, blank=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=40, blank=True)
    building = models.ForeignKey(
        Building, models.PROTECT, null=True, blank=True, related_name="organisations"
    )
    dwelling = models.ForeignKey(
        Dwelling, models.PROTECT, null=True, blank=True, related_name="organisations"
    )
    floor = models.SmallIntegerField(null=True, blank=True)
    address = models.CharField(max_length=160, blank=True)
    geom = models.PointField(srid=SRID_WGS84, spatial_index=False)
    geom_3857 = web_geometry()

    class Meta:
        ordering = ["name"]
        verbose_name = _("organisation")
        indexes = [
            models.Index(fields=["cell_code"], name="organisation_cell"),
            GistIndex(fields=["geom"], name="organisation_geom"),
            web_index("organisation_geom_3857"),
        ]
        constraints = [
            county_matches(),
            source_is_unique(),
            models.UniqueConstraint(
                fields=["county", "credit_code"],
                condition=~Q(credit_code=""),
                name="organisation_credit_unique",
            ),
        ]

    def __str__(self) -> str:
        return self.name
