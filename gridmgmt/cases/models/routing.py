"""Who answers for what, where and when."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from geodata.models.base import Identified, code_field


class RoutingRule(Identified):
    """One rule; empty fields match everything. ``department_key`` is looked up in the case's own street, then county.

    ``category_key`` names a minor (E0110), a major (E01) or a kind (E). Times are local, "22:00" to "06:00" wraps.
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

    class Meta:
        verbose_name = _("routing rule")
        constraints = [
            models.CheckConstraint(
                name="routing_rule_times_paired",
                condition=Q(time_from=None, time_to=None) | Q(time_from__isnull=False, time_to__isnull=False),
            ),
            models.UniqueConstraint(fields=["key"], condition=~Q(key=""), name="routing_rule_key_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.category_key or '*'}@{self.area_code or '*'} → {self.department_key}"
