"""Flows as rows: procedure, stages, transitions. A case keeps the version it began with."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from gridmgmt.cases.models.catalogue import LimitUnit


class Procedure(models.Model):
    """A flow in one version; a published version is never edited."""

    key = models.CharField(max_length=24)
    version = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=80, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("procedure")
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="procedure_version_unique"),
            models.UniqueConstraint(
                fields=["key"], condition=models.Q(active=True), name="procedure_one_active"
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

    class Meta:
        ordering = ["procedure", "order"]
        verbose_name = _("stage")
        constraints = [
            models.UniqueConstraint(fields=["procedure", "key"], name="stage_key_unique"),
        ]

    def __str__(self) -> str:
        return self.name


class Transition(models.Model):
    """One permitted step; an empty ``from_stage`` is the beginning, "*" any running stage."""

    procedure = models.ForeignKey(Procedure, models.CASCADE, related_name="transitions")
    from_stage = models.CharField(max_length=24, blank=True)
    action = models.CharField(max_length=24)
    to_stage = models.CharField(max_length=24, help_text='"*" stays where it is')
    condition = models.CharField(
        max_length=24, blank=True, help_text="public | own: kind of source it holds for"
    )
    name = models.CharField(max_length=40)
    name_en = models.CharField(max_length=80, blank=True)
    roles = ArrayField(models.CharField(max_length=12))
    relation = models.CharField(max_length=16, default="any")
    requires = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    clock_effect = models.CharField(max_length=16, default="none")
    notify = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("transition")
        constraints = [
            models.UniqueConstraint(
                fields=["procedure", "from_stage", "action", "condition"], name="transition_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_stage or '·'} –{self.action}→ {self.to_stage}"
