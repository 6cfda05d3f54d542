"""One table: who searched, listed, viewed, revealed or took whose record, when, why and through which door."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from geodata.models.base import Identified
from gridmgmt.organisation.models import User


class AccessAction(models.TextChoices):
    """What somebody did with records."""

    SEARCHED = "searched", _("searched")
    LISTED = "listed", _("listed")
    VIEWED = "viewed", _("viewed")
    REVEALED = "revealed", _("revealed")
    EXPORTED = "exported", _("exported")
    PRINTED = "printed", _("printed")
    TAKEN = "taken", _("taken along")


class SubjectKind(models.TextChoices):
    """Whose records."""

    PERSON = "person", _("person")
    HOUSEHOLD = "household", _("household")
    DWELLING = "dwelling", _("dwelling")
    BUILDING = "building", _("building")
    ORGANISATION = "organisation", _("organisation")
    COMPONENT = "component", _("component")
    QUARANTINE = "quarantine", _("quarantined body")


class Door(models.TextChoices):
    """Through which door."""

    PAGES = "pages", _("pages")
    PHONE = "phone", _("phone")
    FILES = "files", _("files")
    COMMAND = "command", _("command line")


class AccessRecord(Identified):
    """One act of reading. Never changed, never deleted (triggers refuse); ``asked`` holds no personal value in clear."""

    at = models.DateTimeField()
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    action = models.CharField(max_length=8, choices=AccessAction)
    subject_kind = models.CharField(max_length=12, choices=SubjectKind)
    subject_ids = ArrayField(models.UUIDField())
    purpose = models.CharField(max_length=200, blank=True)
    asked = models.JSONField(default=dict)
    row_count = models.PositiveIntegerField()
    door = models.CharField(max_length=8, choices=Door)

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = _("access record")
        indexes = [
            GinIndex(fields=["subject_ids"], name="access_subjects"),  # who looked at this person
            models.Index(fields=["user", "-at"], name="access_user"),  # what did this user look at
            models.Index(fields=["-at"], name="access_at"),
        ]
        constraints = [
            models.CheckConstraint(
                name="access_reveal_and_export_have_purpose",
                condition=~Q(action__in=["revealed", "exported"]) | ~Q(purpose=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.row_count} {self.subject_kind}"
