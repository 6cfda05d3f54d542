"""Areas of the administrative hierarchy: county, street, community."""

from __future__ import annotations

from datetime import date

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


def standing(on: date) -> Q:
    """Areas that were not abolished by a day: those that cells are drawn in and offices are founded for."""
    return Q(valid_to=None) | Q(valid_to__gt=on)


class Area(models.Model):
    """A county, street or community; its code is nationwide unique and therefore the key. One that was abolished stays,
    with the code of the one that took its place."""

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
    valid_from = models.DateField(null=True, blank=True, help_text="The first day it existed")
    valid_to = models.DateField(
        null=True, blank=True, help_text="The first day it exists no longer; empty: it stands"
    )
    successor_code = models.CharField(
        max_length=12,
        null=True,
        blank=True,
        db_collation=CODE_COLLATION,
        help_text="Code of the division that took its place",
    )
    source = models.CharField(max_length=40, blank=True)
    extra = models.JSONField(default=dict, blank=True)
    updated_at = models.DateTimeField(auto_now=True, db_default=Now())

    class Meta:
        ordering = ["code"]
        verbose_name = _("area")
        indexes = [
            GistIndex(fields=["geom"], name="area_geom"),
            web_index("area_geom_3857"),
            # divisions that no longer exist, asked for by importers.abolished
            models.Index(fields=["valid_to"], name="area_abolished", condition=Q(valid_to__isnull=False)),
        ]
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
            models.CheckConstraint(
                name="area_ends_after_it_began",
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gt=models.F("valid_from")),
            ),
            models.CheckConstraint(
                name="area_successor_follows_its_end",
                condition=Q(successor_code=None)
                | Q(successor_code__regex=r"^(\d{6}|\d{9}|\d{12})$", valid_to__isnull=False)
                & ~Q(successor_code=models.F("code")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
