"""What a department takes out of the registers as a file: asked for with a purpose, made by a job, gone after a day."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from geodata.models.base import Identified, code_field
from gridmgmt.organisation.models import Department, User


class ExportFormat(models.TextChoices):
    """Kinds of files."""

    XLSX = "xlsx", _("workbook (XLSX)")
    CSV = "csv", _("table (CSV)")
    GPKG = "gpkg", _("map data (GPKG)")


class RegisterExport(Identified):
    """One file for one person, until ``expires_at``. The row stays when the file is gone."""

    number = models.CharField(max_length=24, unique=True, db_collation="C")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", help_text="Who takes it")
    dataset = models.CharField(max_length=16)
    columns = ArrayField(models.CharField(max_length=24))
    sensitive = models.BooleanField(help_text="Some column holds full personal values")
    place = code_field(16)
    prefixes = ArrayField(
        code_field(16), default=list, help_text="Codes whose rows the file holds; written with the file"
    )
    group = models.CharField(max_length=12, blank=True)
    format = models.CharField(max_length=4, choices=ExportFormat)
    purpose = models.CharField(max_length=200)
    language = models.CharField(max_length=10)
    asked_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    row_count = models.PositiveIntegerField(null=True)
    file = models.CharField(max_length=120, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size_bytes = models.BigIntegerField(null=True)
    refused = models.CharField(max_length=40, blank=True, help_text="Error code when the job made none")
    taken_at = models.DateTimeField(null=True)
    taken = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["-asked_at", "-id"]
        verbose_name = _("register export")
        indexes = [
            models.Index(fields=["user", "-asked_at"], name="registerexport_user"),
            models.Index(fields=["expires_at"], name="registerexport_expires", condition=~Q(file="")),
        ]
        constraints = [
            models.CheckConstraint(name="registerexport_purpose", condition=~Q(purpose="")),
            models.CheckConstraint(
                name="registerexport_made_whole",
                condition=Q(made_at=None, file="")
                | Q(made_at__isnull=False, expires_at__isnull=False, row_count__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number
