"""How satisfied a reporter was after closing, and what follows when they were not."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from geodata.models.base import Identified
from gridmgmt.cases.models import Case
from gridmgmt.organisation.models import Department, User


class Rating(Identified):
    """One answer for one closing of a case, and one later addition (追评). There is no row unless somebody answered."""

    class Value(models.TextChoices):
        """The three answers of the city's own form."""

        SATISFIED = "satisfied", _("satisfied")
        BASICALLY = "basically", _("basically satisfied")
        UNSATISFIED = "unsatisfied", _("not satisfied")

    class Channel(models.TextChoices):
        """By which way it came."""

        CODE = "code", _("number and code")
        LINK = "link", _("link on the phone")

    case = models.ForeignKey(Case, models.PROTECT, related_name="ratings")
    closing_seq = models.PositiveIntegerField(help_text="History row of the closing that is judged")
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="+", help_text="At closing"
    )
    value = models.CharField(max_length=12, choices=Value)
    text = models.CharField(max_length=500, blank=True)
    channel = models.CharField(max_length=8, choices=Channel)
    at = models.DateTimeField()
    addition = models.CharField(max_length=500, blank=True, default="", db_default="")
    added_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at"]
        verbose_name = _("rating")
        indexes = [
            models.Index(fields=["at"], name="rating_at"),
            models.Index(fields=["department", "at"], name="rating_department"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["case", "closing_seq"], name="rating_once_per_closing"),
            models.CheckConstraint(
                name="rating_value_known", condition=Q(value__in=["satisfied", "basically", "unsatisfied"])
            ),
            models.CheckConstraint(
                name="rating_addition_whole",
                condition=Q(addition="", added_at=None) | (~Q(addition="") & Q(added_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.value


class RateLink(Identified):
    """A link for one rating, sent to a phone; only the digest of its token is kept."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="rate_links")
    token_digest = models.BinaryField(max_length=32, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.pk)


class FollowUp(Identified):
    """What an unhappy answer sets going: contact within one working day, put right within fifteen."""

    rating = models.OneToOneField(Rating, models.PROTECT, related_name="follow_up")
    opened_at = models.DateTimeField()
    contact_due_at = models.DateTimeField()
    rectify_due_at = models.DateTimeField()
    contacted_at = models.DateTimeField(null=True, blank=True)
    contacted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    contact_note = models.CharField(max_length=500, blank=True)
    reopened_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    finished_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    outcome = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["rectify_due_at"]
        verbose_name = _("follow-up")
        indexes = [
            models.Index(fields=["rectify_due_at"], name="follow_up_open", condition=Q(finished_at=None))
        ]
        constraints = [
            models.CheckConstraint(
                name="follow_up_contact_before_end",
                condition=Q(finished_at=None) | Q(contacted_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return str(self.rating_id)
