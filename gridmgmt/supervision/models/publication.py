"""Results published to everybody: snapshots per department and month, small numbers already hidden."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from geodata.models.base import Identified, code_field
from gridmgmt.organisation.models import User


class Publication(Identified):
    """A month of a street as published; a retracted one stays for the record."""

    street = code_field(9)
    place = models.CharField(max_length=60)
    month = models.DateField(help_text="First day of the month")
    published_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    published_at = models.DateTimeField()
    retracted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    retracted_at = models.DateTimeField(null=True, blank=True)
    retract_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-month", "street"]
        verbose_name = _("publication")
        constraints = [
            models.UniqueConstraint(
                fields=["street", "month"],
                condition=Q(retracted_at=None),
                name="publication_one_per_month",
            ),
            models.CheckConstraint(
                name="publication_retract_has_reason",
                condition=Q(retracted_at=None) | ~Q(retract_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.street} {self.month:%Y-%m}"


class PublishedRow(models.Model):
    """One department of a publication. A number that is null is hidden because it, or its complement, is small."""

    publication = models.ForeignKey(Publication, models.CASCADE, related_name="rows")
    position = models.PositiveSmallIntegerField()
    department = models.CharField(max_length=80)
    department_en = models.CharField(max_length=120, blank=True)
    finished = models.PositiveIntegerField(null=True, blank=True)
    on_time = models.PositiveIntegerField(null=True, blank=True)
    late = models.PositiveIntegerField(null=True, blank=True)
    yellow = models.PositiveIntegerField(null=True, blank=True)
    red = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["publication", "position"]
        verbose_name = _("published row")
        constraints = [
            models.UniqueConstraint(fields=["publication", "position"], name="published_row_unique")
        ]

    def __str__(self) -> str:
        return self.department

    @property
    def shown(self) -> list[int | None]:
        """Its numbers in the order of the public table."""
        return [self.finished, self.on_time, self.late, self.yellow, self.red]
