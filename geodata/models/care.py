"""Who is owed a service: membership of somebody in a group of care, from a day until a day.

Only groups that entitle to help (scope note of DESIGN.md): nothing here marks a person for anything else.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from geodata.models.base import Identified, code_field
from geodata.models.person import Person


class CareGroup(models.TextChoices):
    """Groups of care; the codes are those of the comprehensive catalogue. A diagnosis is none of them."""

    MINIMUM_ALLOWANCE = "S01", _("minimum-living allowance")
    DESTITUTE = "S02", _("destitute, supported")
    DISABLED = "S03", _("disabled")
    ELDERLY_ALONE = "S04", _("elderly, living alone")
    EMPTY_NEST = "S05", _("elderly, children away")
    EIGHTY = "S06", _("aged 80 and above")
    THREE_NO = "S07", _("elderly without income, work or family")
    LEFT_BEHIND_CHILD = "S08", _("child left behind")
    UNEMPLOYED = "S09", _("unemployed")
    RETIRED = "S10", _("retired, in community care")
    VETERAN = "S12", _("veteran, entitled to preferential treatment")
    CHILD_IN_NEED = "S14", _("orphan or child in difficulty")
    LOST_ONLY_CHILD = "S15", _("family that lost its only child")


class CareLevel(models.TextChoices):
    """How much help is due; 1 is most."""

    FIRST = "1", _("first level")
    SECOND = "2", _("second level")
    THIRD = "3", _("third level")
    FOURTH = "4", _("fourth level")


class CareMembership(Identified):
    """A person belongs to a group of care. ``review_on``: when somebody looks whether it still holds."""

    county = code_field(6)
    person = models.ForeignKey(Person, models.PROTECT, related_name="care")
    group = code_field(3)
    level = code_field(1, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    review_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("care membership")
        indexes = [models.Index(fields=["review_on"], name="care_review", condition=Q(valid_to=None))]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "group"], condition=Q(valid_to=None), name="care_one_open_per_group"
            ),
            models.CheckConstraint(name="care_group_known", condition=Q(group__in=CareGroup.values)),
            models.CheckConstraint(
                name="care_level_known", condition=Q(level="") | Q(level__in=CareLevel.values)
            ),
            models.CheckConstraint(
                name="care_dates_in_order",
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return self.group
