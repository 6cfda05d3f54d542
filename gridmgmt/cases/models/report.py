"""Reports as they came in, and their photos."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from geodata.crs import SRID_WGS84
from geodata.models.base import code_field
from gridmgmt.cases.models.case import Case
from gridmgmt.organisation.models import Device, User


class Report(models.Model):
    """What a phone (or another source) sent, frozen. ``id`` is made by the client and unique for ever."""

    id = models.UUIDField(primary_key=True, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="reports")
    county = code_field(6)
    payload = models.JSONField(help_text="As received, without photos")
    payload_sha256 = models.BinaryField(max_length=32)
    reporter = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="reports")
    device = models.ForeignKey(Device, models.PROTECT, null=True, blank=True, related_name="reports")
    captured_at = models.DateTimeField(help_text="By the phone's clock")
    received_at = models.DateTimeField(help_text="By ours")
    datum = models.CharField(max_length=16)
    source_x = models.FloatField()
    source_y = models.FloatField()
    accuracy_m = models.FloatField(null=True, blank=True)
    geom = models.PointField(srid=SRID_WGS84, spatial_index=False)
    flags = ArrayField(models.CharField(max_length=24), default=list, blank=True)

    class Meta:
        ordering = ["-received_at"]
        verbose_name = _("report")
        indexes = [models.Index(fields=["reporter", "-received_at"], name="report_reporter")]

    def __str__(self) -> str:
        return str(self.pk)


class PhotoState(models.TextChoices):
    """Declared by the report, or here and verified."""

    EXPECTED = "expected", _("expected")
    STORED = "stored", _("stored")


class Photo(models.Model):
    """A photo of a report or of a later step. ``sha256`` is of the bytes the phone took.

    The stored copy is upright and carries no metadata; what EXIF told is in columns here.
    """

    class Role(models.TextChoices):
        """When in the life of the case it was taken."""

        BEFORE = "before", _("before")
        AFTER = "after", _("after")
        SITE = "site", _("on site, by who verified or checked")

    id = models.UUIDField(primary_key=True, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="photos")
    report = models.ForeignKey(Report, models.PROTECT, null=True, blank=True, related_name="photos")
    role = models.CharField(max_length=8, choices=Role, default=Role.BEFORE)
    position = models.PositiveSmallIntegerField(default=0)
    sha256 = models.BinaryField(max_length=32)
    state = models.CharField(max_length=8, choices=PhotoState, default=PhotoState.EXPECTED)
    size = models.PositiveIntegerField(null=True, blank=True)
    media_type = models.CharField(max_length=20, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    original = models.CharField(
        max_length=120, blank=True, help_text="Path of the bytes as taken, below media"
    )
    copy = models.CharField(max_length=120, blank=True, help_text="Path of the clean copy, below media")
    thumbnail = models.CharField(max_length=120, blank=True)
    taken_at = models.DateTimeField(null=True, blank=True)
    exif_point = models.PointField(srid=SRID_WGS84, null=True, blank=True, spatial_index=False)
    exif_distance_m = models.FloatField(null=True, blank=True, help_text="From the report's point")
    camera = models.CharField(max_length=80, blank=True)
    flags = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    uploaded_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    stored_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("photo")
        indexes = [models.Index(fields=["sha256"], name="photo_sha256")]
        constraints = [
            models.CheckConstraint(
                name="photo_stored_has_files",
                condition=Q(state=PhotoState.EXPECTED)
                | (~Q(original="") & ~Q(copy="") & Q(stored_at__isnull=False, size__gt=0)),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
