"""Cards: what a rule found on one run of a clock, with the snapshot that caused it, and what became of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from geodata.models.base import Identified, Located, county_matches
from gridmgmt.cases.models.catalogue import LimitUnit
from gridmgmt.organisation.models import Department, User


class CardLevel(models.TextChoices):
    """How grave. A card never changes its level: worse is another card."""

    WARNING = "warning", _("early warning")
    URGED = "urged", _("urged")
    YELLOW = "yellow", _("yellow card")
    RED = "red", _("red card")


class CardState(models.TextChoices):
    """Where a card is on its way."""

    ISSUED = "issued", _("issued")
    SERVED = "served", _("served")
    ANSWERED = "answered", _("answered")
    CANCELLED = "cancelled", _("cancelled")


class Card(Located):
    """Raised once for a rule, an object and a run of its clock. What caused it never changes (a trigger refuses).

    ``run`` names the run by the microsecond its clock started; ``occasion`` tells several urgings by people apart (the
    number of the step), 0 for all else. ``finished_late`` is a fact without a document: the work was done when the
    scan saw it. ``used_s`` and ``left_s`` count in the unit's own time, ``left_s`` negative when over.
    """

    rule_key = models.CharField(max_length=40)
    watches = models.CharField(max_length=16)
    object_id = models.UUIDField()
    run = models.BigIntegerField()
    occasion = models.PositiveIntegerField(default=0, db_default=0)
    level = models.CharField(max_length=8, choices=CardLevel)
    score = models.SmallIntegerField(default=0)
    raised_at = models.DateTimeField()
    finished_late = models.BooleanField(default=False)

    number = models.CharField(max_length=32, db_collation="C", help_text="Number of the case or application")
    subject = models.CharField(max_length=120, blank=True, help_text="Category or item, in Chinese")
    subject_en = models.CharField(max_length=160, blank=True)
    stage = models.CharField(max_length=24, blank=True)
    stage_name = models.CharField(max_length=40, blank=True)
    stage_name_en = models.CharField(max_length=80, blank=True)
    limit_value = models.PositiveSmallIntegerField(null=True, blank=True)
    limit_unit = models.CharField(max_length=12, choices=LimitUnit, blank=True)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    used_s = models.BigIntegerField(null=True, blank=True)
    left_s = models.BigIntegerField(null=True, blank=True)
    calendar_version = models.BigIntegerField(default=0)
    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="cards")
    assignee = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    state = models.CharField(
        max_length=10, choices=CardState, default=CardState.ISSUED, db_default=CardState.ISSUED
    )
    issued_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    urge_until = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(
        null=True, blank=True, help_text="The urging period needs no watching any more"
    )
    reply_due_at = models.DateTimeField(null=True, blank=True)
    served_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True)
    plan_date = models.DateField(null=True, blank=True)
    cancel_asked_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    cancel_reason = models.TextField(blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-raised_at"]
        verbose_name = _("card")
        indexes = [
            models.Index(fields=["-raised_at"], name="card_raised_at"),
            models.Index(fields=["cell_code", "level"], name="card_cell_level"),
            models.Index(fields=["department", "-raised_at"], name="card_department"),
            models.Index(fields=["object_id"], name="card_object"),
            # Urging periods that still run: read by every scan.
            models.Index(
                fields=["urge_until"],
                name="card_urging",
                condition=Q(urge_until__isnull=False, settled_at=None),
            ),
        ]
        constraints = [
            county_matches(),
            models.UniqueConstraint(
                fields=["object_id", "run", "rule_key", "occasion"], name="card_raised_once"
            ),
            models.CheckConstraint(
                name="card_cancel_has_reason", condition=~Q(state="cancelled") | ~Q(cancel_reason="")
            ),
            models.CheckConstraint(
                name="card_answer_has_text", condition=~Q(state="answered") | ~Q(answer="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.level} {self.number}"

    @property
    def answered_late(self) -> bool:
        """True when the answer came after its day."""
        return bool(self.answered_at and self.reply_due_at and self.answered_at > self.reply_due_at)


class CardEvent(Identified):
    """One thing that happened to a card; never changed (a trigger refuses). ``seq`` has no gap, 1 is the raising."""

    card = models.ForeignKey(Card, models.PROTECT, related_name="events")
    seq = models.PositiveSmallIntegerField()
    action = models.CharField(max_length=16)
    actor = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    text = models.TextField(blank=True)
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["card", "seq"]
        verbose_name = _("card event")
        constraints = [models.UniqueConstraint(fields=["card", "seq"], name="card_event_seq_unique")]

    def __str__(self) -> str:
        return f"{self.seq} {self.action}"
