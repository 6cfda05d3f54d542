"""Door-step changes: what somebody found otherwise than the register says, until it is approved or rejected."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from geodata.models import Dwelling, Household, Person
from geodata.models.base import code_field
from gridmgmt.organisation.models import User


class AmendmentState(models.TextChoices):
    """Where an amendment is."""

    WAITING = "waiting", _("to be looked at")
    APPROVED = "approved", _("approved")
    REJECTED = "rejected", _("not approved")


class Amendment(models.Model):
    """One field of one record: as the worker saw it, as it should be. The id is made by the phone and never used twice.

    What is a number (or whole words about a newcomer) is sealed for this row; ``old`` and ``new_masked`` are masked then."""

    id = models.UUIDField(primary_key=True, editable=False)
    county = code_field(6)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="amendments")
    household = models.ForeignKey(Household, models.PROTECT, null=True, blank=True, related_name="amendments")
    dwelling = models.ForeignKey(Dwelling, models.PROTECT, null=True, blank=True, related_name="amendments")
    field = models.CharField(max_length=24, db_collation="C")
    old = models.CharField(max_length=200, blank=True)
    new = models.CharField(max_length=200, blank=True)
    new_sealed = models.BinaryField(null=True, editable=False)
    new_masked = models.CharField(max_length=40, blank=True)
    note = models.CharField(max_length=400, blank=True)
    photo_sha256 = models.BinaryField(null=True, max_length=32)
    photo = models.CharField(max_length=120, blank=True, help_text="Clean copy below media")
    problem = models.CharField(
        max_length=40, blank=True, db_collation="C", help_text="Why the value cannot be written"
    )
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    device = models.UUIDField(null=True)
    captured_at = models.DateTimeField()
    received_at = models.DateTimeField()
    body_sha256 = models.BinaryField(max_length=32)
    state = models.CharField(max_length=8, choices=AmendmentState, default=AmendmentState.WAITING)
    automatic = models.BooleanField(default=False)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["received_at", "id"]
        verbose_name = _("amendment")
        indexes = [
            models.Index(
                fields=["received_at", "id"], name="amendment_waiting", condition=Q(state="waiting")
            ),
            models.Index(fields=["by", "-received_at"], name="amendment_own"),
        ]
        constraints = [
            models.CheckConstraint(
                name="amendment_one_record",
                condition=Q(person__isnull=False, household=None, dwelling=None)
                | Q(person=None, household__isnull=False, dwelling=None)
                | Q(person=None, household=None, dwelling__isnull=False),
            ),
            models.CheckConstraint(
                name="amendment_sealed_or_plain",
                condition=Q(new_sealed=None) | Q(new=""),
            ),
            models.CheckConstraint(
                name="amendment_decision_whole",
                condition=Q(state="waiting", decided_by=None, decided_at=None)
                | (~Q(state="waiting") & Q(decided_by__isnull=False, decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="amendment_rejection_has_reason", condition=~Q(state="rejected") | ~Q(reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field} {self.state}"


class AmendmentRule(models.Model):
    """What becomes of amendments of a field: looked at by a keeper, or written at once when nothing speaks against it.

    A field without a row is looked at."""

    key = models.CharField(max_length=40, primary_key=True, db_collation="C", help_text="person.phone")
    automatic = models.BooleanField(default=False)
    changed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["key"]
        verbose_name = _("amendment rule")

    def __str__(self) -> str:
        return self.key
