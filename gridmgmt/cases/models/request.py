"""Requests between the parties of a case: who asked what, who decided how."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from geodata.models.base import Identified
from gridmgmt.cases.models.case import Case
from gridmgmt.organisation.models import Department, User


class RequestState(models.TextChoices):
    """Open until somebody decides, or until the case goes on without a decision."""

    OPEN = "open", _("open")
    GRANTED = "granted", _("granted")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")
    LAPSED = "lapsed", _("lapsed")


class CaseRequest(Identified):
    """One request, as a delay. ``kind`` is a key of the flow's RequestKind; ``data`` what is asked for.

    ``asked_seq`` and ``decided_seq`` are the history rows that say the same; ``level`` counts endorsements.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="requests")
    kind = models.CharField(max_length=24)
    state = models.CharField(max_length=10, choices=RequestState, default=RequestState.OPEN)
    asked_seq = models.PositiveIntegerField()
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="+")
    text = models.TextField(blank=True)
    data = models.JSONField(default=dict, blank=True)
    level = models.PositiveSmallIntegerField(default=0)
    endorsed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_seq = models.PositiveIntegerField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decision = models.TextField(blank=True)

    class Meta:
        ordering = ["case", "asked_seq"]
        verbose_name = _("request")
        indexes = [models.Index(fields=["case"], name="request_case")]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind"], condition=Q(state=RequestState.OPEN), name="request_one_open"
            ),
            models.CheckConstraint(
                name="request_decided_or_open",
                condition=Q(state=RequestState.OPEN, decided_at=None, decided_seq=None)
                | (~Q(state=RequestState.OPEN) & Q(decided_at__isnull=False, decided_seq__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"
