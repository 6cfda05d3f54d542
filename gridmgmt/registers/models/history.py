"""What changed in a register, when, by whom, through what. Written by triggers alone (sql/10_history.sql)."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Register(models.TextChoices):
    """The tables whose changes are kept."""

    PERSON = "person", _("person")
    HOUSEHOLD = "household", _("household")
    MEMBERSHIP = "membership", _("membership")
    RESIDENCE = "residence", _("residence")
    DWELLING = "dwelling", _("dwelling")


class ChangeKind(models.TextChoices):
    """What happened to the row."""

    MADE = "made", _("entered")
    CHANGED = "changed", _("changed")
    REMOVED = "removed", _("removed")


class RegisterChange(models.Model):
    """One change of one row. ``changes`` holds {column: [before, after]}; of a row that was made it is empty.

    Sealed bytes and search keys never stand here: a number appears by its masked form. The id of the newest change of a
    person or household is the version that forms are compared with."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    by = models.UUIDField(null=True, help_text="User; empty when nobody said who acts")
    cause = models.CharField(max_length=24, db_collation="C")
    ref = models.UUIDField(null=True, help_text="Row of the cause: import batch, amendment, merge")
    tool = models.CharField(
        max_length=80, blank=True, help_text="Database role and program, when nobody said who acts"
    )
    register = models.CharField(max_length=10, choices=Register, db_collation="C")
    kind = models.CharField(max_length=7, choices=ChangeKind, db_collation="C")
    row_key = models.UUIDField()
    person_key = models.UUIDField(null=True)
    household_key = models.UUIDField(null=True)
    changes = models.JSONField(null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("register change")
        indexes = [
            models.Index(
                fields=["person_key", "id"], name="registerchange_person", condition=~Q(person_key=None)
            ),
            models.Index(
                fields=["household_key", "id"],
                name="registerchange_household",
                condition=~Q(household_key=None),
            ),
            # what happened lately
            BrinIndex(fields=["at"], name="registerchange_at", autosummarize=True),
            models.Index(
                fields=["row_key"], name="registerchange_dwelling", condition=Q(register="dwelling")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.register} {self.kind}"
