"""The working calendar and the revision number of all reference data."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class CalendarDay(models.Model):
    """A day that differs from the weekend rule."""

    class Kind(models.TextChoices):
        """Free though a weekday, or worked though a weekend."""

        HOLIDAY = "holiday", _("public holiday")
        MAKEUP = "makeup", _("make-up workday")

    date = models.DateField(primary_key=True)
    kind = models.CharField(max_length=8, choices=Kind)
    name = models.CharField(max_length=60, blank=True)
    source = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["date"]
        verbose_name = _("calendar day")

    def __str__(self) -> str:
        return f"{self.date} {self.kind}"


class ReferenceRevision(models.Model):
    """One row; triggers raise ``revision`` whenever catalogue, rules, flows, departments or calendar change.

    Processes keep these tables in memory and look at this number inside the statement that needs them.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    revision = models.BigIntegerField(default=1)

    class Meta:
        constraints = [models.CheckConstraint(name="reference_revision_single", condition=models.Q(id=1))]

    def __str__(self) -> str:
        return str(self.revision)
