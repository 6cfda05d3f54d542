"""Who answers for what, where and when. A rule is never edited: a changed one is a new row, the old one ends."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from geodata.models.base import Identified, code_field
from gridmgmt.organisation.models import User


class Validity(Func):
    """The span in which a rule holds, for the constraint; the end is not part of it."""

    function = "tstzrange"
    output_field = DateTimeRangeField()


class RoutingRule(Identified):
    """One rule; empty fields match everything. ``department_key`` is looked up in the case's own street, then county.

    ``category_key`` names a minor (E0110), a major (E01) or a kind (E). Times are local, "22:00" to "06:00" wraps.
    A rule that never came into force ends when it would have begun. A trigger keeps what a rule said
    (sql/40_routing_rule_history.sql), so the rule that decided a case can always be shown.
    """

    key = models.CharField(max_length=60, blank=True)
    category_key = models.CharField(max_length=8, blank=True, db_collation="C")
    area_code = code_field(16, blank=True)
    source = models.CharField(max_length=24, blank=True)
    component_owner = models.CharField(max_length=40, blank=True)
    time_from = models.TimeField(null=True, blank=True)
    time_to = models.TimeField(null=True, blank=True)
    department_key = models.CharField(max_length=40)
    note = models.CharField(max_length=200, blank=True)
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_to = models.DateTimeField(null=True, blank=True)
    replaces = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="replaced_by")
    reason = models.CharField(max_length=300, blank=True, db_default="", help_text="Why it was made")
    created_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    end_reason = models.CharField(max_length=300, blank=True, db_default="")
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(
        null=True, blank=True, help_text="When somebody decided that it ends at valid_to"
    )

    class Meta:
        verbose_name = _("routing rule")
        constraints = [
            models.CheckConstraint(
                name="routing_rule_times_paired",
                condition=Q(time_from=None, time_to=None) | Q(time_from__isnull=False, time_to__isnull=False),
            ),
            models.CheckConstraint(
                name="routing_rule_ends_after_it_begins",
                condition=Q(valid_to=None) | Q(valid_from=None) | Q(valid_to__gte=F("valid_from")),
            ),
            ExclusionConstraint(
                name="routing_rule_key_once_at_a_time",
                expressions=[
                    ("key", RangeOperators.EQUAL),
                    (Validity("valid_from", "valid_to"), RangeOperators.OVERLAPS),
                ],
                condition=~Q(key=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category_key or '*'}@{self.area_code or '*'} → {self.department_key}"
