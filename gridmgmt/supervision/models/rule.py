"""Rules of supervision as rows: what is watched, from when on, and what follows."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gridmgmt.cases.models.catalogue import LimitUnit
from gridmgmt.supervision.models.card import CardLevel
from gridmgmt.supervision.models.notice import NoticeKind


class Trigger(models.TextChoices):
    """What makes a rule fire on a clock run."""

    SHARE = "share", _("share of the limit used")
    LEFT = "left", _("working time left")
    OVER = "over", _("promised limit exceeded")
    STATUTORY = "statutory", _("statutory limit exceeded")
    URGING = "urging", _("urging period over and still open")
    LEADER = "leader", _("urged by a person")


class SupervisionRule(models.Model):
    """One rule in one period of validity. ``watches`` is a kind of object known to ``supervision.objects``.

    ``share`` is a part of the limit (0.8); ``left_value`` and ``left_unit`` time left; ``urging_value`` and
    ``urging_unit`` how long the addressee of its document has. A changed rule is a new row with the same key.
    """

    key = models.CharField(max_length=40)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=100, blank=True)
    watches = models.CharField(max_length=16, help_text="case, stage, application …")
    trigger = models.CharField(max_length=10, choices=Trigger)
    share = models.DecimalField(max_digits=5, decimal_places=3, null=True, blank=True)
    left_value = models.PositiveSmallIntegerField(null=True, blank=True)
    left_unit = models.CharField(max_length=12, choices=LimitUnit, blank=True)
    level = models.CharField(max_length=8, choices=CardLevel)
    document = models.CharField(max_length=16, choices=NoticeKind, blank=True)
    score = models.SmallIntegerField(default=0)
    urging_value = models.PositiveSmallIntegerField(null=True, blank=True)
    urging_unit = models.CharField(max_length=12, choices=LimitUnit, blank=True)
    basis = models.CharField(max_length=200, blank=True, help_text="Where the rule is laid down")
    active = models.BooleanField(default=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["watches", "level", "key"]
        verbose_name = _("supervision rule")
        constraints = [
            models.UniqueConstraint(fields=["key", "valid_from"], name="supervision_rule_unique"),
            models.UniqueConstraint(
                fields=["key"], condition=Q(valid_to=None), name="supervision_rule_one_open"
            ),
            models.CheckConstraint(
                name="supervision_rule_share",
                condition=Q(trigger="share", share__isnull=False, share__gt=0, share__lt=1)
                | (~Q(trigger="share") & Q(share__isnull=True)),
            ),
            models.CheckConstraint(
                name="supervision_rule_left",
                condition=(Q(trigger="left", left_value__isnull=False, left_value__gt=0) & ~Q(left_unit=""))
                | (~Q(trigger="left") & Q(left_value__isnull=True, left_unit="")),
            ),
            models.CheckConstraint(
                name="supervision_rule_urging_has_period",
                condition=~Q(document="urging")
                | (Q(urging_value__isnull=False, urging_value__gt=0) & ~Q(urging_unit="")),
            ),
            models.CheckConstraint(
                name="supervision_rule_validity",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=models.F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return self.key
