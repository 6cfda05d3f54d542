"""What can be reported, how it counts as done, and within which limit."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class CategoryKind(models.TextChoices):
    """Family of a category."""

    COMPONENT = "component", _("component")
    EVENT = "event", _("event")
    GOVERNANCE = "governance", _("governance")
    LIVELIHOOD = "livelihood", _("livelihood")


class Category(models.Model):
    """A minor class of the catalogue; ``key`` is the kind's letter and the four-digit code (E0110)."""

    key = models.CharField(primary_key=True, max_length=8, db_collation="C")
    kind = models.CharField(max_length=10, choices=CategoryKind)
    major_code = models.CharField(max_length=2)
    major = models.CharField(max_length=40)
    major_en = models.CharField(max_length=80, blank=True)
    minor_code = models.CharField(max_length=3)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=120, blank=True)
    initials = models.CharField(max_length=24, blank=True)
    icon = models.CharField(max_length=24, blank=True)
    rank = models.PositiveSmallIntegerField(default=500, help_text="Small numbers come first on the phone")
    active = models.BooleanField(default=True)
    duplicate_m = models.PositiveSmallIntegerField(
        default=50, db_default=50, help_text="Reports this near may be the same matter; 0 turns it off"
    )
    duplicate_hours = models.PositiveSmallIntegerField(
        default=24, db_default=24, help_text="And this near in time; 0 turns it off"
    )

    class Meta:
        ordering = ["rank", "key"]
        verbose_name = _("category")

    def __str__(self) -> str:
        return f"{self.key} {self.name}"


class LimitUnit(models.TextChoices):
    """Units of limits; see gridmgmt.cases.clock."""

    URGENT_HOUR = "urgent_hour", _("urgent hours")
    URGENT_DAY = "urgent_day", _("urgent days")
    WORK_HOUR = "work_hour", _("working hours")
    WORK_DAY = "work_day", _("working days")


class CaseStandard(models.Model):
    """Under which condition a case of a category is filed, when it is done, and by when."""

    category = models.ForeignKey(Category, models.CASCADE, related_name="standards")
    seq = models.PositiveSmallIntegerField(help_text="1 applies when nobody picked one")
    condition = models.CharField(max_length=200)
    condition_en = models.CharField(max_length=300, blank=True)
    closing = models.CharField(max_length=200)
    closing_en = models.CharField(max_length=300, blank=True)
    limit_value = models.PositiveSmallIntegerField()
    limit_unit = models.CharField(max_length=12, choices=LimitUnit)
    before_photos = models.PositiveSmallIntegerField(default=1)
    after_photos = models.PositiveSmallIntegerField(default=1)

    class Meta:
        ordering = ["category", "seq"]
        verbose_name = _("case standard")
        constraints = [
            models.UniqueConstraint(fields=["category", "seq"], name="case_standard_unique"),
            models.CheckConstraint(
                name="case_standard_limit_positive", condition=models.Q(limit_value__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category_id}.{self.seq}"


class CaseSource(models.Model):
    """How a report came in; public ones are verified before filing."""

    key = models.CharField(primary_key=True, max_length=24)
    name = models.CharField(max_length=40)
    name_en = models.CharField(max_length=80, blank=True)
    is_public = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("case source")

    def __str__(self) -> str:
        return self.name


class ComponentOwner(models.Model):
    """Who owns or maintains components; named by ``Component.owner_key``."""

    key = models.CharField(primary_key=True, max_length=40)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120, blank=True)
    department_key = models.CharField(max_length=40)

    class Meta:
        verbose_name = _("component owner")

    def __str__(self) -> str:
        return self.name
