"""The working calendar with its versions, office hours, and the revision number of all reference data."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from gridmgmt.organisation.models import Department, User


class CalendarVersion(models.Model):
    """One change of working time: days, office hours or both. Every older version can be loaded again for ever."""

    class Effect(models.TextChoices):
        """What the change did to clocks that were running."""

        FROM_NOW = "from_now", _("from now on only")
        REDERIVE = "rederive", _("running clocks computed again")

    number = models.PositiveIntegerField(primary_key=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=200)
    effect = models.CharField(max_length=8, choices=Effect, default=Effect.FROM_NOW)
    differing = models.PositiveIntegerField(default=0, help_text="Running deadlines that differ under it")

    class Meta:
        ordering = ["-number"]
        verbose_name = _("calendar version")

    def __str__(self) -> str:
        return str(self.number)


class Versioned(models.Model):
    """A row that belongs to the versions from ``added_in`` until before ``removed_in``; a trigger refuses any
    other change of it."""

    added_in = models.ForeignKey(CalendarVersion, models.PROTECT, related_name="+", db_index=False)
    removed_in = models.ForeignKey(
        CalendarVersion, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        abstract = True


class CalendarDay(Versioned):
    """A day that differs from the weekend rule."""

    class Kind(models.TextChoices):
        """Free though a weekday, or worked though a weekend."""

        HOLIDAY = "holiday", _("public holiday")
        MAKEUP = "makeup", _("make-up workday")

    date = models.DateField()
    kind = models.CharField(max_length=8, choices=Kind)
    name = models.CharField(max_length=60, blank=True)
    source = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["date"]
        verbose_name = _("calendar day")
        constraints = [
            models.UniqueConstraint(
                fields=["date"], condition=models.Q(removed_in=None), name="calendar_day_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.kind}"


NARROWING = ("weekdays", "season_from", "valid_from", "valid_to")


class OfficeHoursRow(Versioned):
    """Hours of a department and of those below it; no department: of everybody. Null means always."""

    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="+")
    segments = models.CharField(
        max_length=60, blank=True, help_text='"08:00-12:00,14:00-18:00"; empty: closed'
    )
    weekdays = ArrayField(models.PositiveSmallIntegerField(), null=True, blank=True, help_text="0 is Monday")
    season_from = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Month * 100 + day, yearly"
    )
    season_to = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Last day, included")
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True, help_text="The day after the last")

    class Meta:
        ordering = ["id"]
        verbose_name = _("office hours")
        constraints = [
            models.CheckConstraint(
                name="office_hours_season_whole",
                condition=models.Q(season_from=None, season_to=None)
                | models.Q(season_from__range=(101, 1231), season_to__range=(101, 1231)),
            ),
            models.CheckConstraint(
                name="office_hours_validity_order",
                condition=models.Q(valid_from=None)
                | models.Q(valid_to=None)
                | models.Q(valid_from__lt=models.F("valid_to")),
            ),
        ]

    def __str__(self) -> str:
        return self.segments

    @property
    def is_base(self) -> bool:
        """True for hours of every day."""
        return all(getattr(self, name) is None for name in NARROWING)

    @classmethod
    def bases(cls) -> models.QuerySet[OfficeHoursRow]:
        """Present rows for every day."""
        return cls.objects.filter(removed_in=None, **{f"{name}__isnull": True for name in NARROWING})


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
