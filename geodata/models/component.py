"""City components: manholes, lamps, bins, trees and all else with a code and an owner."""

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


class ComponentState(models.TextChoices):
    """Condition as last seen."""

    SOUND = "sound", _("sound")
    DAMAGED = "damaged", _("damaged")
    MISSING = "missing", _("missing")
    REMOVED = "removed", _("removed")


class Component(Located, Sourced):
    """One component (部件). ``class_code`` is major + minor of the catalogue, ``owner_key`` who maintains it."""

    code = code_field(16)
    class_code = code_field(5)
    name = models.CharField(max_length=80, blank=True)
    owner_key = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=8, choices=ComponentState, default=ComponentState.SOUND)
    geom = models.PointField(srid=SRID_WGS84, spatial_index=False)
    geom_3857 = web_geometry()

    class Meta:
        ordering = ["code"]
        verbose_name = _("component")
        indexes = [
            models.Index(fields=["cell_code"], name="component_cell"),
            GistIndex(fields=["geom"], name="component_geom"),
            web_index("component_geom_3857"),
        ]
        constraints = [
            county_matches(),
            source_is_unique(),
            models.UniqueConstraint(fields=["code"], name="component_code_unique"),
            models.CheckConstraint(name="component_code_form", condition=Q(code__regex=r"^\d{16}$")),
        ]

    def __str__(self) -> str:
        return self.code
