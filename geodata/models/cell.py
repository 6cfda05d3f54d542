"""Cells and the editions that change them in one step."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.contrib.postgres.indexes import GistIndex
from django.db.models import Q
from django.db.models.functions import Left, Now
from django.utils.translation import gettext_lazy as _

from geodata.crs import SRID_WGS84
from geodata.models.base import AreaM2, Identified, code_field, surface_point, web_geometry


class EditionState(models.TextChoices):
    """An edition is prepared, checked, activated once, and later retired by the next one."""

    DRAFT = "draft", _("draft")
    CHECKED = "checked", _("checked")
    ACTIVE = "active", _("active")
    RETIRED = "retired", _("retired")


class Edition(Identified):
    """One version of all cells under an area code."""

    scope_code = code_field(12)
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=8, choices=EditionState, default=EditionState.DRAFT)
    checks = models.JSONField(default=list, blank=True, help_text="Findings of the last check")
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.UUIDField(null=True, blank=True)
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_to = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["scope_code", "-number"]
        verbose_name = _("edition")
        constraints = [
            models.UniqueConstraint(fields=["scope_code", "number"], name="edition_number_unique"),
            models.UniqueConstraint(
                fields=["scope_code"], condition=Q(state=EditionState.ACTIVE), name="edition_one_active"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope_code} #{self.number}"


class Cell(Identified):
    """A closed polygon inside one community; with its siblings it tiles the community."""

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="cells")
    code = code_field(16)
    county = code_field(6)
    community_code = code_field(12)
    name = models.CharField(max_length=80, blank=True)
    geom = models.MultiPolygonField(srid=SRID_WGS84, spatial_index=False)
    geom_3857 = web_geometry()
    label_point = surface_point()
    area_m2 = models.GeneratedField(
        expression=AreaM2("geom"), output_field=models.FloatField(), db_persist=True
    )
    active = models.BooleanField(default=False, help_text="Copy of the edition's state for indexes")
    households = models.PositiveIntegerField(null=True, blank=True, help_text="As counted when proposed")

    class Meta:
        ordering = ["code"]
        verbose_name = _("cell")
        indexes = [
            GistIndex(fields=["geom"], name="cell_active_geom", condition=Q(active=True)),
            GistIndex(fields=["geom_3857"], name="cell_active_geom_3857", condition=Q(active=True)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["edition", "code"], name="cell_code_unique_in_edition"),
            models.UniqueConstraint(
                fields=["code"], condition=Q(active=True), name="cell_code_unique_active"
            ),
            models.CheckConstraint(
                name="cell_code_in_community", condition=Q(community_code=Left("code", 12))
            ),
            models.CheckConstraint(name="cell_county_is_prefix", condition=Q(county=Left("code", 6))),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
