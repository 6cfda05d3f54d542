"""Pairs of records that may be one person, what was decided about them, and merges that can be taken back exactly."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from geodata.models import Person
from geodata.models.base import Identified, code_field
from gridmgmt.organisation.models import User


class DoubleState(models.TextChoices):
    """What somebody decided about a pair. Of a merged pair one record is gone, so it has no row any more."""

    OPEN = "open", _("to be decided")
    DIFFERENT = "different", _("two people")


class Double(Identified):
    """Two records of one county that may be one person, with a score and its reasons. "Two people" is remembered."""

    county = code_field(6)
    first = models.ForeignKey(Person, models.CASCADE, related_name="+")
    second = models.ForeignKey(Person, models.CASCADE, related_name="+")
    score = models.PositiveSmallIntegerField()
    reasons = ArrayField(models.CharField(max_length=24))
    state = models.CharField(max_length=9, choices=DoubleState, default=DoubleState.OPEN)
    found_at = models.DateTimeField(db_default=Now())
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-score", "id"]
        verbose_name = _("double")
        indexes = [models.Index(fields=["county", "state", "-score"], name="double_open")]
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="double_pair_once"),
            models.CheckConstraint(name="double_in_order", condition=Q(first__lt=F("second"))),
            models.CheckConstraint(
                name="double_decision_whole",
                condition=Q(state="open", decided_by=None, decided_at=None)
                | Q(state="different", decided_by__isnull=False, decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class PersonMerge(Identified):
    """One merge: which record stayed, what was chosen, and every row as it was before – sealed values stay sealed.

    It is where the record that stayed is; ``cell_code`` says where that was at the merge, for one that is gone since."""

    county = code_field(6)
    cell_code = code_field(16)
    kept = models.UUIDField()
    gone = models.UUIDField()
    chosen = models.JSONField(help_text="field → kept or gone")
    reason = models.CharField(max_length=200)
    images = models.JSONField(help_text="Rows before, by table")
    moved = models.JSONField(
        help_text="Keys of rows of other tables that were pointed to the record that stayed"
    )
    print_after = models.CharField(
        max_length=32, db_collation="C", help_text="What stood there after the merge"
    )
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    undone_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = _("person merge")
        indexes = [
            models.Index(fields=["cell_code"], name="personmerge_cell"),
            models.Index(fields=["kept"], name="personmerge_kept"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
