"""Notices: what the flow wants somebody told, in an inbox of their own."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from geodata.models.base import Identified
from gridmgmt.cases.models import Case
from gridmgmt.organisation.models import User


class Notice(Identified):
    """One event for one person. ``why`` is the flow's word by which they were chosen."""

    user = models.ForeignKey(User, models.CASCADE, related_name="notices")
    event_id = models.UUIDField()
    case = models.ForeignKey(Case, models.CASCADE, related_name="notices")
    topic = models.CharField(max_length=40)
    action = models.CharField(max_length=24, blank=True)
    stage = models.CharField(max_length=24, blank=True)
    why = models.CharField(max_length=16)
    made_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "-id"]
        verbose_name = _("notice")
        indexes = [
            models.Index(fields=["user", "-made_at"], name="notice_inbox"),
            models.Index(fields=["user"], name="notice_unread", condition=Q(read_at=None)),
            models.Index(fields=["made_at"], name="notice_made_at"),
        ]
        constraints = [models.UniqueConstraint(fields=["event_id", "user"], name="notice_once")]

    def __str__(self) -> str:
        return f"{self.topic} {self.event_id}"
