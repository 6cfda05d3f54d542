"""Areas of the administrative hierarchy: county, street, community."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.contrib.postgres.indexes import GistIndex
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from geodata.crs import SRID_WGS84
from geodata.models.base import CODE_COLLATION, AreaM2, web_geometry, web_index


class AreaLevel(models.IntegerChoices):
    """Level of an area; the value is the length of its code."""

    COUNTY = 6, _("county")
    STREET = 9, _("street")
    COMMUNITY = 12, _("community")


class Area(models.Model):
    """A county, street or community; its code is nationwide unique and therefore the key."""

    code = models.CharField(primary_key=True, max_length=12, db_collation=CODE_COLLATION)
    level = models.PositiveSmallIntegerField(choices=AreaLevel)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120, blank=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    number_prefix = models.CharField(max_length=8, blank=True, help_text="Letters before case numbers")
    geom = models.MultiPolygonField(srid=SRID_WGS84, null=True, blank=True, spatial_index=False)
    geom_3857 = web_geometry()
    area_m2 = models.GeneratedField(
        expression=AreaM2("geom"), output_field=models.FloatField(), db_persist=True
    )
    source = models.CharField(max_length=40, blank=True)
    extra = models.JSONField(default=dict, blank=True)
    updated_at = models.DateTimeField(auto_now=True, db_default=Now())

    class Meta:
        ordering = ["code"]
        verbose_name = _("area")
        indexes = [GistIndex(fields=["geom"], name="area_geom"), web_index("area_geom_3857")]
        constraints = [
            models.CheckConstraint(
                name="area_code_fits_level",
                condition=Q(level=6, code__regex=r"^\d{6}$")
                | Q(level=9, code__regex=r"^\d{9}$")
                | Q(level=12, code__regex=r"^\d{12}$"),
            ),
            models.CheckConstraint(
                name="area_code_starts_with_parent",
                condition=Q(parent=None) | Q(code__startswith=models.F("parent")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
