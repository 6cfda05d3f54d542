"""Households, dated membership and dated residence."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from geodata.models.base import Identified, code_field
from geodata.models.building import Building, Dwelling
from geodata.models.person import Person

HEAD = "02"  # GB/T 4761: relation to the head of household, 02 = the head


class Household(Identified):
    """People who keep house together in a dwelling (or hold a collective household number)."""

    county = code_field(6)
    number = models.CharField(max_length=24, blank=True)
    collective = models.BooleanField(default=False)
    dwelling = models.ForeignKey(Dwelling, models.PROTECT, null=True, blank=True, related_name="households")
    building = models.ForeignKey(Building, models.PROTECT, null=True, blank=True, related_name="households")

    class Meta:
        verbose_name = _("household")
        constraints = [
            models.UniqueConstraint(
                fields=["county", "number"], condition=~Q(number=""), name="household_number_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.number or str(self.pk)


class Membership(Identified):
    """A person belongs to a household from a day until a day, in a relation to its head."""

    county = code_field(6)
    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships")
    household = models.ForeignKey(Household, models.PROTECT, related_name="memberships")
    relation = code_field(2)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("membership")
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(valid_to=None), name="membership_one_open_per_person"
            ),
            models.UniqueConstraint(
                fields=["household"],
                condition=Q(valid_to=None, relation=HEAD),
                name="membership_one_head_per_household",
            ),
            models.CheckConstraint(
                name="membership_dates_in_order",
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.relation}"


class ResidenceKind(models.TextChoices):
    """Where somebody is registered and where somebody lives may differ (人户分离)."""

    REGISTERED = "registered", _("registered")
    ACTUAL = "actual", _("actual")


class Residence(Identified):
    """A person is registered at, or lives in, a dwelling from a day until a day."""

    county = code_field(6)
    person = models.ForeignKey(Person, models.PROTECT, related_name="residences")
    kind = models.CharField(max_length=10, choices=ResidenceKind)
    dwelling = models.ForeignKey(Dwelling, models.PROTECT, null=True, blank=True, related_name="residences")
    building = models.ForeignKey(Building, models.PROTECT, null=True, blank=True, related_name="residences")
    elsewhere = models.CharField(max_length=160, blank=True, help_text="Address outside the county")
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("residence")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind"], condition=Q(valid_to=None), name="residence_one_open_per_kind"
            ),
            models.CheckConstraint(
                name="residence_dates_in_order",
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return self.kind
