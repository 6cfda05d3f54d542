"""Flows as rows: procedure, stages, transitions. A case keeps the version it began with."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from geodata.models.base import code_field
from gridmgmt.cases.models.catalogue import LimitUnit
from gridmgmt.organisation.models import User


class ProcedureState(models.TextChoices):
    """Being written, taken by new matters, or only by those that began with it."""

    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    RETIRED = "retired", _("retired")


class ProcedureKind(models.TextChoices):
    """What a procedure carries; the engine treats all alike, statistics and lists tell them apart."""

    INCIDENT = "incident", _("incident")
    APPLICATION = "application", _("application")
    CONTACT = "contact", _("contact")


class Procedure(models.Model):
    """A flow in one version; only a draft is edited (a trigger holds that). ``edits`` tells editors who was faster."""

    key = models.CharField(max_length=24)
    version = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=12, choices=ProcedureKind, default=ProcedureKind.INCIDENT)
    state = models.CharField(max_length=10, choices=ProcedureState, default=ProcedureState.DRAFT)
    note = models.CharField(max_length=200, blank=True)
    edits = models.PositiveIntegerField(default=0)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["key", "-version"]
        verbose_name = _("procedure")
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="procedure_version_unique"),
            models.UniqueConstraint(
                fields=["key"],
                condition=models.Q(state=ProcedureState.PUBLISHED),
                name="procedure_one_published",
            ),
            models.UniqueConstraint(
                fields=["key"], condition=models.Q(state=ProcedureState.DRAFT), name="procedure_one_draft"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} v{self.version}"


class Stage(models.Model):
    """A state of a case: who owns it and how long it may last."""

    class Clock(models.TextChoices):
        """What the lamp does in this stage."""

        RUNNING = "running", _("running")
        PAUSED = "paused", _("paused")
        FINAL = "final", _("final")

    procedure = models.ForeignKey(Procedure, models.CASCADE, related_name="stages")
    key = models.CharField(max_length=24)
    order = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=40)
    name_en = models.CharField(max_length=80, blank=True)
    owner_role = models.CharField(max_length=12, blank=True)
    clock = models.CharField(max_length=8, choices=Clock, default=Clock.RUNNING)
    limit_value = models.PositiveSmallIntegerField(null=True, blank=True)
    limit_unit = models.CharField(max_length=12, choices=LimitUnit, blank=True)
    public_name = models.CharField(max_length=40, blank=True, help_text="What a resident reads")
    public_name_en = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["procedure", "order"]
        verbose_name = _("stage")
        constraints = [
            models.UniqueConstraint(fields=["procedure", "key"], name="stage_key_unique"),
        ]

    def __str__(self) -> str:
        return self.name


class Transition(models.Model):
    """One permitted step; an empty ``from_stage`` is the beginning, "*" any running stage. Words: flow_words."""

    procedure = models.ForeignKey(Procedure, models.CASCADE, related_name="transitions")
    order = models.PositiveSmallIntegerField(default=0)
    from_stage = models.CharField(max_length=24, blank=True)
    action = models.CharField(max_length=24)
    to_stage = models.CharField(max_length=24, help_text='"*" stays where it is')
    to_procedure = models.CharField(
        max_length=24, blank=True, help_text="Another flow, whose stage to_stage is"
    )
    condition = models.CharField(
        max_length=24, blank=True, help_text="public | own: kind of source it holds for"
    )
    name = models.CharField(max_length=40)
    name_en = models.CharField(max_length=80, blank=True)
    tone = models.CharField(max_length=8, default="go", help_text="go | refuse | aside: how it is shown")
    roles = ArrayField(models.CharField(max_length=12))
    relation = models.CharField(max_length=16, default="any")
    requires = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    takes = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    clock_effect = models.CharField(max_length=16, default="none")
    effects = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    guards = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    request = models.CharField(max_length=24, blank=True)
    request_move = models.CharField(max_length=10, blank=True)
    request_level = models.PositiveSmallIntegerField(null=True, blank=True)
    trigger = models.CharField(max_length=16, blank=True, help_text="When the platform takes it by itself")
    notify = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["procedure", "order", "id"]
        verbose_name = _("transition")
        constraints = [
            models.UniqueConstraint(
                fields=["procedure", "from_stage", "action", "condition"], name="transition_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_stage or '·'} –{self.action}→ {self.to_stage}"


class RequestKind(models.Model):
    """What may be asked for in a flow and decided by somebody else: a delay, a hang, an appeal."""

    procedure = models.ForeignKey(Procedure, models.CASCADE, related_name="requests")
    key = models.CharField(max_length=24)
    name = models.CharField(max_length=40)
    name_en = models.CharField(max_length=80, blank=True)
    most_granted = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Per case; empty: no bound"
    )

    class Meta:
        ordering = ["procedure", "id"]
        verbose_name = _("kind of request")
        constraints = [
            models.UniqueConstraint(fields=["procedure", "key"], name="request_kind_unique"),
        ]

    def __str__(self) -> str:
        return self.name


class StepField(models.Model):
    """A field of a flow's own that a step needs; its value is kept in the history row."""

    class Kind(models.TextChoices):
        """What is entered."""

        TEXT = "text", _("text")
        NUMBER = "number", _("whole number")
        DATE = "date", _("date")
        CHOICE = "choice", _("one of a list")
        YES_NO = "yes_no", _("yes or no")

    procedure = models.ForeignKey(Procedure, models.CASCADE, related_name="fields")
    key = models.CharField(max_length=24)
    name = models.CharField(max_length=40)
    name_en = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.TEXT)
    choices = ArrayField(models.CharField(max_length=40), default=list, blank=True)

    class Meta:
        ordering = ["procedure", "id"]
        verbose_name = _("field of a step")
        constraints = [
            models.UniqueConstraint(fields=["procedure", "key"], name="step_field_unique"),
        ]

    def __str__(self) -> str:
        return self.name


class ProcedureRule(models.Model):
    """Which procedure a report takes; empty fields match everything, the most specific rule wins (choosing)."""

    key = models.CharField(max_length=60, unique=True)
    procedure_key = models.CharField(max_length=24)
    category_key = models.CharField(max_length=8, blank=True, db_collation="C")
    area_code = code_field(16, blank=True)
    source = models.CharField(max_length=24, blank=True)
    flag = models.CharField(max_length=24, blank=True, help_text="A fact the report came with, as fixed")

    class Meta:
        ordering = ["key"]
        verbose_name = _("rule for procedures")
        constraints = [
            models.UniqueConstraint(
                fields=["category_key", "area_code", "source", "flag"], name="procedure_rule_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category_key or '*'} {self.source} {self.flag} → {self.procedure_key}"
